// Everything here only makes pages quicker: each page works without it.
import { startScanner } from "./scan.js";
import { pressed, startKeys } from "./keys.js";
import { startForms } from "./forms.js";

startForms();
startKeys();
startScanner(pressed);

// As a script element, not by import(): so a page counts as loaded once its keys work, and not before.
function bring(address) {
  const script = document.createElement("script");
  script.type = "module";
  script.src = address;
  document.head.append(script);
}

const needed = (mark) => document.querySelector(mark) !== null;
if (needed("[data-board]")) bring(import.meta.resolve("./board.js"));
if (needed("[data-signature]")) bring(import.meta.resolve("./signature.js"));
if (needed("[data-pattern]")) bring(import.meta.resolve("./pattern.js"));
if (needed("[data-shots]")) bring(import.meta.resolve("./shots.js"));
if (needed("[data-photos]")) bring(import.meta.resolve("./photos.js"));
if (needed("[data-combobox]")) bring(import.meta.resolve("./combobox.js"));
if (needed("[data-lookup]")) bring(import.meta.resolve("./lookup.js"));
if (needed("[data-wording]")) bring(import.meta.resolve("./wording.js"));
if (needed("[data-alike]")) bring(import.meta.resolve("./alike.js"));
if (needed("[data-check]")) bring(import.meta.resolve("./checks.js"));
if (needed("[data-undo-until]")) bring(import.meta.resolve("./undo.js"));
if (needed("[data-passkey]")) bring(import.meta.resolve("./passkey.js"));
if (needed("[data-lock-after]")) bring(import.meta.resolve("./lock.js"));
if (needed("[data-length]")) bring(import.meta.resolve("./length.js"));
if (needed("[data-reply]")) bring(import.meta.resolve("./inbox.js"));
if (needed("[data-goes-at]")) bring(import.meta.resolve("./goes.js"));
if (needed("[data-waiting]")) bring(import.meta.resolve("./waiting.js"));
