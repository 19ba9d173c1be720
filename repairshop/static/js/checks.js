// The check at hand carries the keys: 1 to 4 answer it, V goes to its value, P to its photo; answering by key
// hands them on to the next open one. keys.js clicks what carries the key; such a click is not "trusted",
// unlike one by mouse or arrow keys, after which the page stays where it is.

const rows = [...document.querySelectorAll("[data-check]")];
const radios = (row) => [...row.querySelectorAll("input[type=radio]")];
const isOpen = (row) => !radios(row).some((radio) => radio.checked);

function give(row) {
  for (const other of rows) {
    const isNow = other === row;
    other.classList.toggle("is-now", isNow);
    const keys = radios(other).map((radio, place) => [radio, String(place + 1)]);
    keys.push([other.querySelector(".is-value input"), "v"], [other.querySelector("[data-photo]"), "p"]);
    for (const [control, key] of keys) {
      if (isNow && control) control.dataset.key = key;
      else delete control?.dataset.key;
    }
  }
}

function next(row) {
  const here = rows.indexOf(row);
  return [...rows.slice(here + 1), ...rows.slice(0, here)].find(isOpen);
}

function goOn(row) {
  const following = next(row);
  if (following) {
    give(following);
    radios(following)[0].focus();
  } else document.querySelector("[data-done]")?.focus();
}

/** The number somebody typed, as the server reads it; NaN where it is none. */
function numberIn({ value, dataset }) {
  const plain = value.trim().endsWith(dataset.unit) ? value.trim().slice(0, value.trim().length - dataset.unit.length).trim() : value.trim();
  if (/^[1-9]\d{0,2}([.,\u00a0\u202f' ]\d{3})+$/.test(plain)) return Number(plain.replace(/\D/g, ""));
  return /^[-−]?\d{1,9}([.,]\d{1,6})?$/.test(plain) ? Number(plain.replace(",", ".").replace("−", "-")) : NaN;
}

function isOutside(input) {
  const number = numberIn(input);
  const { lowest, highest } = input.dataset;
  return (lowest !== undefined && number < Number(lowest)) || (highest !== undefined && number > Number(highest));
}

/** A value outside its limits proposes a fail, until somebody answers themselves. */
function propose(row, input) {
  const outside = isOutside(input);
  const said = row.querySelector("[data-outside]");
  if (said) said.hidden = !outside;
  const fail = radios(row).find((radio) => radio.value === "fail");
  if (outside && isOpen(row)) {
    fail.checked = true;
    row.dataset.proposed = "";
  } else if (!outside && "proposed" in row.dataset) {
    fail.checked = false;
    delete row.dataset.proposed;
  }
}

/** Enter in a value answers the check by it: inside its limits it works, outside it fails. */
function take(row, input) {
  if (Number.isNaN(numberIn(input))) return false;
  if (isOpen(row)) radios(row).find((radio) => radio.value === (isOutside(input) ? "fail" : "pass")).checked = true;
  goOn(row);
  return true;
}

for (const row of rows) {
  row.addEventListener("focusin", () => give(row));
  row.addEventListener("click", (event) => {
    if (!event.target.matches("input[type=radio]")) return;
    delete row.dataset.proposed;
    if (event.isTrusted) return;
    if (event.target.dataset.asks === "must") return void row.querySelector("[data-note]").focus();
    goOn(row);
  });
  const value = row.querySelector("[data-value]");
  value?.addEventListener("input", () => propose(row, value));
  value?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && take(row, value)) event.preventDefault();
  });
  row.querySelector("[data-photo]")?.addEventListener("click", ({ currentTarget }) => {
    const photo = currentTarget.closest("details");
    setTimeout(() => photo.open && photo.querySelector("input").focus()); // it opens after the click
  });
}

const first = rows.find(isOpen) ?? rows[0];
if (first) give(first);
