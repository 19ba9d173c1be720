"""What the doctor says, and heads of a shop's history as they are published. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.tickets.chain import day_head

# The worker beats more often than this many times over; a longer silence is no hiccup.
WORKER_SILENT_AFTER = timedelta(seconds=90)
# A message that may go now and does not: what waits for its next try is not counted.
MESSAGE_LATE_AFTER = timedelta(minutes=5)
LITTLE_DISK_BYTES = 500 * 1024 * 1024


class Level(StrEnum):
    OK = "ok"
    HINT = "hint"  # works, but somebody should know
    WRONG = "wrong"  # ends the doctor with an exit status


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing the doctor looked at; `advice` says what to do about it."""

    about: str
    level: Level
    seen: str
    advice: str = ""


def ok(about: str, seen: str) -> Finding:
    return Finding(about=about, level=Level.OK, seen=seen)


def hint(about: str, seen: str, advice: str) -> Finding:
    return Finding(about=about, level=Level.HINT, seen=seen, advice=advice)


def wrong(about: str, seen: str, advice: str) -> Finding:
    return Finding(about=about, level=Level.WRONG, seen=seen, advice=advice)


def worker_finding(beat_at: datetime | None, *, at: datetime) -> Finding:
    advice = "Start one with `flask --app wsgi worker`; script/server does. Until then no notice leaves."
    if beat_at is None:
        return wrong("worker", "none has run yet", advice)
    age = at - beat_at
    if age > WORKER_SILENT_AFTER:
        return wrong("worker", f"last sign of life {describe(age)} ago", advice)
    return ok("worker", f"alive {describe(age)} ago")


def messages_finding(
    *, oldest_due: timedelta, waits_for_people: int, held: int, restored: str = "", failed_runs: int
) -> Finding:
    """What waits in the outbox, and for whom; `restored` says what is held in an older copy."""
    if restored:
        advice = "Look at each, on the page Messages or with `flask notices`; release what has not gone."
        return wrong("messages", restored, advice)
    if oldest_due > MESSAGE_LATE_AFTER:
        advice = (
            "Look at the worker and the provider; `flask notices list --state queued` names the messages."
        )
        return wrong("messages", f"the oldest that may go has waited {describe(oldest_due)}", advice)
    if held:
        advice = "After looking at them: `flask notices release`, or the page Messages."
        return hint("messages", f"{held} held until somebody releases them", advice)
    if waits_for_people:
        return hint("messages", f"{waits_for_people} wait for a person", "The page Messages shows them.")
    if failed_runs:
        advice = "The worker's log says why; it tries again by itself."
        return hint("messages", f"{failed_runs} runs of the worker missed, failed or overlapped", advice)
    return ok("messages", "none is late")


def describe(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} days"


def migration_finding(current: str | None, *, newest: str) -> Finding:
    if current == newest:
        return ok("migrations", f"at {newest}, the newest")
    advice = "Run `flask --app wsgi db upgrade`."
    return wrong("migrations", f"at {current or 'none'}, the newest is {newest}", advice)


def disk_finding(free_bytes: int) -> Finding:
    seen = f"{free_bytes // (1024 * 1024):,} MB free in the data folder"
    if free_bytes < LITTLE_DISK_BYTES:
        return wrong("disk", seen, "Make room: photos and the database need it.")
    return ok("disk", seen)


class HeadNotUnderstood(Refused):
    """A published head is a day and 64 hexadecimal digits, as printed on receipts and in the mail."""


@dataclass(frozen=True, kw_only=True)
class PublishedHead:
    """A shop's head of a day as somebody outside kept it."""

    day: date
    head: str


def read_head(text: str) -> PublishedHead:
    """From "2026-11-22:3f…" or "2026-11-22 3f…"; upper case and spaces in the digits do not matter."""
    found = re.fullmatch(r"\s*(\d{4}-\d{2}-\d{2})[\s:=]+([0-9a-fA-F\s]{64,100})", text)
    digits = re.sub(r"\s", "", found[2]).lower() if found else ""
    if not found or len(digits) != 64:
        raise HeadNotUnderstood(text=text)
    try:
        return PublishedHead(day=date.fromisoformat(found[1]), head=digits)
    except ValueError as error:
        raise HeadNotUnderstood(text=text) from error


def heads_of(
    changes: Mapping[date, Iterable[tuple[int, int, str]]], *, days: Iterable[date]
) -> dict[date, str]:
    """The chain of heads over `days`, from (ticket id, last seq, last hash) of what each day changed.

    A head speaks for every day since the one before it, and the first for all that was before it: no entry
    at or before a published head lies outside the chain.
    """
    heads: dict[date, str] = {}
    previous, waiting = "", sorted(changes)
    for day in sorted(days):
        last: dict[int, tuple[int, str]] = {}
        while waiting and waiting[0] <= day:
            last |= {ticket: (seq, head) for ticket, seq, head in changes[waiting.pop(0)]}
        listed = [(ticket, seq, head) for ticket, (seq, head) in last.items()]
        previous = heads[day] = day_head(previous, listed)
    return heads


def list_missing_days(days: Iterable[date]) -> list[date]:
    """The days between the first and the last published head that have none: every day gets one."""
    known = set(days)
    if not known:
        return []
    first, last = min(known), max(known)
    span = (first + timedelta(days=n) for n in range((last - first).days))
    return [day for day in span if day not in known]
