"""What the bench shows first: columns, limits, lateness and age. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import quantiles
from typing import TypeVar
from zoneinfo import ZoneInfo

from repairshop.catalogue.rules import DeviceType
from repairshop.tickets.stages import Stage, Verb, verbs_from

_Kind = TypeVar("_Kind")


class Column(StrEnum):
    """The bench from left to right."""

    TO_DIAGNOSE = "to_diagnose"
    CUSTOMER_TO_DECIDE = "customer_to_decide"
    WAITING_FOR_PART = "waiting_for_part"
    READY_TO_START = "ready_to_start"
    ON_THE_BENCH = "on_the_bench"
    TEST_AND_CLOSE = "test_and_close"
    READY = "ready"


COLUMN_OF: Mapping[Stage, Column] = {
    Stage.RECEIVED: Column.TO_DIAGNOSE,
    Stage.DIAGNOSING: Column.TO_DIAGNOSE,
    Stage.AWAITING_APPROVAL: Column.CUSTOMER_TO_DECIDE,
    Stage.AWAITING_PARTS: Column.WAITING_FOR_PART,
    Stage.APPROVED: Column.READY_TO_START,
    Stage.IN_REPAIR: Column.ON_THE_BENCH,
    Stage.FINAL_CHECKS: Column.TEST_AND_CLOSE,
    Stage.READY: Column.READY,
    Stage.UNCLAIMED: Column.READY,
}
# More at once and every one of them takes longer; the rest is limited by customers and suppliers.
USUAL_LIMITS: Mapping[Column, int] = {Column.TO_DIAGNOSE: 8, Column.ON_THE_BENCH: 3}
# The work is done: a promise cannot be broken any more.
DONE_STAGES = frozenset({Stage.READY, Stage.UNCLAIMED})

_SOON = timedelta(hours=4)
_WEEK_DAYS = 7
# Fewer repairs than this say nothing about the next one.
SAMPLE_MIN = 20
LIKE_SAMPLE_MIN = 8


class Due(StrEnum):
    """How a promised moment is said in as few words as stay clear."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    WEEKDAY = "weekday"
    LATER = "later"


class Tone(StrEnum):
    """The colour of the age bar."""

    CALM = ""
    SOON = "soon"  # or its promise is more likely broken than kept
    LATE = "late"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What was agreed at intake, as far as it allows verbs of its own."""

    is_claim: bool = False
    has_fixed_price: bool = False
    has_spend_limit: bool = False


@dataclass(frozen=True, kw_only=True)
class Job:
    """One ticket as the bench reads it."""

    id: int
    reference: str
    number: str
    device_label: str
    fault_label: str
    stage: Stage
    stage_since: datetime
    stage_version: int
    device_type: DeviceType
    fault_key: str
    assignee_id: int | None
    due_at: datetime | None
    opened_at: datetime
    has_open_check_in: bool
    is_at_risk: bool = False
    terms: Terms


def verbs_for(stage: Stage, terms: Terms) -> tuple[Verb, ...]:
    """The verbs that can lead somewhere for this ticket, in the order of their number keys."""
    pointless = {
        Verb.PROCEED_UNDER_WARRANTY: not terms.is_claim,
        Verb.ACCEPT_FIXED_PRICE: not terms.has_fixed_price,
        Verb.PROCEED_WITHIN_LIMIT: not terms.has_spend_limit,
    }
    return tuple(verb for verb in verbs_from(stage) if not pointless.get(verb, False))


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long repairs took from intake to ready: 8 in 10, and the 85th percentile of like ones."""

    eight_in_ten: timedelta | None = None
    by_fault: Mapping[tuple[DeviceType, str], timedelta]
    by_type: Mapping[DeviceType, timedelta]

    def find(self, device_type: DeviceType, fault_key: str) -> timedelta | None:
        """The 85th percentile of like repairs, or None while too few were done."""
        return self.by_fault.get((device_type, fault_key)) or self.by_type.get(device_type)


def percentile(durations: Sequence[timedelta], percent: int) -> timedelta:
    """Interpolated between neighbours; needs two durations or more."""
    seconds = [duration.total_seconds() for duration in durations]
    return timedelta(seconds=quantiles(seconds, n=100, method="inclusive")[percent - 1])


def pace_of(repairs: Iterable[tuple[DeviceType, str, timedelta]]) -> Pace:
    """What (device type, fault, duration) of finished repairs tell; silent where they are too few."""
    by_fault: dict[tuple[DeviceType, str], list[timedelta]] = {}
    by_type: dict[DeviceType, list[timedelta]] = {}
    every: list[timedelta] = []
    for device_type, fault_key, duration in repairs:
        every.append(duration)
        by_type.setdefault(device_type, []).append(duration)
        if fault_key:
            by_fault.setdefault((device_type, fault_key), []).append(duration)
    return Pace(
        eight_in_ten=percentile(every, 80) if len(every) >= SAMPLE_MIN else None,
        by_fault={
            key: percentile(some, 85) for key, some in by_fault.items() if len(some) >= LIKE_SAMPLE_MIN
        },
        by_type={key: percentile(some, 85) for key, some in by_type.items() if len(some) >= LIKE_SAMPLE_MIN},
    )


