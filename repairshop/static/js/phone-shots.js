// On the phone: a photo is made smaller and sent as soon as it is taken, and a bar says how far it is.
// Without this the same form is sent by its button.
import { shrink } from "./photos.js";

function send(form, bar) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.querySelector("progress").value = event.loaded / event.total;
    });
    request.addEventListener("load", () => done(request));
    request.addEventListener("error", fail);
    request.open("POST", location.href);
    request.send(new FormData(form));
  });
}

async function changed(form, input) {
  const bar = form.querySelector("[data-progress]");
  const failed = form.querySelector("[data-failed]");
  const small = new DataTransfer();
  for (const file of await Promise.all([...input.files].map(shrink))) small.items.add(file);
  if (!small.files.length) return;
  input.files = small.files;
  failed.hidden = true;
  bar.hidden = false;
  try {
    const sending = send(form, bar);
    form.inert = true; // a second photo chosen now would go with the answer's new page
    const request = await sending;
    // The answer is the page as the plain form would have brought it, its errors included.
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const main = page.querySelector("main");
    document.querySelector("main").replaceWith(main);
    main.querySelector(".error-summary, li:not(.is-settled) input[type=file]")?.focus();
  } catch {
    form.inert = false;
    bar.hidden = true;
    failed.hidden = false;
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-phone-shots]");
  if (form && event.target.type === "file") changed(form, event.target);
});
