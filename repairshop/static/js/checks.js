// The check at hand carries the keys 1 to 4, and answering by key hands them on to the next open one.
// keys.js clicks what carries the key; such a click is not "trusted", unlike one by mouse or arrow keys,
// after which the page stays where it is.

const rows = [...document.querySelectorAll("[data-check]")];
const radios = (row) => [...row.querySelectorAll("input[type=radio]")];
const isOpen = (row) => !radios(row).some((radio) => radio.checked);

function give(row) {
  for (const other of rows) {
    other.classList.toggle("is-now", other === row);
    radios(other).forEach((radio, place) => {
      if (other === row) radio.dataset.key = String(place + 1);
      else delete radio.dataset.key;
    });
  }
}

function next(row) {
  const here = rows.indexOf(row);
  return [...rows.slice(here + 1), ...rows.slice(0, here)].find(isOpen);
}

for (const row of rows) {
  row.addEventListener("focusin", () => give(row));
  row.addEventListener("click", (event) => {
    if (event.isTrusted || !event.target.matches("input[type=radio]")) return;
    if (event.target.dataset.asks === "must") return void row.querySelector("[data-note]").focus();
    const following = next(row);
    if (following) {
      give(following);
      radios(following)[0].focus();
    } else document.querySelector("[data-done]")?.focus();
  });
}

const first = rows.find(isOpen) ?? rows[0];
if (first) give(first);
