"""A ticket's past, walked from its steps with the rules the verbs ask. Pure.

Bulk loaders describe what happened as steps; the walk refuses what a verb would refuse and yields the
rows a verb would have written: the ticket's end state, its moves, its hash-chained history, its custody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from repairshop.staff.rules import Actor
from repairshop.tickets.chain import Entry, first_hash, next_hash, seal
from repairshop.tickets.rules import Holder, undo_until
from repairshop.tickets.stages import (
    FINAL_STAGES,
    Outcome,
    Stage,
    Verb,
    outcome_after,
    require_move,
    require_opening,
)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The first step of a ticket; `number` enters the history as it does from the verb."""

    verb: Verb
    stage: Stage
    number: int
    at: datetime
    by: Actor


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One arrow. `details` enter the history as they are: no personal values."""

    verb: Verb
    at: datetime
    by: Actor
    outcome: Outcome | None = None
    outcome_reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Acted:
    """An act that moves nothing; `in_move` ties it to the move before it."""

    act: str
    at: datetime
    by: Actor
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    in_move: bool = False


@dataclass(frozen=True, kw_only=True)
class PassedOn:
    """The device changes hands."""

    to: Holder
    to_label: str
    at: datetime
    by: Actor
    in_move: bool = False


@dataclass(frozen=True, kw_only=True)
class Imported:
    """The only step of a ticket of which no more than the end is known."""

    stage: Stage
    outcome: Outcome | None
    outcome_reason: str
    opened_at: datetime
    at: datetime
    by: Actor
    details: Mapping[str, Any]


Step = Opened | Moved | Acted | PassedOn | Imported


@dataclass(frozen=True, kw_only=True)
class WalkedMove:
    verb: Verb
    origin: Stage | None
    target: Stage
    at: datetime
    by: Actor
    history_seq: int
    undo_until: datetime
    previous: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class WalkedEntry:
    """A history row; `move` is the place of its move in the walk's moves."""

    entry: Entry
    by: Actor
    previous_hash: str
    hash: str
    move: int | None


@dataclass(frozen=True, kw_only=True)
class WalkedCustody:
    origin: Holder
    origin_label: str
    to: Holder
    to_label: str
    salt: str
    at: datetime
    by: Actor


class StepsOutOfOrder(ValueError):
    """A past whose steps run back in time, or that does not begin with its opening."""


