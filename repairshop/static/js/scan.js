// A scanner is a keyboard that types fast. This listener stands before every other one: it holds each
// key just long enough to know whether a scan follows, so a scan fires no shortcut, and a field that
// had the focus gets back what it held. Our labels start with RST, RSC, RSP, RSH or RSK
// (see codes.py).

const GAP = 50; // ms between two keys of one scan, by the events' own clock
const SLOW_GAP = 120; // the same once our prefix has been seen: some wireless scanners stutter
const HOLD = 70; // how long a single key waits before it counts as a shortcut
const HOLD_PREFIX = 250; // and one that starts our prefix
const HOLD_RUN = 200; // and a run, for its Enter
const HOLD_PARTIAL = 1000; // and a label of ours that is not complete: the sender may have stalled
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX = /^RS[TCPHK]/;
const PICKUP = /^RSK[0-9A-TV-Z]{26}$/; // U is no letter of ours
const WHOLE = "TK"; // labels that say themselves where they end
const LONGEST_KEYED = 3; // nobody types more shortcuts than this in one breath
const LONGEST_TYPED = 7; // nor more letters of a search, and Enter, at a scanner's speed
const BORN = 1000; // ms of a page's life in which a run may be the rest of a scan that the page before began

/** What was scanned, if the text is a whole label of ours; the ticket's check character must fit. */
export function readScan(text) {
  const plain = text.replace(/[\s\-–]/g, "").toUpperCase();
  if (!PREFIX.test(plain)) return null;
  if (plain[2] === "K") return PICKUP.test(plain) ? plain : null;
  if (plain[2] !== "T") return plain.length > 3 ? plain : null;
  const code = plain.slice(3).replace(/O/g, "0").replace(/[IL]/g, "1");
  return code.length === 9 && checks(code) ? plain : null;
}

function checks(code) {
  let total = 0;
  for (let place = 0; place < 9; place++) {
    const value = ALPHABET.indexOf(code[8 - place]);
    if (value < 0) return false;
    const addend = value * (place % 2 ? 2 : 1);
    total += Math.floor(addend / 32) + (addend % 32);
  }
  return total % 32 === 0;
}

export const isTyping = (element) =>
  element?.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=file]), textarea, select, [contenteditable]") ?? false;

export function startScanner(replay) {
  let run = "";
  let last = 0;
  let began = 0; // when the run's first key came, since the page was opened
  let timer = 0;
  let held = null; // the field that had the focus when the run began, as it was

  function remember(field) {
    held = { field, value: field.value, start: null, end: null };
    try {
      held.start = field.selectionStart;
      held.end = field.selectionEnd;
    } catch { /* number and date fields have no selection */ }
  }

  function restore() {
    const { field, value, start, end } = held;
    if (field.value === value) return;
    field.value = value;
    if (start !== null) field.setSelectionRange(start, end);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function send(text) {
    const here = document.querySelector("[data-scan-here]");
    const isLabel = text.toUpperCase().startsWith("RST");
    const passesBy = /^RSK/i.test(text) || (isLabel && here?.dataset.scanHere === "commands");
    const form = here && !passesBy ? here : document.querySelector("[data-scan-form]");
    if (!form) return;
    form.elements.q.value = text;
    form.requestSubmit();
  }

  // Returns whether the run was a scan, so that its Enter or Tab is part of it.
  function finish(ended, by = "") {
    clearTimeout(timer);
    const text = run;
    const field = held;
    run = "";
    if (!text) return false;
    const scan = readScan(text);
    if (scan && (!field || ended || WHOLE.includes(scan[2]))) {
      if (field) restore();
      held = null;
      send(scan);
      return true;
    }
    // A maker's barcode scanned into a search is searched for alone, whatever was typed there before.
    if (field && ended && text.length > LONGEST_TYPED && field.field.matches("[data-scan-form] *, [data-find] *")) {
      restore();
      held = null;
      send(text);
      return true;
    }
    held = null;
    // A serial scanned into a form stays in its field; its Enter must not send the form, its Tab may go on.
    if (field) return ended && text.length > LONGEST_KEYED && field.field.matches(by === "Enter" ? "[data-scan-field], [data-unsaved] *" : "[data-scan-field]");
    if (began < BORN && text.length > 1 && text.length <= LONGEST_TYPED) return ended;
    if (text.length <= LONGEST_KEYED) {
      for (const key of text) replay(key);
      return false;
    }
    // A maker's barcode or one of ours read wrongly: the server says which. Never a shortcut.
    if (ended) send(text);
    return true;
  }

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(finish, patience(), false);
  }

  function patience() {
    if (run.length === 1) return /r/i.test(run) ? HOLD_PREFIX : HOLD;
    return /^RS([TCPHK]|$)/i.test(run) && !readScan(run) ? HOLD_PARTIAL : HOLD_RUN;
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return finish(false);
    const { key } = event;
    const gap = event.timeStamp - last;
    const together = gap <= (PREFIX.test(run.toUpperCase()) ? SLOW_GAP : GAP);
    if (key === "Enter" || key === "Tab") {
      const keyed = !held && run.length > 0 && run.length <= LONGEST_KEYED;
      if (finish(together, key)) {
        if (together) stop(event);
      } else if (keyed && key === "Enter" && document.activeElement !== event.target) {
        stop(event); // the keys before it moved the focus: Enter goes where it is now
        document.activeElement?.click();
      }
      return;
    }
    if (key.length !== 1 || key === " ") {
      if (key !== "Shift" && key !== "CapsLock") finish(false);
      return;
    }
    if (run && !together) finish(false);
    const typing = isTyping(event.target);
    // Signs such as / and ? begin no label, so they need not wait.
    if (!run && !typing && !/[\p{L}\p{N}]/u.test(key)) {
      if (replay(key)) stop(event);
      return;
    }
    if (!run && typing) remember(event.target);
    if (!typing) stop(event);
    if (!run) began = event.timeStamp;
    run += key;
    last = event.timeStamp;
    wait();
  }

  window.addEventListener("keydown", onKey, true);
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
