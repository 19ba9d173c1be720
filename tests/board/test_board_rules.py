"""The bench's rules, without application or database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from repairshop.board.rules import (
    COLUMN_OF,
    LIKE_SAMPLE_MIN,
    SAMPLE_MIN,
    Due,
    Job,
    Pace,
    Terms,
    Tone,
    age_share,
    card_of,
    due_kind,
    late_for,
    pace_of,
    percentile,
    tone_of,
    urgency,
    verbs_for,
)
from repairshop.catalogue.rules import DeviceType
from repairshop.tickets.stages import FINAL_STAGES, Stage, Verb

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
JOB = Job(
    id=1,
    reference="K7QP3M2X5",
    number="R-1",
    device_label="Phone",
    fault_label="screen",
    stage=Stage.IN_REPAIR,
    stage_since=AT - DAY,
    stage_version=3,
    device_type=DeviceType.PHONE,
    fault_key="screen",
    assignee_id=None,
    due_at=None,
    opened_at=AT - 2 * DAY,
    has_open_check_in=False,
    terms=Terms(),
)
NO_PACE = Pace(by_fault={}, by_type={})


def test_every_stage_in_the_shop_has_a_column() -> None:
    assert set(Stage) - set(COLUMN_OF) == {Stage.BOOKED, *FINAL_STAGES}


@pytest.mark.parametrize(
    ("due_at", "stage", "late", "tone"),
    [
        (None, Stage.IN_REPAIR, None, Tone.CALM),
        (AT, Stage.IN_REPAIR, None, Tone.SOON),
        (AT - timedelta(seconds=1), Stage.IN_REPAIR, timedelta(seconds=1), Tone.LATE),
        (AT + timedelta(hours=4), Stage.IN_REPAIR, None, Tone.SOON),
        (AT + timedelta(hours=5), Stage.IN_REPAIR, None, Tone.CALM),
        (AT - DAY, Stage.READY, None, Tone.CALM),
        (AT - DAY, Stage.UNCLAIMED, None, Tone.CALM),
    ],
)
def test_a_promise_is_late_only_while_it_can_be_kept(
    due_at: datetime | None, stage: Stage, late: timedelta | None, tone: Tone
) -> None:
    job = replace(JOB, due_at=due_at, stage=stage)

    assert late_for(job, at=AT) == late
    assert tone_of(job, at=AT) is tone


@pytest.mark.parametrize(
    ("due_at", "expected"),
    [
        (AT - 3 * DAY, Due.TODAY),
        (datetime(2026, 3, 4, 23, 59, tzinfo=UTC), Due.TODAY),
        (datetime(2026, 3, 5, 0, 0, tzinfo=UTC), Due.TOMORROW),
        (AT + 2 * DAY, Due.WEEKDAY),
        (AT + 6 * DAY, Due.WEEKDAY),
        (AT + 7 * DAY, Due.LATER),  # the same weekday again would be misread as today
    ],
)
def test_a_due_day_is_named_in_the_shops_own_calendar(due_at: datetime, expected: Due) -> None:
    assert due_kind(due_at, at=AT, zone=LONDON) is expected


def test_midnight_is_the_shops_and_not_the_servers() -> None:
    late_evening_in_new_york = datetime(2026, 3, 5, 2, tzinfo=UTC)

    assert due_kind(late_evening_in_new_york, at=AT, zone=ZoneInfo("America/New_York")) is Due.TODAY


def test_late_comes_before_due_before_never_promised() -> None:
    jobs = [
        replace(JOB, id=1, due_at=None, opened_at=AT - 9 * DAY),
        replace(JOB, id=2, due_at=AT + DAY),
        replace(JOB, id=3, due_at=AT - DAY),
        replace(JOB, id=4, due_at=AT + DAY, opened_at=AT - 5 * DAY),
        replace(JOB, id=5, due_at=None, opened_at=AT - 1 * DAY),
    ]

    assert [job.id for job in sorted(jobs, key=urgency)] == [3, 4, 2, 1, 5]


def test_too_few_repairs_claim_nothing() -> None:
    few = [(DeviceType.PHONE, "screen", DAY)] * (LIKE_SAMPLE_MIN - 1)

    assert pace_of(few) == NO_PACE
    assert age_share(JOB, pace=pace_of(few), at=AT) is None


def test_like_repairs_are_the_same_fault_else_the_same_kind_of_device() -> None:
    pace = pace_of(
        [(DeviceType.PHONE, "screen", 2 * DAY)] * LIKE_SAMPLE_MIN
        + [(DeviceType.PHONE, "battery", 10 * DAY)] * (SAMPLE_MIN - LIKE_SAMPLE_MIN)
    )

    assert pace.find(DeviceType.PHONE, "screen") == 2 * DAY
    assert pace.find(DeviceType.PHONE, "camera") == 10 * DAY
    assert pace.find(DeviceType.LAPTOP, "screen") is None
    assert pace.eight_in_ten == 10 * DAY
    assert age_share(JOB, pace=pace, at=AT) == 100
    assert age_share(replace(JOB, stage=Stage.READY), pace=pace, at=AT) is None


def test_percentiles_lie_between_neighbours() -> None:
    assert percentile([DAY * number for number in range(1, 12)], 80) == 9 * DAY


@pytest.mark.parametrize(
    ("stage", "terms", "verb", "offered"),
    [
        (Stage.RECEIVED, Terms(), Verb.ACCEPT_FIXED_PRICE, False),
        (Stage.RECEIVED, Terms(has_fixed_price=True), Verb.ACCEPT_FIXED_PRICE, True),
        (Stage.DIAGNOSING, Terms(), Verb.PROCEED_WITHIN_LIMIT, False),
        (Stage.DIAGNOSING, Terms(has_spend_limit=True), Verb.PROCEED_WITHIN_LIMIT, True),
        (Stage.DIAGNOSING, Terms(), Verb.PROCEED_UNDER_WARRANTY, False),
        (Stage.DIAGNOSING, Terms(is_claim=True), Verb.PROCEED_UNDER_WARRANTY, True),
        (Stage.DIAGNOSING, Terms(), Verb.SEND_QUOTE, True),
    ],
)
def test_number_keys_go_to_verbs_that_can_lead_somewhere(
    stage: Stage, terms: Terms, verb: Verb, offered: bool
) -> None:
    assert (verb in verbs_for(stage, terms)) is offered


def test_a_card_shows_what_its_stage_is_about() -> None:
    def card(stage: Stage) -> tuple[timedelta | None, date | None]:
        made = card_of(replace(JOB, stage=stage), part_on=date(2026, 3, 7), pace=NO_PACE, at=AT, zone=LONDON)
        return made.waiting_for, made.part_on

    assert card(Stage.AWAITING_APPROVAL) == (DAY, None)
    assert card(Stage.AWAITING_PARTS) == (None, date(2026, 3, 7))
    assert card(Stage.READY) == (DAY, None)
    assert card(Stage.IN_REPAIR) == (None, None)
