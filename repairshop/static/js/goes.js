// <… data-goes-at="time">: a message that waits for the undo time to pass. Counts the seconds down, and says
// when they are over; what the server decides then is not changed by it.

for (const place of document.querySelectorAll("[data-goes-at]")) {
  const left = Date.parse(place.dataset.goesAt) - Date.parse(place.dataset.goesNow);
  const until = performance.now() + left;
  const count = place.querySelector("[data-goes-left]");
  const tick = () => {
    const seconds = Math.ceil((until - performance.now()) / 1000);
    if (seconds > 0) {
      if (count) count.textContent = count.dataset.goesLeft.replace("{seconds}", seconds);
      setTimeout(tick, 500);
      return;
    }
    place.textContent = place.dataset.gone;
    for (const act of (place.closest(".pending, .banner") ?? document).querySelectorAll("[data-until-gone]")) act.hidden = true;
  };
  if (left > 0) tick();
}