class Walk:
    """The state after the steps taken so far."""

    def __init__(self, code: str, *, undo_window_seconds: int) -> None:
        self.code = code
        self.stage: Stage | None = None
        self.stage_since: datetime | None = None
        self.stage_version = 0
        self.outcome: Outcome | None = None
        self.outcome_reason = ""
        self.opened_at: datetime | None = None
        self.checked_in_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.changed_at: datetime | None = None
        self.holder = Holder.CUSTOMER
        self.holder_label = ""
        self.holder_since: datetime | None = None
        self.head = first_hash(code)
        self.moves: list[WalkedMove] = []
        self.entries: list[WalkedEntry] = []
        self.custody: list[WalkedCustody] = []
        self._window = undo_window_seconds

    def take(self, step: Step) -> None:
        """Do one step; refuses what the verbs would refuse."""
        if self.changed_at is not None and step.at < self.changed_at:
            raise StepsOutOfOrder(f"{step} before {self.changed_at}")
        if isinstance(step, Opened | Imported) is not (self.stage is None):
            raise StepsOutOfOrder(f"{step} after {self.stage}")
        match step:
            case Opened():
                self._open(step)
            case Imported():
                self._import(step)
            case Moved():
                self._move(step)
            case Acted():
                self._act(step)
            case PassedOn():
                self._pass_on(step)

    def _open(self, step: Opened) -> None:
        require_opening(step.verb, step.stage)
        self.opened_at = self.holder_since = step.at
        if step.stage is not Stage.BOOKED:
            self._take_custody(Holder.PLACE, "", at=step.at, by=step.by)
        details = {"number": step.number}
        self._enter(step.verb, step.stage, at=step.at, by=step.by, previous={}, details=details)

    def _import(self, step: Imported) -> None:
        self.stage, self.stage_since, self.stage_version = step.stage, step.opened_at, 1
        self.outcome, self.outcome_reason = step.outcome, step.outcome_reason
        self.opened_at = self.holder_since = step.opened_at
        self.closed_at = step.opened_at if step.stage in FINAL_STAGES else None
        after = {"stage": step.stage.value, "outcome": step.outcome and step.outcome.value, **step.details}
        self._append("imported", at=step.at, by=step.by, before={}, after=after, move=None)

    def _move(self, step: Moved) -> None:
        assert self.stage is not None  # noqa: S101 - take() has made sure; for the type checker
        target = require_move(self.stage, step.verb)
        outcome = outcome_after(step.verb, chosen=step.outcome, current=self.outcome)
        previous = {
            "stage": self.stage.value,
            "stage_since": self.stage_since and self.stage_since.isoformat(),
            "outcome": self.outcome and self.outcome.value,
            "outcome_reason": self.outcome_reason,
            "closed_at": self.closed_at and self.closed_at.isoformat(),
        }
        if outcome is not self.outcome:
            self.outcome, self.outcome_reason = outcome, step.outcome_reason
        self.closed_at = step.at if target in FINAL_STAGES else None
        self._enter(step.verb, target, at=step.at, by=step.by, previous=previous, details=step.details)

    def _enter(
        self,
        verb: Verb,
        target: Stage,
        *,
        at: datetime,
        by: Actor,
        previous: Mapping[str, Any],
        details: Mapping[str, Any],
    ) -> None:
        origin = self.stage
        self.moves.append(
            WalkedMove(
                verb=verb,
                origin=origin,
                target=target,
                at=at,
                by=by,
                history_seq=len(self.entries) + 1,
                undo_until=undo_until(verb, at=at, by=by, window_seconds=self._window),
                previous=previous,
            )
        )
        self.stage, self.stage_since = target, at
        self.stage_version += 1
        before = {"stage": origin and origin.value, "outcome": previous.get("outcome")}
        after = {"stage": target.value, "outcome": self.outcome and self.outcome.value, **details}
        self._append(verb.value, at=at, by=by, before=before, after=after, move=len(self.moves) - 1)

    def _act(self, step: Acted) -> None:
        if step.act == "check_in_completed":
            self.checked_in_at = step.at
        move = len(self.moves) - 1 if step.in_move else None
        self._append(step.act, at=step.at, by=step.by, before=step.before, after=step.after, move=move)

    def _pass_on(self, step: PassedOn) -> None:
        before, after = {"holder": self.holder.value}, {"holder": step.to.value, "item": "device"}
        name = seal(step.to_label) if step.to_label else None
        if name:
            after["name"] = name.digest
        salt = name.salt if name else ""
        self._take_custody(step.to, step.to_label, salt=salt, at=step.at, by=step.by)
        move = len(self.moves) - 1 if step.in_move else None
        self._append("passed_on", at=step.at, by=step.by, before=before, after=after, move=move)

    def _take_custody(self, to: Holder, to_label: str, *, salt: str = "", at: datetime, by: Actor) -> None:
        self.custody.append(
            WalkedCustody(
                origin=self.holder,
                origin_label=self.holder_label,
                to=to,
                to_label=to_label,
                salt=salt,
                at=at,
                by=by,
            )
        )
        self.holder, self.holder_label, self.holder_since = to, to_label, at

    def _append(
        self,
        act: str,
        *,
        at: datetime,
        by: Actor,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        move: int | None,
    ) -> None:
        actor = by.kind.value if by.id is None else f"{by.kind.value}:{by.id}"
        entry = Entry(seq=len(self.entries) + 1, at=at, actor=actor, act=act, before=before, after=after)
        head = next_hash(self.head, entry)
        self.entries.append(WalkedEntry(entry=entry, by=by, previous_hash=self.head, hash=head, move=move))
        self.head, self.changed_at = head, at


def walk(code: str, steps: Iterable[Step], *, undo_window_seconds: int) -> Walk:
    """The whole past of one ticket."""
    result = Walk(code, undo_window_seconds=undo_window_seconds)
    for step in steps:
        result.take(step)
    return result
