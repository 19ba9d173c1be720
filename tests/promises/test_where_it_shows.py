"""Where what a shop has learnt, or owes, is said to staff and customers."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from repairshop.board.jobs import mark_risks
from repairshop.database import db
from repairshop.parts.order_queries import find_late
from repairshop.parts.rules import LateDates, NewOrder
from repairshop.promises.jobs import learn
from repairshop.promises.models import PromiseOwed
from repairshop.promises.queries import get_promises
from repairshop.promises.rules import PromiseReason
from repairshop.promises.service import make_promise
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import get_ticket_for_change
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.workshop.service import order_part
from tests.builders import get_ticket, make_ticket
from tests.portal.guests import come_in
from tests.promises.lived import NOW, live_through


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


def promise(reference: str, earliest: date, latest: date, *, by) -> None:
    with transaction():
        ticket = get_ticket_for_change(reference, by=by)
        make_promise(ticket, earliest=earliest, latest=latest, by=by, reason=PromiseReason.INTAKE)


def test_the_bench_says_that_a_promise_may_be_broken(app, clock, tess) -> None:
    with app.app_context():
        live_through(clock, by=tess.actor)
        learn(tess.actor.shop_id)
        promise(make_ticket(tess.actor), date(2026, 3, 16), date(2026, 3, 16), by=tess.actor)
    clock.move_to(NOW + timedelta(hours=7))
    before = tess.get("/bench").text
    with app.app_context():
        mark_risks()
    clock.move_to(NOW + timedelta(hours=7, minutes=10))

    after = tess.get("/bench").text

    assert "May be late" not in before
    assert "May be late, Today 18:00" in re.sub(r"\s+", " ", after)


def test_the_page_for_other_dates_says_what_like_repairs_say(app, clock, tess) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor)
        untold = tess.get(f"/tickets/{reference}/change-promise").text
        live_through(clock, by=tess.actor)
        learn(tess.actor.shop_id)
        told = make_ticket(tess.actor)

    page = tess.get(f"/tickets/{told}/change-promise").text

    assert "Fewer than 20 like repairs" in untold
    assert "Half of 30 like repairs were ready by" in page
    assert "The same fault on the same type of device." in page
    assert 'value="2026-03-16"' in page


def test_the_customer_reads_whose_experience_the_dates_are(app, clock, tess) -> None:
    with app.app_context():
        live_through(clock, by=tess.actor)
        learn(tess.actor.shop_id)
        reference = make_ticket(tess.actor)
        promise(reference, date(2026, 3, 16), date(2026, 3, 16), by=tess.actor)
    carl = come_in(app, reference)

    assert "8 in 10 repairs like yours are done by then." in carl.get(f"/repair/{reference}").text


def test_a_device_without_a_known_fault_is_promised_a_date_instead(app, clock, frank) -> None:
    told = {"device_type": "phone", "model": "iPhone 12", "name": "Carl Cooper", "phone": "07700 900123"}
    frank.send("/intake", {**told, "reported_fault": "It hums"})

    with app.app_context():
        owed = db.session.scalars(select(PromiseOwed)).one()
        reference = db.session.get_one(Ticket, owed.ticket_id).code
        assert get_promises(owed.ticket_id) is None
    assert owed.by_at == datetime(2026, 3, 17, 18, 0, tzinfo=UTC)
    page = f"/repair/{reference}"
    carl = come_in(app, reference)
    assert "We tell you a date by" in carl.get(page).text
    assert "told to hear a date by" in frank.get(f"/tickets/{reference}/change-promise").text
    clock.move_to(NOW + timedelta(days=2))
    assert "You still wait for a date from us" in come_in(app, reference).get(page).text


def test_a_late_part_s_new_dates_are_counted_from_its_day(app, clock, tess) -> None:
    with app.app_context():
        live_through(clock, by=tess.actor)
        learn(tess.actor.shop_id)
        reference = make_ticket(tess.actor, stage=Stage.APPROVED)
        promise(reference, date(2026, 3, 16), date(2026, 3, 18), by=tess.actor)
        with transaction():
            order = NewOrder(name="Screen", expected_on=date(2026, 3, 24))
            order_part(reference, order, by=tess.actor)

        late = find_late(get_ticket(reference).id, shop_id=tess.actor.shop_id, at=NOW)

    assert late is not None
    # Like repairs were ready on the day they could begin; the told days moved on would say the 26th.
    assert late.draft == LateDates(earliest=date(2026, 3, 24), latest=date(2026, 3, 24))
