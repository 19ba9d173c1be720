"""A scanner: a keyboard that types fast, by a clock of its own.

What scan.js decides by time it decides by two clocks: the keys' own, which Chromium takes from here, and the
page's timers, which run by the wall. So the timers stand still while keys are on their way: how fast this
machine delivers them proves nothing.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from repairshop.codes import ScanKind, new_code, scan_text

PAUSE = 1.0  # seconds between two scans

# Scans are noted instead of followed; anything else that a key set off is a stray.
WATCH = """
window.scans = []; window.strays = [];
document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.matches("[data-scan-form]")) { scans.push(form.elements.q.value); form.reset(); }
  else strays.push(`sent ${form.action}`);
}, true);
document.addEventListener("click", (event) => {
  event.preventDefault();
  strays.push(`clicked ${event.target.outerHTML}`);
}, true);
"""

_HOLD = """(() => {
  if (!window.holdTimers) {
    const [start, stop] = [window.setTimeout, window.clearTimeout];
    const [held, later] = [new Map(), new Map()];
    let [holding, last] = [false, 0];
    window.setTimeout = (act, ms = 0, ...values) => {
      if (!holding) return start(act, ms, ...values);
      held.set(--last, [ms, () => act(...values)]);
      return last;
    };
    window.clearTimeout = (id) => held.delete(id) || stop(later.get(id) ?? id);
    window.holdTimers = () => { holding = true; };
    window.goOn = (passed) => {
      holding = false;
      for (const [id, [ms, act]] of [...held].sort(([, one], [, other]) => one[0] - other[0])) {
        if (!held.delete(id)) continue; // an earlier one took it back
        if (ms <= passed) act();
        else later.set(id, start(act, ms - passed));
      }
    };
  }
  holdTimers();
  return Date.now() / 1000;
})()"""


class Scanner:
    """Types keys whose own clock shows exact gaps, however slow this machine is to deliver them."""

    def __init__(self, page: Page) -> None:
        self.channel = page.context.new_cdp_session(page)
        self.clock = 0.0

    def type(self, text: str, *, gap_ms: float, ending: str = "\r", at: float | None = None) -> None:
        """One scan and the pause after it; `at` is when it begins, in seconds since 1970, if not now."""
        with self._timers_held(at):
            for character in text:
                self._press(character, character, gap_ms)
            if ending:
                self._press({"\r": "Enter", "\t": "Tab"}[ending], ending, gap_ms)

    def type_by_hand(self, text: str, chance: random.Random) -> None:
        """A person, fast: 11 to 18 keys a second."""
        with self._timers_held():
            for sign in text:
                self._press(sign, sign, chance.uniform(55, 90))

    @contextmanager
    def _timers_held(self, at: float | None = None) -> Iterator[None]:
        now = float(self._evaluate(_HOLD))
        self.clock = max(self.clock, now) if at is None else at
        yield
        self.clock += PAUSE
        self._evaluate(f"window.goOn?.({PAUSE * 1000})")  # none where the scan has opened another page

    def _evaluate(self, expression: str) -> object:
        return self.channel.send("Runtime.evaluate", {"expression": expression})["result"].get("value")

    def _press(self, key: str, text: str, gap_ms: float) -> None:
        self.clock += gap_ms / 1000
        number = {"Enter": 13, "Tab": 9}.get(key) or ord(key.upper())
        self.channel.send(
            "Input.dispatchKeyEvent",
            {
                "type": "keyDown",
                "key": key,
                "text": text,
                "windowsVirtualKeyCode": number,
                "timestamp": self.clock,
            },
        )


def make_codes(count: int) -> list[str]:
    return [scan_text(ScanKind.TICKET, new_code()) for _ in range(count)]