def due_kind(due_at: datetime, *, at: datetime, zone: ZoneInfo) -> Due:
    """In the shop's own calendar."""
    days = (due_at.astimezone(zone).date() - at.astimezone(zone).date()).days
    if days <= 0:
        return Due.TODAY
    if days == 1:
        return Due.TOMORROW
    return Due.WEEKDAY if days < _WEEK_DAYS else Due.LATER


def late_for(job: Job, *, at: datetime) -> timedelta | None:
    """How long the promise has been broken, or None while it is not."""
    if job.due_at is None or job.stage in DONE_STAGES or at <= job.due_at:
        return None
    return at - job.due_at


def may_be_late(job: Job) -> bool:
    """Like repairs that had come as far were more often ready after such a promise than before it."""
    return job.is_at_risk and job.stage not in DONE_STAGES


def tone_of(job: Job, *, at: datetime) -> Tone:
    if late_for(job, at=at):
        return Tone.LATE
    if job.due_at is None or job.stage in DONE_STAGES:
        return Tone.CALM
    if may_be_late(job) or job.due_at - at <= _SOON:
        return Tone.SOON
    return Tone.CALM


def age_share(job: Job, *, pace: Pace, at: datetime) -> int | None:
    """The job's age in percent of what like repairs take; None for done work and unknown kinds."""
    usual = pace.find(job.device_type, job.fault_key)
    if usual is None or job.stage in DONE_STAGES or usual <= timedelta(0):
        return None
    return round(100 * ((at - job.opened_at) / usual))


def lanes_of(
    columns: Mapping[Column, Sequence["Card"]], *, names: Mapping[int, str], first: int | None
) -> list[tuple[str, Mapping[Column, list["Card"]]]]:
    """The same columns once per technician: the reader's own lane, the others by name, nobody's last as "".

    Nobody has an empty lane.
    """
    owners = {_owner(card, names) for cards in columns.values() for card in cards}
    known = sorted(owners - {None}, key=lambda owner: (owner != first, names.get(owner or 0, "")))
    return [
        (
            names.get(owner or 0, ""),
            {
                column: [card for card in cards if _owner(card, names) == owner]
                for column, cards in columns.items()
            },
        )
        for owner in (*known, *(owners & {None}))
    ]


def _owner(card: "Card", names: Mapping[int, str]) -> int | None:
    """Who has the job, if they still work here."""
    return card.job.assignee_id if card.job.assignee_id in names else None


def urgency(job: Job) -> tuple[bool, datetime, datetime]:
    """Sorts late ones first, then by promise, then by age; what was never promised comes last."""
    return (job.due_at is None, job.due_at or job.opened_at, job.opened_at)


# What somebody at the bench can take up; the others wait for a customer or a supplier.
WORKABLE_STAGES = frozenset(
    {Stage.RECEIVED, Stage.DIAGNOSING, Stage.APPROVED, Stage.IN_REPAIR, Stage.FINAL_CHECKS}
)


def next_up(
    jobs: Iterable[Job], *, by_staff_id: int | None, parts_here: Collection[int], at: datetime
) -> list[Job]:
    """What a person takes up next: their own jobs and nobody's, late first, then by promise and age.

    Of two that are due together the one comes first whose part has arrived: a shelf is kept free.
    """
    mine = [
        job
        for job in jobs
        if job.stage in WORKABLE_STAGES
        and not job.has_open_check_in
        and job.assignee_id in {None, by_staff_id}
    ]
    return sorted(
        mine,
        key=lambda job: (
            late_for(job, at=at) is None,
            job.due_at is None,
            job.due_at or job.opened_at,
            job.id not in parts_here,
            job.opened_at,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Card:
    """A job with what depends on the moment it is looked at."""

    job: Job
    late_for: timedelta | None
    due: Due | None
    waiting_for: timedelta | None  # since the customer was asked
    part_on: date | None
    share: int | None
    tone: Tone
    may_be_late: bool


def card_of(job: Job, *, part_on: date | None, pace: Pace, at: datetime, zone: ZoneInfo) -> Card:
    is_asked = job.stage is Stage.AWAITING_APPROVAL
    return Card(
        job=job,
        late_for=late_for(job, at=at),
        due=due_kind(job.due_at, at=at, zone=zone) if job.due_at else None,
        waiting_for=at - job.stage_since if is_asked or job.stage in DONE_STAGES else None,
        part_on=part_on if job.stage is Stage.AWAITING_PARTS else None,
        share=age_share(job, pace=pace, at=at),
        tone=tone_of(job, at=at),
        may_be_late=may_be_late(job),
    )
