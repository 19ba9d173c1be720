"""One save is one ticket, however often it is pressed and on either database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask_wtf import FlaskForm
from sqlalchemy import func, select

from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import Customer, Device
from repairshop.customers.service import NewDevice
from repairshop.database import db
from repairshop.intake import service
from repairshop.intake.people import NewCustomer, Person
from repairshop.intake.rules import CancelReason
from repairshop.intake.service import Arrival, Job, Thing
from repairshop.promises.models import Promise
from repairshop.tickets.chain import Entry, find_break
from repairshop.tickets.models import HistoryEntry, Ticket, Visit
from repairshop.tickets.stages import MoveNotAllowed, Stage
from repairshop.transaction import transaction
from repairshop.web.once import AlreadyTaken, once, remember_result
from tests.builders import make_shop, make_staff

pytestmark = pytest.mark.both_databases

PRESSES = 6
PERSON = Person(new=NewCustomer(name="Carl Cooper", phones=("07700 900123",)), is_another=True)
THING = Thing(facts=NewDevice(device_type=DeviceType.PHONE, brand="Apple", model="iPhone 13"))
JOB = Job(reported_fault="It fell")


@pytest.fixture
def frank(app):
    with app.app_context():
        return make_staff(make_shop(), first_name="Frank")


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_six_presses_at_once_make_one_ticket(app, frank):
    def press(_):
        with app.test_request_context("/intake", method="POST"):
            form = OneSending()
            try:
                with transaction():
                    once(form)
                    reference = service.take_in(PERSON, THING, JOB, Arrival(), by=frank)
                    remember_result(form, reference)
                    return reference
            except AlreadyTaken as taken:
                return taken.location

    with ThreadPoolExecutor(PRESSES) as pool:
        results = set(pool.map(press, range(PRESSES)))

    with app.app_context():
        assert [count(model) for model in (Ticket, Visit, Customer, Device)] == [1, 1, 1, 1]
        assert results == {db.session.scalars(select(Ticket.code)).one()}


class OneSending(FlaskForm):
    class Meta:
        csrf = False

    class once:  # noqa: N801 - stands for the form's field
        data = "one-sending"


def test_different_hand_ins_at_once_all_succeed_with_numbers_of_their_own(app, frank):
    def take_in(_):
        with app.app_context(), transaction():
            return service.take_in(PERSON, THING, JOB, Arrival(place="A1"), by=frank)

    with ThreadPoolExecutor(PRESSES) as pool:
        references = list(pool.map(take_in, range(PRESSES)))

    with app.app_context():
        assert len(set(references)) == count(Ticket) == PRESSES
        assert sorted(db.session.scalars(select(Ticket.number))) == list(range(1, PRESSES + 1))
        for ticket in db.session.scalars(select(Ticket)):
            assert chain_break(ticket) is None


def chain_break(ticket):
    rows = db.session.scalars(
        select(HistoryEntry).where(HistoryEntry.ticket_id == ticket.id).order_by(HistoryEntry.seq)
    )
    entries = [
        (
            Entry(
                seq=row.seq,
                at=row.at,
                actor=f"{row.actor_kind.value}:{row.actor_id}",
                act=row.act,
                before=row.before,
                after=row.after,
            ),
            row.previous_hash,
            row.hash,
        )
        for row in rows
    ]
    return find_break(ticket.code, entries, last_seq=ticket.history_seq, last_hash=ticket.history_hash)


def test_what_is_refused_leaves_nothing_behind(app, frank):
    with app.app_context():
        from datetime import date

        upside_down = Arrival(earliest=date(2030, 1, 8), latest=date(2030, 1, 7))
        with pytest.raises(Exception, match="promise_upside_down"), transaction():
            service.take_in(PERSON, THING, JOB, upside_down, by=frank)

        assert [count(model) for model in (Ticket, Visit, Customer, Device, Promise)] == [0] * 5


def test_a_device_that_is_here_is_not_a_booking(app, frank):
    with app.app_context():
        with transaction():
            reference = service.take_in(PERSON, THING, JOB, Arrival(), by=frank)

        with pytest.raises(MoveNotAllowed), transaction():
            service.cancel(reference, reason=CancelReason.BOOKED_TWICE, by=frank)

        assert db.session.scalars(select(Ticket.stage)).one() is Stage.RECEIVED
