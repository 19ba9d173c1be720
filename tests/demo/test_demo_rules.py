"""Opening hours, plans and invented numbers of the demo."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import imei

from repairshop.catalogue.rules import DeviceType
from repairshop.demo.rules import (
    PATH_WEIGHTS,
    TYPE_WEIGHTS,
    Job,
    OpenHours,
    Path,
    arrival_days,
    imei_of_no_phone,
    plan_job,
    reserved_phone,
    step_minutes,
)
from repairshop.demo.scene import read_scenes
from repairshop.demo.steps import Agreed, Hands, Ids, steps_of
from repairshop.phone import to_e164
from repairshop.staff.rules import Actor, ActorKind, ShopId
from repairshop.tickets.stages import FINAL_STAGES, Stage
from repairshop.tickets.walk import walk

HOURS = OpenHours(
    time_zone="Europe/London",
    opening_hours={day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    | {"sat": ["10:00", "16:00"]},
)


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A time on the shop's own clock."""
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001


FRIDAY = local(2026, 3, 27, 17)  # the clocks go forward on the night to Sunday


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (30, local(2026, 3, 27, 17, 30)),
        (60, local(2026, 3, 28, 10)),
        (90, local(2026, 3, 28, 10, 30)),
        (60 + 360 + 5, local(2026, 3, 30, 9, 5)),
    ],
)
def test_work_goes_on_when_the_shop_opens_again(minutes: int, expected: datetime) -> None:
    assert HOURS.add(FRIDAY, minutes) == expected


def test_opening_minutes_back_and_forth_meet() -> None:
    assert HOURS.back(local(2026, 3, 30, 9, 30), 60) == local(2026, 3, 28, 15, 20)
    assert HOURS.back(local(2026, 3, 29, 12), 0) == local(2026, 3, 28, 15, 50)  # Sunday: Saturday's end


def test_summer_time_moves_the_utc_hour_not_the_shops() -> None:
    assert HOURS.to_utc(local(2026, 3, 27, 9)) == datetime(2026, 3, 27, 9, tzinfo=UTC)
    assert HOURS.to_utc(local(2026, 3, 30, 9)) == datetime(2026, 3, 30, 8, tzinfo=UTC)
    assert HOURS.to_local(datetime(2026, 3, 30, 8, tzinfo=UTC)) == local(2026, 3, 30, 9)


@given(seed=st.integers(0, 10**9), path=st.sampled_from(Path))
def test_every_plan_walks_to_a_final_stage_in_the_order_of_time(seed: int, path: Path) -> None:
    by = Actor(kind=ActorKind.STAFF, shop_id=ShopId(1), id=1)
    job = Job(minutes=60, days_from=1, days_to=3)
    plan = plan_job(job, path=path, arrives=FRIDAY, hours=HOURS, rng=Random(seed))
    steps = steps_of(
        plan,
        hands=Hands(counter=by, bench=by, customer=by),
        ids=Ids(number=1),
        agreed=Agreed(price_minor=100, at_most_minor=200, part_name="Battery", place="Shelf"),
    )

    walked = walk("0" * 9, steps, undo_window_seconds=30)

    assert walked.stage in FINAL_STAGES
    assert walked.closed_at == plan.closed_at
    assert walked.outcome is plan.outcome


def test_nothing_arrives_while_the_shop_is_closed() -> None:
    days = arrival_days(first=date(2026, 3, 1), last=date(2026, 3, 31), count=500, hours=HOURS, rng=Random(1))

    assert days == sorted(days)
    assert {day.weekday() for day in days} == {0, 1, 2, 3, 4, 5}
    assert all(HOURS.snap(HOURS.moment_on(day, Random(2))).date() == day for day in days)


@given(st.integers(0, 10**9))
def test_invented_numbers_belong_to_nobody_and_check(seed: int) -> None:
    rng = Random(seed)
    number = imei_of_no_phone(rng)

    assert imei.is_valid(number)
    assert number.startswith("00")
    assert to_e164(reserved_phone(rng), country="GB").startswith("+447700900")


def test_the_present_keeps_a_working_pace_and_then_stays_where_it_is() -> None:
    assert step_minutes(hours=48, steps=3) == [48 * 60, 45.5 * 60, 43 * 60]
    assert step_minutes(hours=3.5, steps=3) == [210, 150, 90]


def test_weights_cover_every_path_and_type() -> None:
    assert set(PATH_WEIGHTS) == set(Path)
    assert set(TYPE_WEIGHTS) == set(DeviceType)


def test_the_present_has_every_open_stage_and_a_late_ticket() -> None:
    scenes = read_scenes()

    assert {scene.until for scene in scenes} >= {stage.value for stage in Stage}
    assert any(scene.late for scene in scenes)
    assert any(scene.part_late for scene in scenes)
    assert any(scene.question for scene in scenes)
    assert any(scene.until == "open_check_in" for scene in scenes)
    assert len({scene.name for scene in scenes}) == len(scenes)


def test_a_seed_gives_the_same_plan_again() -> None:
    job = Job(minutes=60, days_from=1, days_to=3)
    plans = [plan_job(job, path=Path.QUOTED, arrives=FRIDAY, hours=HOURS, rng=Random(5)) for _ in range(2)]

    assert plans[0] == plans[1]
    assert plans[0].closed_at > plans[0].arrived_at + timedelta(minutes=1)
