// Sign with finger, pen or mouse. The picture goes into the form's hidden field as a PNG data URL.

const INK = "#14201d";

function start(root) {
  const pad = root.querySelector("[data-signature-pad]");
  const canvas = pad.querySelector("canvas");
  const value = pad.querySelector("[data-signature-value]");
  const strokes = []; // points as shares of the width, so that turning the tablet keeps the signature
  const brush = canvas.getContext("2d");
  let current = null;

  function draw() {
    const { width, height } = canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    brush.scale(ratio, ratio);
    brush.lineWidth = 2.5;
    brush.lineCap = brush.lineJoin = "round";
    brush.strokeStyle = brush.fillStyle = INK;
    for (const stroke of strokes) line(stroke, width);
  }

  function line(points, width) {
    const [first, ...rest] = points.map(([x, y]) => [x * width, y * width]);
    brush.beginPath();
    brush.moveTo(...first);
    if (!rest.length) brush.lineTo(first[0] + 0.1, first[1]);
    let [fromX, fromY] = first;
    for (const [x, y] of rest) {
      brush.quadraticCurveTo(fromX, fromY, (fromX + x) / 2, (fromY + y) / 2);
      [fromX, fromY] = [x, y];
    }
    brush.lineTo(fromX, fromY);
    brush.stroke();
  }

  function point(event) {
    const { left, top, width } = canvas.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / width];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    current = [point(event)];
    strokes.push(current);
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current || !event.isPrimary) return;
    current.push(...(event.getCoalescedEvents?.() ?? [event]).map(point));
    draw();
  });
  const end = () => {
    if (!current) return;
    current = null;
    value.value = canvas.toDataURL("image/png");
    value.dispatchEvent(new Event("input", { bubbles: true }));
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  pad.querySelector("[data-signature-clear]").addEventListener("click", () => {
    strokes.length = 0;
    value.value = "";
    draw();
  });
  pad.hidden = false;
  new ResizeObserver(draw).observe(canvas);
}

document.querySelectorAll("[data-signature]").forEach(start);
