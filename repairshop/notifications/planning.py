"""To whom a notice goes, by which channel and when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from repairshop.notifications.rules import Channel, Purpose
from repairshop.staff.rules import ActorKind


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """No texts between `begin` and `end`, local time of the shop."""

    begin: time
    end: time
    zone: str

    def contains(self, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(self.zone)).time()
        if self.begin <= self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end

    def next_end(self, at: datetime) -> datetime:
        return self._next(self.end, at)

    def next_begin(self, at: datetime) -> datetime:
        return self._next(self.begin, at)

    def _next(self, wanted: time, at: datetime) -> datetime:
        zone = ZoneInfo(self.zone)
        local = at.astimezone(zone)
        candidate = local.replace(hour=wanted.hour, minute=wanted.minute, second=0, microsecond=0)
        if candidate <= local:
            day = local.date() + timedelta(days=1)
            candidate = datetime.combine(day, wanted, tzinfo=zone)
        return candidate.astimezone(at.tzinfo)


@dataclass(frozen=True, kw_only=True)
class QuietTimes:
    """Several quiet hours at once: the shop's and the customer's."""

    spans: tuple[QuietHours, ...]

    def contains(self, at: datetime) -> bool:
        return any(span.contains(at) for span in self.spans)

    def next_end(self, at: datetime) -> datetime:
        """When none of them holds any more; they may follow on each other, but not round the whole day."""
        for _ in range(2 * len(self.spans) + 1):
            ends = [span.next_end(at) for span in self.spans if span.contains(at)]
            if not ends:
                break
            at = max(ends)
        return at

    def next_begin(self, at: datetime) -> datetime:
        begins = [span.next_begin(at) for span in self.spans]
        return min(begins, default=at + timedelta(days=1))


def quiet_times(hours: Sequence[tuple[str, str]], *, zone: str) -> QuietTimes:
    """From local times like ("21:00", "08:00"); equal ones are no quiet hours."""
    spans = (
        QuietHours(begin=time.fromisoformat(begin), end=time.fromisoformat(end), zone=zone)
        for begin, end in hours
        if begin != end
    )
    return QuietTimes(spans=tuple(spans))


Quiet = QuietHours | QuietTimes


NIGHT = ("21:00", "08:00")  # of a shop that set no other quiet hours


def night_of(zone: str) -> QuietHours:
    """The quiet hours of a shop that set no other: 21:00 to 08:00."""
    return QuietHours(begin=time(21), end=time(8), zone=zone)


_LONGEST_VALIDITY = timedelta(hours=10)


_CODE_VALIDITY = timedelta(minutes=10)


_SHORTEST_VALIDITY = timedelta(minutes=1)


def validity(purpose: Purpose, *, at: datetime, quiet: Quiet) -> timedelta:
    """How long a text may wait at the provider: never into the night, so that "ready" wakes nobody."""
    if purpose is Purpose.CODE:
        return _CODE_VALIDITY
    return max(_SHORTEST_VALIDITY, min(_LONGEST_VALIDITY, quiet.next_begin(at) - at))


@dataclass(frozen=True, kw_only=True)
class Reach:
    """One number or address of the customer, in the order they prefer."""

    channel: Channel
    address: str
    language: str
    wakes: bool  # rings at night
    is_number: bool  # a person can call it
    may_notify: bool = True
    paused: bool = False  # the SIM is in the device we hold
    opted_out: bool = False
    out_of_bounds: bool = False  # the shop does not text this country


class NotSentReason(StrEnum):
    """Why an address gets nothing; sentences in templates/notifications/_words.html."""

    NOT_FIRST = "not_first"  # an earlier address gets it
    PAUSED = "paused"
    OPTED_OUT = "opted_out"
    OUT_OF_BOUNDS = "out_of_bounds"
    NOT_WANTED = "not_wanted"  # kept for calls only
    SILENT = "silent"  # this step sends nothing
    NOBODY = "nobody"  # there is no customer
    UNCONFIRMED = "unconfirmed"  # a stranger typed the number on a public page


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One message that will go; `held` says that it waits for the end of the night."""

    channel: Channel
    address: str
    language: str
    send_after: datetime
    held: bool = False


@dataclass(frozen=True, kw_only=True)
class NotSent:
    channel: Channel
    address: str
    reason: NotSentReason


@dataclass(frozen=True, kw_only=True)
class Plan:
    sends: tuple[Planned, ...] = ()
    not_sent: tuple[NotSent, ...] = ()


def plan(
    purpose: Purpose, reaches: tuple[Reach, ...], *, send_after: datetime, quiet: Quiet, language: str
) -> Plan:
    """A service notice goes once by each channel, or becomes a call; any other to the first usable address.

    `language` is the customer's, for the call.
    """
    chosen: dict[Channel, Reach] = {}
    for reach in reaches:
        # One address that several channels reach gets one message.
        if _obstacle(reach, purpose) is None and all(reach.address != one.address for one in chosen.values()):
            chosen.setdefault(reach.channel, reach)
    taken = list(chosen.values())
    if purpose is not Purpose.SERVICE:
        taken = taken[:1]
    not_sent = tuple(
        NotSent(
            channel=reach.channel,
            address=reach.address,
            reason=_obstacle(reach, purpose) or NotSentReason.NOT_FIRST,
        )
        for reach in reaches
        if reach not in taken
    )
    if taken:
        sends = tuple(_planned(reach, purpose, send_after, quiet) for reach in taken)
        return Plan(sends=sends, not_sent=not_sent)
    if purpose is not Purpose.SERVICE:
        return Plan(not_sent=not_sent)
    return Plan(sends=(_call(reaches, send_after, language),), not_sent=not_sent)


def _obstacle(reach: Reach, purpose: Purpose) -> NotSentReason | None:
    if not reach.may_notify:
        return NotSentReason.NOT_WANTED
    if reach.paused:
        return NotSentReason.PAUSED
    if reach.out_of_bounds:
        return NotSentReason.OUT_OF_BOUNDS
    if reach.opted_out and purpose is not Purpose.CODE:
        return NotSentReason.OPTED_OUT
    return None


def _planned(reach: Reach, purpose: Purpose, send_after: datetime, quiet: Quiet) -> Planned:
    waits = reach.wakes and purpose is not Purpose.CODE and quiet.contains(send_after)
    return Planned(
        channel=reach.channel,
        address=reach.address,
        language=reach.language,
        send_after=quiet.next_end(send_after) if waits else send_after,
        held=waits,
    )


def _call(reaches: tuple[Reach, ...], send_after: datetime, language: str) -> Planned:
    """A paused number rings in our own drawer: then the task has no number, and waits for the person."""
    number = next((reach for reach in reaches if reach.is_number and not reach.paused), None)
    return Planned(
        channel=Channel.CALL,
        address=number.address if number else "",
        language=language,
        send_after=send_after,
    )


def send_after_move(*, at: datetime, undo_until: datetime, by: ActorKind) -> datetime:
    """Notices of staff moves wait until the move can no longer be undone."""
    return undo_until if by is ActorKind.STAFF else at


# An undo that came in time may take this long to commit.
_UNDO_MARGIN = timedelta(milliseconds=500)


def due_after(send_after: datetime, *, at: datetime) -> datetime:
    """When the message may be claimed: a little after the window, if it waits for one."""
    return send_after + _UNDO_MARGIN if send_after > at else send_after
