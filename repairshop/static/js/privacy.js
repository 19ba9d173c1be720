// A part of an answer shows up when the chosen answer asks for it; without a script everything stands there.

function show(place) {
  const chosen = document.querySelector(`input[name="${place.dataset.choice}"]:checked`)?.value ?? "";
  place.hidden = !place.dataset.shownFor.split(" ").includes(chosen) && !place.querySelector(".has-error");
}

function showAll() {
  document.querySelectorAll("[data-shown-for]").forEach(show);
}

document.addEventListener("change", showAll);
showAll();

// The timer of an opening of the customer's data.
for (const timer of document.querySelectorAll("[data-timer]")) {
  const from = new Date(timer.dataset.timer).getTime() + (Date.now() - new Date(timer.dataset.now).getTime());
  const tick = () => {
    const seconds = Math.max(0, Math.floor((Date.now() - from) / 1000));
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  setInterval(tick, 1000);
  tick();
}
