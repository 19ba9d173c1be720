// <input data-lookup="/address" data-lookup-into="id">: what the server knows about the typed text, drawn by the
// server, shows up in the element with that id. Down moves into it, Enter takes its first entry.

const PAUSE = 150; // ms without a key
const SHORTEST = 3;

function start(input) {
  const place = document.getElementById(input.dataset.lookupInto);
  let timer = 0;
  let asking = null;
  let asked = "";

  async function ask() {
    const typed = input.value.trim();
    if (typed === asked) return;
    asked = typed;
    asking?.abort();
    if (typed.length < SHORTEST) return place.replaceChildren();
    asking = new AbortController();
    const address = new URL(input.dataset.lookup, location.href);
    address.searchParams.set("q", typed);
    try {
      const answer = await fetch(address, { signal: asking.signal, headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) return;
      place.innerHTML = await answer.text();
      place.dataset.shownFor = typed;
    } catch (error) {
      if (error.name !== "AbortError") place.replaceChildren(); // the form works without
    }
  }

  const entries = () => [...place.querySelectorAll("a, button, input[type=radio]")];

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    const [top] = entries();
    // A list for another text leads to somebody else: the page's own search follows instead.
    if (event.key === "Enter" && place.dataset.shownFor !== input.value.trim()) return;
    if (!top || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") top.focus();
    else if (event.key === "Enter") top.click();
    else return;
    event.preventDefault();
  });
  place.addEventListener("keydown", (event) => {
    const all = entries();
    const at = all.indexOf(document.activeElement);
    if (at < 0 || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    (all[at + (event.key === "ArrowDown" ? 1 : -1)] ?? (event.key === "ArrowUp" ? input : all[at])).focus();
  });
}

document.querySelectorAll("[data-lookup]").forEach(start);
