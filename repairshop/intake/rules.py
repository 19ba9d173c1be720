"""What the counter must know before a repair begins, and what it must know for sure."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.privacy.rules import Task, TaskPart, list_open
from repairshop.tickets.stages import Stage


class GateItem(StrEnum):
    """What an open check-in waits for, in the order the page asks for it."""

    CONDITION = "condition"
    PRIVACY = "privacy"
    REACH = "reach"
    SIGNATURE = "signature"


# The privacy tasks are waived one by one, by privacy.service.
WAIVABLE = frozenset({GateItem.CONDITION, GateItem.REACH, GateItem.SIGNATURE})


class CancelReason(StrEnum):
    """Why a booked repair does not come; wording in templates/intake/_words.html."""

    CUSTOMER_CANCELLED = "customer_cancelled"
    NO_SHOW = "no_show"
    BOOKED_TWICE = "booked_twice"
    CANNOT_HELP = "cannot_help"


NO_SHOW_AFTER = timedelta(days=7)
MOST_PHOTOS = 12
MOST_ACCESSORIES = 12


class CustomerMissing(Refused):
    """Nobody was chosen and no name was typed."""


class ReachMissing(Refused):
    """Neither a number nor an address was typed for a new customer."""


class CustomerMayExist(Refused):
    """Somebody alike is known; `people` are their (id, name)."""


class DeviceMissing(Refused):
    """No device was chosen and no type was given."""


class DeviceBelongsToOther(Refused):
    """A device with this IMEI or serial was here with somebody else; `name` says who."""


class FaultMissing(Refused):
    """Neither a fault was chosen nor the customer's words were typed."""


class ReachIsTheDevice(Refused):
    """The only way named to reach the customer is the number whose SIM is in the device."""


class DateBeforeToday(Refused):
    """The day is over."""


class DatesIncomplete(Refused):
    """One of the two promised dates is missing."""


class CheckInNotDone(Refused):
    """Items of the check-in are missing; `items` says which, `kinds` which privacy tasks."""


class CheckInDoneAlready(Refused):
    """The check-in was completed before."""


class ConditionMissing(Refused):
    """Nobody wrote down in which condition the device came."""


class ReachNotAsked(Refused):
    """Nobody asked how to reach the customer while we have the device."""


class TakeInSignatureMissing(Refused):
    """Neither a drawing nor a typed name with its tick."""


class TooManyPhotos(Refused):
    """More photos than a step takes; `most` is the limit."""


@dataclass(frozen=True, kw_only=True)
class GateFacts:
    """What the gate of the check-in looks at."""

    condition_noted: bool
    tasks: Sequence[Task]
    reach_note: str
    signed_at: datetime | None
    opened_at: datetime
    waived: frozenset[GateItem] = frozenset()


def missing_items(facts: GateFacts) -> list[GateItem]:
    """What the check-in still waits for. A signature given before this ticket was opened is not for it."""
    done = {
        GateItem.CONDITION: facts.condition_noted,
        GateItem.PRIVACY: bool(facts.tasks) and not list_open(facts.tasks, TaskPart.CUSTOMER_PRESENT),
        GateItem.REACH: bool(facts.reach_note),
        GateItem.SIGNATURE: facts.signed_at is not None and facts.signed_at >= facts.opened_at,
    }
    return [item for item in GateItem if not done[item] and item not in facts.waived]


def require_complete(facts: GateFacts) -> None:
    missing = missing_items(facts)
    if missing:
        raise CheckInNotDone(items=missing, kinds=list_open(facts.tasks, TaskPart.CUSTOMER_PRESENT))


def split_accessories(text: str) -> tuple[str, ...]:
    """ "charger, case" as a list; each once, in the order typed."""
    names = (" ".join(part.split())[:80] for part in re.split(r"[,;\n]", text))
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_ACCESSORIES]


def require_other_reach(reach_note: str, *, paused: Iterable[str]) -> None:
    """While its SIM is in the device a number reaches nobody: another way has to be named."""
    said = re.sub(r"[\s().\-/]", "", reach_note)
    for number in paused:
        shown = re.sub(r"[\s().\-/]", "", number)
        rest = said.replace(shown, "") if shown else said
        if said and not re.search(r"\w", rest):
            raise ReachIsTheDevice(field="reach_note")


def require_not_before(day: date | None, *, today: date, field: str) -> None:
    if day is not None and day < today:
        raise DateBeforeToday(field=field)


def days_in_comeback_window(
    *, stage: Stage, stage_since: datetime, at: datetime, window_days: int
) -> int | None:
    """How many days ago the device went home, while the same fault would count as a comeback; else None."""
    days = (at - stage_since).days
    return days if stage is Stage.HANDED_OVER and days <= window_days else None


def seen_mark(texts: Mapping[str, str]) -> str:
    """What a form was made from, one short digest a field, so that a later save knows who changed what."""
    return ".".join(f"{name}:{_mark(text)}" for name, text in texts.items())


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def merged(name: str, *, mine: str, current: str, seen: str) -> str | None:
    """The text to keep where two people changed things: mine, the current one, or None for a real clash.

    A field only one side touched is not a clash.
    """
    marks = dict(part.split(":", 1) for part in seen.split(".") if ":" in part)
    basis = marks.get(name)
    if mine == current or basis is None or basis == _mark(current):
        return mine
    return current if basis == _mark(mine) else None
