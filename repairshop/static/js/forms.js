// Focus where the news is; one sending per form; Ctrl+Enter; no typed text lost by leaving.

const RELEASE = 10_000; // ms after which a form may be sent again, should the answer have been a download

function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (event.submitter?.formTarget) return; // shown in a frame: the page stays and may ask again
  if (form.dataset.sent) return event.preventDefault();
  if (form.unfinished) {
    event.preventDefault();
    const { submitter } = event;
    form.unfinished.finally(() => {
      form.unfinished = null;
      setTimeout(() => form.requestSubmit(submitter)); // within the event that was stopped it would do nothing
    });
    return;
  }
  mark(form, true);
  setTimeout(mark, RELEASE, form, false);
}

function mark(form, sent) {
  if (sent) form.dataset.sent = "yes";
  else delete form.dataset.sent;
  for (const button of form.querySelectorAll("button:not([type=button])")) button.toggleAttribute("aria-disabled", sent);
  for (const button of form.querySelectorAll("[aria-disabled]")) button.setAttribute("aria-disabled", "true");
}

function onKey(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form") ?? formOfThePage();
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button[data-main]") ?? form.querySelector("button:not([type=button])"));
}

// Outside of every form the key means the page's one main button; a page with several has none.
function formOfThePage() {
  const mains = document.querySelectorAll("button[data-main]");
  return mains.length === 1 ? mains[0].form : null;
}

export function startForms() {
  document.querySelector("[data-focus]")?.focus();
  document.addEventListener("submit", onSubmit);
  document.addEventListener("keydown", onKey);
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-unsaved]");
    if (form) form.dataset.unsaved = "typed";
  });
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-unsaved=typed]:not([data-sent])")) event.preventDefault();
  });
  // Back to a page kept in memory: its forms may be sent once more.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.querySelectorAll("form[data-sent]")) mark(form, false);
  });
}
