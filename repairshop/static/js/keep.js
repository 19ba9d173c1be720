// What is typed into a form[data-keep] stays in this tab until it is saved, whatever becomes of the page: a lost
// line, a session that ended, a closed lid. The sending's own name is kept too, so that sending again what did
// arrive leads to the first ticket. Files and passwords are never kept.

const SENT = "kept-sent";
const keyOf = () => `kept ${location.pathname}${location.search}`;
const CARRIED = "carried"; // typed for somebody new: what the page itself ticks stays ticked
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
  if (!kept || form.querySelector(".has-error")) return; // the server has kept it itself
  const values = JSON.parse(kept);
  const carried = values.some(([name]) => name === CARRIED);
  for (const field of fields(form)) {
    const own = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (isTicked(field)) {
      if (own.length || !carried) field.checked = own.includes(field.value);
    }
    else if (own.length) [field.value] = own;
    if (field.matches("select") || (carried && field.checked)) field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  form.dataset.unsaved = "typed";
  const note = document.querySelector("[data-kept-note]");
  if (note) note.hidden = false;
}

/** What was typed about the device goes along to the same form for a known person: its fields, not its hidden ones. */
function carry(form, link) {
  const there = new URL(link.href);
  const told = fields(form).filter((field) => field.type !== "hidden" && (!isTicked(field) || field.checked) && field.value);
  sessionStorage.setItem(`kept ${there.pathname}${there.search}`, JSON.stringify([
    [CARRIED, ""],
    ...told.map(({ name, value }) => [name, value]),
    ...(told.some(({ name }) => name === "model") ? [["device", "new"]] : []), // not one of theirs unless somebody says so
  ]));
  sessionStorage.removeItem(keyOf());
}

function start(form) {
  restore(form);
  form.addEventListener("input", () => keep(form));
  form.addEventListener("change", () => keep(form));
  form.addEventListener("submit", () => {
    keep(form);
    sessionStorage.setItem(SENT, keyOf());
  });
  form.addEventListener("click", ({ target }) => {
    const link = target.closest?.("a[data-carry]");
    if (!link) return;
    delete form.dataset.unsaved; // nothing is lost, so nobody need ask
    carry(form, link);
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
