"""A device nobody has for an hour: told once each time, to the manager by mail, until somebody has it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from repairshop.codes import Scan, ScanKind
from repairshop.custody import jobs, queries, service
from repairshop.custody.models import CustodyAlert
from repairshop.custody.rules import Command
from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import make_shop, make_staff, make_ticket
from tests.cast import Browser, sign_in

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
TAKE = Scan(kind=ScanKind.COMMAND, text=Command.TAKE)
SHIP = Scan(kind=ScanKind.COMMAND, text=Command.SHIP)
ARRIVED = Scan(kind=ScanKind.COMMAND, text=Command.ARRIVED)


@pytest.fixture
def mira_here(app_context: None) -> Actor:
    return make_staff(make_shop(), Role.MANAGER, first_name="Mira")


def scan(reference: str, scanned: Scan, *, by: Actor) -> None:
    with transaction():
        service.record_scan(reference, scanned, by=by)


def mails() -> list[OutgoingMessage]:
    return db.session.query(OutgoingMessage).filter_by(notice=Notice.DEVICE_LOST).all()


@pytest.mark.both_databases
def test_it_is_told_once_each_time_and_ends_when_somebody_has_it(mira_here: Actor) -> None:
    make_staff(mira_here.shop_id, Role.OWNER, first_name="Olga")
    with time_machine.travel(NOW, tick=False) as clock:
        reference = make_ticket(mira_here)
        make_ticket(mira_here, stage=Stage.HANDED_OVER)
        clock.shift(timedelta(minutes=60))
        assert jobs.raise_alerts() == 0
        clock.shift(timedelta(minutes=1))
        assert (jobs.raise_alerts(), jobs.raise_alerts()) == (1, 0)
        [lost] = queries.list_lost(mira_here.shop_id, at=NOW + timedelta(hours=2))
        assert (lost.head.reference, lost.told_at) == (reference, NOW + timedelta(minutes=61))

        scan(reference, TAKE, by=mira_here)
        assert queries.list_lost(mira_here.shop_id, at=NOW + timedelta(hours=9)) == []
        clock.shift(timedelta(hours=9))
        assert jobs.raise_alerts() == 0
        scan(reference, SHIP, by=mira_here)
        scan(reference, ARRIVED, by=mira_here)
        clock.shift(timedelta(minutes=61))
        assert jobs.raise_alerts() == 1

    assert db.session.query(CustodyAlert).count() == 2
    [first, second] = mails()
    assert {first.recipient, second.recipient} == {f"mira-{mira_here.shop_id}-manager@example.com"}
    assert first.subject == "R-1: where is the phone?"
    assert first.event_key != second.event_key
    assert "{link}" not in first.text


def test_a_shop_without_a_manager_tells_its_owner(app_context: None) -> None:
    olga = make_staff(make_shop(), Role.OWNER, first_name="Olga")
    with time_machine.travel(NOW, tick=False) as clock:
        make_ticket(olga)
        clock.shift(timedelta(minutes=61))
        jobs.raise_alerts()

    assert [mail.recipient for mail in mails()] == [f"olga-{olga.shop_id}-owner@example.com"]


@pytest.mark.both_databases
def test_four_workers_raise_one_alert(app: Flask) -> None:
    with app.app_context(), time_machine.travel(NOW, tick=False):
        mira = make_staff(make_shop(), Role.MANAGER, first_name="Mira")
        make_ticket(mira)

    def work(_: int) -> int:
        with app.app_context(), transaction():
            return service.raise_alerts(mira.shop_id, at=NOW + timedelta(hours=2))

    with ThreadPoolExecutor(4) as pool:
        raised = sum(pool.map(work, range(4)))

    with app.app_context():
        assert (raised, db.session.query(CustodyAlert).count(), len(mails())) == (1, 1, 1)


def test_the_counter_and_the_hand_to_hand_page_say_how_long(app: Flask, mira: Browser) -> None:
    with app.app_context(), time_machine.travel(NOW, tick=False) as clock:
        make_ticket(mira.actor)
        clock.shift(timedelta(minutes=61))
        jobs.raise_alerts()
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        late = sign_in(app, mira.actor)
        counter = late.get("/counter").get_data(as_text=True)
        page = late.get("/hand-to-hand").get_data(as_text=True)

    assert "the longest for 3 hours" in counter
    assert "for 3 hours, alert raised" in page
