"""Learning from a shop's own repairs, and where what was learnt shows."""

import json
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from repairshop.board.jobs import mark_risks
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.promises.estimates import NARROW_MIN, Kind, Likeness
from repairshop.promises.jobs import learn
from repairshop.promises.learnt import find_estimate, get_experience, list_marked
from repairshop.promises.models import LearntCell, PromiseEstimate
from repairshop.promises.queries import get_promises
from repairshop.promises.rules import PromisedDates, PromiseReason
from repairshop.promises.service import make_promise
from repairshop.tickets import service as tickets
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.promises.lived import MONDAY, NOW, live_through

SCREEN = Kind(device_type=DeviceType.PHONE, fault_key="screen")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def tess(app_context):
    return make_staff(make_shop())


def promise_for(reference: str, day: date, *, by) -> None:
    with transaction():
        make_promise(
            tickets.get_ticket_for_change(reference, by=by),
            earliest=day,
            latest=day,
            by=by,
            reason=PromiseReason.INTAKE,
        )


@pytest.mark.both_databases
def test_what_was_ready_before_today_is_learnt_and_learning_again_changes_nothing(clock, tess) -> None:
    live_through(clock, by=tess)

    assert learn(tess.shop_id) == learn(tess.shop_id) > 0

    found = find_estimate(tess.shop_id, SCREEN, Stage.RECEIVED, at=NOW)
    assert found is not None
    assert (found.estimate.likeness, found.estimate.like) == (Likeness.FAULT, NARROW_MIN)
    assert found.estimate.half == pytest.approx(145 / 60, abs=0.01)
    assert found.dates == PromisedDates(earliest=date(2026, 3, 16), latest=date(2026, 3, 16))
    assert get_experience(tess.shop_id, Stage.RECEIVED).find_dates(SCREEN, at=NOW) == found


@pytest.mark.both_databases
def test_another_shop_s_repairs_and_today_s_tell_nothing(clock, tess) -> None:
    live_through(clock, by=tess)
    other = make_staff(make_shop("Elsewhere"), first_name="Theo")
    learn(other.shop_id)
    clock.move_to(MONDAY)  # all of them become ready later than the day that begins now
    learn(tess.shop_id)

    assert find_estimate(other.shop_id, SCREEN, Stage.RECEIVED, at=NOW) is None
    assert find_estimate(tess.shop_id, SCREEN, Stage.RECEIVED, at=NOW) is None


@pytest.mark.both_databases
def test_each_promise_keeps_what_like_repairs_said(clock, tess) -> None:
    live_through(clock, by=tess)
    learn(tess.shop_id)
    told, chosen = make_ticket(tess), make_ticket(tess)

    promise_for(told, date(2026, 3, 16), by=tess)
    promise_for(chosen, date(2026, 3, 19), by=tess)

    first, second = get_promises(get_ticket(told).id), get_promises(get_ticket(chosen).id)
    assert first is not None
    assert first.current.likeness is Likeness.FAULT
    assert second is not None
    assert second.current.likeness is None
    rows = db.session.scalars(select(PromiseEstimate).order_by(PromiseEstimate.promise_id)).all()
    assert [(row.is_told, row.like_count) for row in rows] == [(True, NARROW_MIN), (False, NARROW_MIN)]


@pytest.mark.both_databases
def test_a_card_turns_before_it_is_late_and_back_when_other_dates_are_told(clock, tess) -> None:
    live_through(clock, by=tess)
    learn(tess.shop_id)
    reference = make_ticket(tess)
    promise_for(reference, date(2026, 3, 16), by=tess)
    ticket_id = get_ticket(reference).id

    assert mark_risks() == 0  # eight hours are left, half needed less than three
    clock.move_to(NOW + timedelta(hours=7))
    assert mark_risks() == 1  # an hour is left, and work has not begun
    assert list_marked(tess.shop_id) == {ticket_id}
    assert mark_risks() == 0
    promise_for(reference, date(2026, 3, 18), by=tess)
    assert mark_risks() == 1
    assert list_marked(tess.shop_id) == set()


def test_the_backtest_prints_a_line_for_machines_and_the_same_as_json(app, clock, tess) -> None:
    live_through(clock, by=tess)
    live_through(clock, by=tess, begin=NOW + timedelta(days=7), count=60)
    clock.move_to(NOW + timedelta(days=40))

    text = app.test_cli_runner().invoke(args=["promises", "backtest"])
    as_json = app.test_cli_runner().invoke(args=["promises", "backtest", "--json"])

    found = json.loads(as_json.output)
    line = text.output.splitlines()[0]
    assert line == f"coverage={found['coverage']:.3f} width_ratio={found['width_ratio']:.2f} n={found['n']}"
    assert found["n"] > 20
    assert set(found["stages"]) >= {"received", "in_repair"}


def test_a_backtest_of_an_empty_shop_says_so(app, tess) -> None:
    result = app.test_cli_runner().invoke(args=["promises", "backtest"])

    assert result.exit_code == 1
    assert "too few finished repairs" in result.output


def test_learning_by_hand_names_the_shop(app, clock, tess) -> None:
    live_through(clock, by=tess)

    assert "Fixwell" in app.test_cli_runner().invoke(args=["promises", "learn"]).output
    assert db.session.scalar(select(func.count()).select_from(LearntCell)) > 0
