// Shortcuts are declared where they act: <a data-key="n">, <button data-key="1">, <input data-key="/">.
// "g b" is two keys in a row. Single keys can be switched off (WCAG 2.1.4): body[data-single-keys=off].

const SWITCH = "single-keys";
const SEQUENCE = 1000; // ms in which the second key of "g b" counts
const STEPS = { j: [0, 1], ArrowDown: [0, 1], k: [0, -1], ArrowUp: [0, -1], l: [1, 0], ArrowRight: [1, 0], h: [-1, 0], ArrowLeft: [-1, 0] };

let first = "";
let firstAt = 0;

export const areOn = () => document.body.dataset.singleKeys !== "off";

/** Act on one key; tells whether it meant anything. */
export function pressed(key) {
  if (!areOn()) return false;
  const name = key.toLowerCase();
  const sequence = first && performance.now() - firstAt < SEQUENCE ? `${first} ${name}` : "";
  first = "";
  const control = (sequence && find(sequence)) || find(name);
  if (control) return act(control);
  if (document.querySelector(`[data-key^="${CSS.escape(name)} "]`)) {
    first = name;
    firstAt = performance.now();
    return true;
  }
  return STEPS[name] ? step(...STEPS[name]) : false;
}

function find(key) {
  const open = document.querySelector("dialog[open]") ?? document;
  return [...open.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((control) => !control.closest("[hidden]"));
}

function act(control) {
  if (control.matches("input:not([type=checkbox], [type=radio]), textarea, select")) {
    control.focus();
    control.select?.();
  } else control.click();
  return true;
}

/** Move the focus to the next card or list item; columns lie side by side. */
function step(along, down) {
  const across = document.dir === "rtl" ? -along : along;
  const items = [...document.querySelectorAll("[data-card] .card-title, [data-nav-item]")].filter((item) => item.checkVisibility());
  if (!items.length || document.querySelector("dialog[open]")) return false;
  const here = document.activeElement?.closest("[data-card], [data-nav-item]");
  const now = items.findIndex((item) => item === here || here?.contains(item));
  if (now < 0) return focus(items[0]);
  const column = items[now].closest(".board-column");
  if (down) {
    const next = items[now + down];
    return next && next.closest(".board-column") === column ? focus(next) : true;
  }
  if (!column) return false;
  const row = items.filter((item) => column.contains(item)).indexOf(items[now]);
  for (let other = sibling(column, across); other; other = sibling(other, across)) {
    const there = items.filter((item) => other.contains(item));
    if (there.length) return focus(there[Math.min(row, there.length - 1)]);
  }
  return true;
}

const sibling = (column, across) => (across > 0 ? column.nextElementSibling : column.previousElementSibling);

function focus(item) {
  item.focus();
  return true;
}

function onArrow(event) {
  if (!event.key.startsWith("Arrow") || event.ctrlKey || event.metaKey || event.altKey || !areOn()) return;
  if (event.target.closest("[data-card], [data-nav-item]") && step(...STEPS[event.key])) event.preventDefault();
}

function openHelp() {
  const dialog = document.getElementById("keys");
  const list = dialog.querySelector("[data-keys-list]");
  list.replaceChildren(
    ...[...document.querySelectorAll("[data-key]")].filter((control) => !dialog.contains(control) && !control.closest("[hidden]")).map(describe),
  );
  const here = dialog.querySelector("[data-keys-switch]");
  if (here) here.checked = areOn();
  dialog.showModal();
}

function describe(control) {
  const line = document.createElement("div");
  const term = document.createElement("dt");
  for (const key of control.dataset.key.split(" ")) {
    const cap = document.createElement("kbd");
    cap.textContent = key.length === 1 ? key.toUpperCase() : key;
    term.append(cap, " ");
  }
  const words = document.createElement("dd");
  const copy = control.cloneNode(true);
  for (const cap of copy.querySelectorAll("kbd, svg, [data-undo-left]")) cap.remove();
  words.textContent = control.labels?.[0]?.textContent ?? control.getAttribute("aria-label") ?? copy.textContent.trim();
  line.append(term, words);
  return line;
}

export function startKeys() {
  const { dataset } = document.body;
  // This browser can only switch them off: whoever has them off in their settings has them off everywhere.
  if (localStorage.getItem(SWITCH) === "off") dataset.singleKeys = "off";
  document.addEventListener("keydown", onArrow);
  document.querySelector("[data-help-open]")?.addEventListener("click", openHelp);
  document.querySelector("[data-keys-switch]")?.addEventListener("change", (event) => {
    dataset.singleKeys = event.target.checked ? "on" : "off";
    if (event.target.checked) localStorage.removeItem(SWITCH);
    else localStorage.setItem(SWITCH, "off");
  });
}
