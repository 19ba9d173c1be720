// A pattern is drawn on the pad, or pressed dot by dot; the field beside it always says the same in digits.
// Nothing is kept: when the page is left, or put away for the back button, field and pad are empty.

const REACH = 0.13; // how near to a dot's middle a stroke takes it, as a share of the pad's width
const ACROSS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const place = (dot) => [Math.floor((dot - 1) / 3), (dot - 1) % 3];

/** What going on to `dot` adds: an unused dot that the line crosses comes first, as Android draws it. */
function added(dots, dot) {
  if (dots.includes(dot)) return [];
  const [row, column] = place(dot);
  const [lastRow, lastColumn] = place(dots.at(-1) ?? dot);
  const isCrossed = (row + lastRow) % 2 === 0 && (column + lastColumn) % 2 === 0;
  const between = ((row + lastRow) / 2) * 3 + (column + lastColumn) / 2 + 1;
  return isCrossed && between !== dot && !dots.includes(between) ? [between, dot] : [dot];
}

/** The dots of "1-4-7", as far as they are a pattern. */
export function read(text) {
  const dots = [];
  for (const sign of text.replace(/[\s,.-]/g, "")) {
    const more = /[1-9]/.test(sign) ? added(dots, Number(sign)) : [];
    if (!more.length) break;
    dots.push(...more);
  }
  return dots;
}

function start(root) {
  const { form } = root.querySelector("button");
  const field = form.elements.passcode;
  const pad = root.querySelector("[data-pattern-pad]");
  const buttons = [...pad.querySelectorAll("[data-dot]")];
  let dots = [];
  let stroke = null; // the dots under the finger or pointer since it went down

  const isPattern = () => form.elements.kind.value === "pattern";

  function draw() {
    const points = dots.map((dot) => place(dot).reverse().map((step) => step * 2 + 1).join(" "));
    pad.querySelector("[data-pattern-line]").setAttribute("points", points.join(" "));
    root.querySelector("[data-pattern-said]").textContent = dots.join("-");
    for (const button of buttons) {
      const turn = dots.indexOf(Number(button.dataset.dot)) + 1;
      button.textContent = turn || "";
      button.setAttribute("aria-pressed", String(turn > 0));
      button.toggleAttribute("data-first", turn === 1);
    }
  }

  function show() {
    root.hidden = !isPattern();
    dots = isPattern() ? read(field.value) : [];
    draw();
  }

  function set(now) {
    dots = now;
    field.value = dots.join("-");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const take = (dot) => set([...dots, ...added(dots, dot)]);

  function forget() {
    field.value = "";
    dots = [];
    draw();
  }

  function dotAt({ clientX, clientY }) {
    const { left, top, width } = pad.getBoundingClientRect();
    const [across, down] = [(clientX - left) / width, (clientY - top) / width];
    return [1, 2, 3, 4, 5, 6, 7, 8, 9].find((dot) => {
      const [row, column] = place(dot);
      return Math.hypot(across - (column * 2 + 1) / 6, down - (row * 2 + 1) / 6) < REACH;
    });
  }

  // A stroke over two dots or more is a pattern of its own; what stays on one dot is a press, and clicks.
  pad.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button) return;
    stroke = [dotAt(event)].filter(Boolean);
  });
  addEventListener("pointermove", (event) => {
    if (!stroke || !event.isPrimary) return;
    for (const point of event.getCoalescedEvents?.() ?? [event]) {
      const dot = dotAt(point);
      const more = dot ? added(stroke, dot) : [];
      if (!more.length) continue;
      stroke.push(...more);
      if (stroke.length > 1) set([...stroke]);
    }
  });
  const end = () => { stroke = null; };
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);

  pad.addEventListener("click", ({ target }) => {
    const dot = target.closest("[data-dot]")?.dataset.dot;
    if (dot) take(Number(dot));
  });

  // One stop for the Tab key; the arrows go from dot to dot.
  function onArrow(event) {
    const step = ACROSS[event.key];
    const here = event.target.closest("[data-dot]");
    if (!step || !here) return;
    event.preventDefault();
    const [row, column] = place(Number(here.dataset.dot)).map((at, axis) => Math.min(2, Math.max(0, at + step[axis])));
    reach(buttons[row * 3 + column]);
    buttons[row * 3 + column].focus();
  }
  function reach(button) {
    for (const each of buttons) each.tabIndex = each === button ? 0 : -1;
  }
  pad.addEventListener("keydown", onArrow);
  pad.addEventListener("focusin", ({ target }) => { if (target.matches("[data-dot]")) reach(target); });
  reach(buttons[0]);

  root.querySelector("[data-pattern-clear]").addEventListener("click", () => set([]));
  form.addEventListener("change", ({ target }) => { if (target.name === "kind") show(); });
  field.addEventListener("input", show);
  addEventListener("pagehide", forget);
  addEventListener("pageshow", show);
  show();
}

document.querySelectorAll("[data-pattern]").forEach(start);
