// Counts down how long an act may still be undone, and takes the button away when it no longer can.

function start(element) {
  const skew = element.dataset.undoNow ? Date.parse(element.dataset.undoNow) - Date.now() : 0;
  const until = Date.parse(element.dataset.undoUntil) - skew;
  const left = element.querySelector("[data-undo-left]");
  const tick = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (seconds <= 0) {
      clearInterval(timer);
      element.hidden = true;
    } else if (left) left.textContent = `${seconds} s`;
  };
  const timer = setInterval(tick, 1000);
  tick();
}

document.querySelectorAll("[data-undo-until]").forEach(start);
