// <div data-alike="/address">: people who look like what is typed in the form around it, drawn by the server.
// A tick that somebody has set stays set when the list is drawn anew.

const PAUSE = 400; // ms without a key; a name is compared as a whole
const FIELDS = ["name", "phone", "phone2", "email", "value"];

function start(place) {
  const form = place.closest("form");
  let timer = 0;
  let asking = null;
  let asked = "";

  async function ask() {
    const address = new URL(place.dataset.alike, location.href);
    for (const name of FIELDS) {
      const typed = form.elements[name]?.value?.trim();
      if (typed) address.searchParams.set(name, typed);
    }
    if (address.href === asked) return;
    asked = address.href;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(address, { signal: asking.signal, headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) return;
      const words = (await answer.text()).trim();
      const ticked = place.querySelector("[name=is_another]")?.checked;
      if (place.innerHTML.trim() !== words) place.innerHTML = words;
      const tick = place.querySelector("[name=is_another]");
      if (tick && ticked) tick.checked = true;
    } catch (error) {
      if (error.name !== "AbortError") asked = ""; // the form works without
    }
  }

  form.addEventListener("input", ({ target }) => {
    if (!FIELDS.includes(target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
}

document.querySelectorAll("[data-alike]").forEach(start);
