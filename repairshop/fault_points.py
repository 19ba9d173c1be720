"""Named places at which a drill makes this process fail. Nothing is armed in a shop.

A place costs one comparison with None. Only the setting FAULT_POINTS arms places, and production refuses it.
"""

import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

# In the order in which a notice passes them; a test holds this list to the places in the program.
POINTS = (
    "move.written",  # a stage change and its messages, before their commit
    "move.committed",  # before the answer leaves the web server
    "claim.written",
    "claim.committed",  # before the provider is called
    "call.answered",  # the provider has answered, nothing of that is written
    "answer.written",
    "answer.committed",
    "sweep.written",  # claims of dead processes became "unknown"
    "sweep.committed",
    "settle.listed",  # the provider's list is read, nothing of that is written
    "settle.written",
    "settle.committed",
    "report.written",  # a callback
    "report.committed",
)


class Broken(RuntimeError):
    """What a place raises that was told to."""


class Act(StrEnum):
    """What happens at a place."""

    RAISE = "raise"
    EXIT = "exit"  # at once, without a goodbye
    KILL = "kill"  # kill -9
    STOP = "stop"  # as by SIGSTOP, until somebody says CONT


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens the `nth` time this process comes past."""

    act: Act
    nth: int = 1


_armed: dict[str, Fault] | None = None
_passed: Counter[str] = Counter()


def reach(name: str) -> None:
    """The process is at the place `name` now."""
    if _armed is not None:
        _pass(name)


def arm(text: str) -> None:
    """Arm places: "claim.committed=kill" or "move.written=raise@3", several with commas; "" disarms all.

    ValueError for a place, an act or a number that is none.
    """
    global _armed
    _passed.clear()
    _armed = dict(_read(part.strip()) for part in text.split(",")) if text.strip() else None


def _read(part: str) -> tuple[str, Fault]:
    name, _, what = part.partition("=")
    act, _, nth = what.partition("@")
    if name not in POINTS:
        raise ValueError(f"there is no fault point {name!r}")
    if act not in set(Act):
        raise ValueError(f"a fault point can {', '.join(Act)}, not {act!r}")
    if nth and not (nth.isdigit() and int(nth)):
        raise ValueError(f"{nth!r} is not how many times")
    return name, Fault(act=Act(act), nth=int(nth or 1))


def _pass(name: str) -> None:
    fault = (_armed or {}).get(name)
    if fault is None:
        return
    _passed[name] += 1
    if _passed[name] != fault.nth:
        return
    # Written by hand: nothing buffered survives what follows.
    os.write(2, f"fault point {name}: {fault.act.value}\n".encode())
    if fault.act is Act.RAISE:
        raise Broken(name)
    if fault.act is Act.EXIT:
        os._exit(70)
    # To this very thread: of a process another one may take the signal, and this one goes on meanwhile.
    signal.pthread_kill(threading.get_ident(), signal.SIGKILL if fault.act is Act.KILL else signal.SIGSTOP)
