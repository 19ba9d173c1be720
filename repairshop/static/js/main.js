// Everything here only makes pages quicker: each page works without it.
import { startScanner } from "./scan.js";
import { pressed, startKeys } from "./keys.js";
import { startForms } from "./forms.js";

startForms();
startKeys();
startScanner(pressed);

const needed = (mark) => document.querySelector(mark) !== null;
if (needed("[data-board]")) import("./board.js");
if (needed("[data-signature]")) import("./signature.js");
if (needed("[data-pattern]")) import("./pattern.js");
if (needed("[data-shots]")) import("./shots.js");
if (needed("[data-photos]")) import("./photos.js");
if (needed("[data-combobox]")) import("./combobox.js");
if (needed("[data-lookup]")) import("./lookup.js");
if (needed("[data-wording]")) import("./wording.js");
if (needed("[data-alike]")) import("./alike.js");
if (needed("[data-check]")) import("./checks.js");
if (needed("[data-undo-until]")) import("./undo.js");
if (needed("[data-passkey]")) import("./passkey.js");
if (needed("[data-lock-after]")) import("./lock.js");
if (needed("[data-length]")) import("./length.js");
if (needed("[data-reply]")) import("./inbox.js");
if (needed("[data-goes-at]")) import("./goes.js");
if (needed("[data-waiting]")) import("./waiting.js");
