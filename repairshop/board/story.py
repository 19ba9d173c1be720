"""A ticket's story: its acts and what hangs on it, in one list, and the move that may still be undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from repairshop.board.hanging_queries import Hanging, HangingRow
from repairshop.errors import Refused
from repairshop.staff.rules import Actor
from repairshop.tickets.queries import TimelineEntry
from repairshop.tickets.rules import DEVICE, LOANER, Holder, LastMove, require_undoable, undo_until
from repairshop.tickets.stages import Verb

# Their own rows tell more than the acts about them.
_TOLD_BY_ROWS = frozenset({"note_added", "photo_added", "passed_on", "question_asked", "question_answered"})
# And the page about the work tells these, with their minutes.
_TOLD_ELSEWHERE = _TOLD_BY_ROWS | {"work_started", "work_paused"}

_VERBS = frozenset(verb.value for verb in Verb)


class Show(StrEnum):
    """The filters of the story."""

    ALL = ""
    MOVES = "moves"
    NOTES = "notes"
    PHOTOS = "photos"
    CUSTODY = "custody"


_KIND_OF = {Show.NOTES: Hanging.NOTE, Show.PHOTOS: Hanging.PHOTO, Show.CUSTODY: Hanging.CUSTODY}


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One line of the story: an act, or rows of one kind that belong together."""

    at: datetime
    act: TimelineEntry | None = None
    rows: tuple[HangingRow, ...] = ()

    @property
    def kind(self) -> str:
        return self.rows[0].kind.value if self.rows else "act"


def tell(history: Iterable[TimelineEntry], hanging: Iterable[HangingRow], *, show: Show) -> list[Chapter]:
    """Newest first; photos taken within minutes of each other stand side by side."""
    chapters = [
        Chapter(at=entry.at, act=entry)
        for entry in history
        if entry.act not in _TOLD_ELSEWHERE and (show is Show.ALL or (show is Show.MOVES and _is_move(entry)))
    ]
    if show is not Show.MOVES:
        chapters += _group(row for row in hanging if show is Show.ALL or row.kind is _KIND_OF.get(show))
    return sorted(chapters, key=lambda chapter: chapter.at, reverse=True)


def things_by_themselves(hanging: Iterable[HangingRow]) -> list[HangingRow]:
    """The newest step of each thing that came with the device and was passed on by itself, unless it is back
    with the customer.
    """
    newest: dict[str, HangingRow] = {}
    for row in hanging:
        if row.kind is Hanging.CUSTODY and row.item != DEVICE and not row.item.startswith(LOANER):
            newest.setdefault(row.item, row)
    return [row for row in newest.values() if row.step != Holder.CUSTOMER]


def stage_changes(history: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """The moves and undos among the acts; each of them raised the ticket's stage version by one."""
    return [entry for entry in history if _is_move(entry)]


def _is_move(entry: TimelineEntry) -> bool:
    return entry.act in _VERBS or entry.act == "undo"


_TOGETHER = timedelta(minutes=10)


def _group(rows: Iterable[HangingRow]) -> list[Chapter]:
    """Photos of one step by one person become one chapter; everything else stays alone."""
    chapters: list[Chapter] = []
    album: list[HangingRow] = []
    for row in rows:
        if row.kind is not Hanging.PHOTO:
            chapters.append(Chapter(at=row.at, rows=(row,)))
            continue
        if album and not _belongs(row, album[0]):
            chapters.append(Chapter(at=album[0].at, rows=tuple(album)))
            album = []
        album.append(row)
    if album:
        chapters.append(Chapter(at=album[0].at, rows=tuple(album)))
    return chapters


def _belongs(row: HangingRow, newest: HangingRow) -> bool:
    return (row.step, row.who) == (newest.step, newest.who) and newest.at - row.at <= _TOGETHER


@dataclass(frozen=True, kw_only=True)
class LastAct:
    """The move a person may look at right after doing it; `undo_until` None when it cannot be taken back."""

    entry: TimelineEntry
    undo_until: datetime | None


def find_last_move(
    history: Sequence[TimelineEntry], *, by: Actor, at: datetime, window_seconds: int
) -> LastAct | None:
    """The newest move that stands, and whether this person may undo it now."""
    undone = {entry.move_id for entry in history if entry.act == "undo"}
    place = next(
        (
            place
            for place, entry in enumerate(history)
            if entry.act in _VERBS and entry.move_id is not None and entry.move_id not in undone
        ),
        None,
    )
    if place is None:
        return None
    entry = history[place]
    overtaken = any(later.move_id != entry.move_id for later in history[:place])
    until = undo_until(
        Verb(entry.act),
        at=entry.at,
        by=Actor(kind=entry.actor_kind, shop_id=by.shop_id, id=entry.actor_id),
        window_seconds=window_seconds,
    )
    return LastAct(
        entry=entry, undo_until=until if _may_undo(entry, until, overtaken, by=by, at=at) else None
    )


def _may_undo(entry: TimelineEntry, until: datetime, overtaken: bool, *, by: Actor, at: datetime) -> bool:
    last = LastMove(
        verb=Verb(entry.act),
        actor_kind=entry.actor_kind,
        actor_id=entry.actor_id,
        undo_until=until,
        undone=False,
        overtaken=overtaken,
    )
    try:
        require_undoable(last, by=by, at=at)
    except Refused:
        return False
    return True
