// What is typed into a form[data-keep] stays in this tab until it is saved, whatever becomes of the page: a lost
// line, a session that ended, a closed lid. The sending's own name is kept too, so that sending again what did
// arrive leads to the first ticket. Files and passwords are never kept.

const SENT = "kept-sent";
const keyOf = () => `kept ${location.pathname}${location.search}`;
const LEFT_OUT = new Set(["csrf_token", "kept_photos"]);

const fields = (form) =>
  [...form.elements].filter((field) => field.name && !LEFT_OUT.has(field.name) && !["file", "password", "submit"].includes(field.type));
const isTicked = (field) => ["radio", "checkbox"].includes(field.type);

function keep(form) {
  const values = fields(form).map((field) => [field.name, isTicked(field) ? (field.checked ? field.value : null) : field.value]);
  sessionStorage.setItem(keyOf(), JSON.stringify(values.filter(([, value]) => value !== null)));
}

function restore(form) {
  const kept = sessionStorage.getItem(keyOf());
  if (!kept) return;
  const values = JSON.parse(kept);
  for (const field of fields(form)) {
    const own = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (isTicked(field)) field.checked = own.includes(field.value);
    else if (own.length) [field.value] = own;
    const folded = field.closest("details:not([open])");
    if (folded && field.value) folded.open = true; // nothing is sent that nobody sees
    if (field.matches("select")) field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  form.dataset.unsaved = "typed";
  const note = document.querySelector("[data-kept-note]");
  if (note) note.hidden = false;
}

/** The server sent back what was typed, perhaps for another person: the page's address is the form's from here on. */
function takeOver(form) {
  sessionStorage.removeItem(keyOf());
  history.replaceState(null, "", form.action);
  keep(form);
  form.dataset.unsaved = "typed";
}

function start(form) {
  if ("typed" in form.dataset) takeOver(form);
  else restore(form);
  form.addEventListener("input", () => keep(form));
  form.addEventListener("change", () => keep(form));
  form.addEventListener("submit", () => {
    keep(form);
    sessionStorage.setItem(SENT, keyOf());
  });
  document.querySelector("[data-kept-discard]")?.addEventListener("click", () => {
    sessionStorage.removeItem(keyOf());
    delete form.dataset.unsaved;
    location.reload();
  });
}

/** It has been saved: nothing of it stays behind. */
export function forget() {
  const sent = sessionStorage.getItem(SENT);
  if (sent) sessionStorage.removeItem(sent);
  sessionStorage.removeItem(SENT);
}

export const startKeeping = () => document.querySelectorAll("form[data-keep]").forEach(start);
