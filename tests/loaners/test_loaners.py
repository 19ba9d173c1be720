"""Loaners: lent once, back before the device leaves, wiped before the next customer."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from repairshop.clock import now
from repairshop.custody.queries import find_last_step
from repairshop.database import db
from repairshop.errors import NotFound, Refused
from repairshop.handover.rules import SurrenderBasis, SurrenderKind
from repairshop.handover.service import hand_over, surrender
from repairshop.intake.rules import CancelReason
from repairshop.intake.service import cancel
from repairshop.loaners import queries, service
from repairshop.loaners.models import Loan, Loaner
from repairshop.loaners.rules import (
    DepositKept,
    DepositTooMuch,
    DepositUnsettled,
    DueInThePast,
    Ending,
    Lending,
    LoanEnd,
    LoanerNotWiped,
    LoanerOut,
    LoanerRetired,
    LoanerStillOut,
    LoanOpen,
    NoLoanOpen,
    require_lendable,
)
from repairshop.money import Money
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.custody import pass_along, where_is
from repairshop.tickets.queries import list_custody, list_history
from repairshop.tickets.rules import Holder, NothingToPassOn
from repairshop.tickets.service import get_ticket_for_change
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.cast import Browser, sign_in
from tests.handover.test_hand_over import SIGNED
from tests.portal.guests import come_in

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.fixture
def mira_here(app_context: None) -> Actor:
    return make_staff(make_shop(), Role.MANAGER, first_name="Mira")


@pytest.fixture
def galaxy(mira_here: Actor) -> int:
    with transaction():
        service.add_loaner("Galaxy A14", number="", by=mira_here)
    return db.session.query(Loaner.id).one().id


def lend(reference: str, loaner_id: int, *, by: Actor, **terms: object) -> None:
    with transaction():
        service.lend(reference, Lending(loaner_id=loaner_id, condition="No scratches", **terms), by=by)


def end(
    reference: str, how: LoanEnd = LoanEnd.BACK, *, wiped: bool = True, by: Actor, **said: object
) -> None:
    with transaction():
        service.end_loan(reference, Ending(end=how, wiped=wiped, **said), by=by)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"is_out": True}, LoanerOut),
        ({"needs_wipe": True}, LoanerNotWiped),
        ({"retired_at": "then"}, LoanerRetired),
    ],
)
def test_a_loaner_that_is_out_unwiped_or_retired_is_not_lent(facts, refusal):
    here = {"is_out": False, "needs_wipe": False, "retired_at": None}
    require_lendable(name="Galaxy", **here)

    with pytest.raises(refusal):
        require_lendable(name="Galaxy", **here | facts)


@pytest.mark.both_databases
def test_one_loaner_is_with_one_customer_until_it_is_back_and_wiped(mira_here: Actor, galaxy: int) -> None:
    first, second = make_ticket(mira_here), make_ticket(mira_here)

    lend(first, galaxy, by=mira_here)
    with pytest.raises(LoanerOut):
        lend(second, galaxy, by=mira_here)
    with pytest.raises(LoanOpen):
        lend(first, galaxy, by=mira_here)
    steps = list_custody(get_ticket(first).id)
    assert [step.to_holder for step in steps if step.item == "loaner:Galaxy A14"] == [Holder.CUSTOMER]
    end(first, wiped=False, by=mira_here)
    with pytest.raises(LoanerNotWiped):
        lend(second, galaxy, by=mira_here)
    with transaction():
        service.mark_wiped(galaxy, by=mira_here)
    lend(second, galaxy, by=mira_here)

    [row] = queries.list_loaners(mira_here.shop_id)
    assert row.reference == second
    with pytest.raises(NoLoanOpen):
        end(first, by=mira_here)


def test_the_device_is_not_handed_over_while_the_loaner_is_out(mira_here: Actor, galaxy: int) -> None:
    reference = make_ticket(mira_here, stage=Stage.READY)
    lend(reference, galaxy, by=mira_here)

    with pytest.raises(LoanerStillOut), transaction():
        hand_over(reference, SIGNED, by=mira_here)
    end(reference, by=mira_here)
    with transaction():
        hand_over(reference, SIGNED, by=mira_here)

    assert get_ticket(reference).stage is Stage.HANDED_OVER


def test_the_device_is_not_surrendered_while_the_loaner_is_out(mira_here: Actor, galaxy: int) -> None:
    reference = make_ticket(mira_here, stage=Stage.READY)
    lend(reference, galaxy, by=mira_here)
    left = {"kind": SurrenderKind.RECYCLING, "basis": SurrenderBasis.CUSTOMER_AGREED, "confirmed": True}

    with pytest.raises(LoanerStillOut), transaction():
        surrender(reference, **left, by=mira_here)
    end(reference, LoanEnd.LOST, by=mira_here)
    with transaction():
        surrender(reference, **left, by=mira_here)

    assert get_ticket(reference).stage is Stage.SURRENDERED


def test_a_booking_is_not_cancelled_while_the_loaner_is_out(mira_here: Actor, galaxy: int) -> None:
    reference = make_ticket(mira_here, stage=Stage.BOOKED)
    with transaction():
        ticket = get_ticket_for_change(reference, by=mira_here)
        ticket.changed_at = now()
        db.session.add(Loan(loaner_id=galaxy, ticket_id=ticket.id, lent_at=now()))

    with pytest.raises(LoanerStillOut), transaction():
        cancel(reference, reason=CancelReason.BOOKED_TWICE, by=mira_here)
    end(reference, by=mira_here)
    with transaction():
        cancel(reference, reason=CancelReason.BOOKED_TWICE, by=mira_here)

    assert get_ticket(reference).stage is Stage.CANCELLED


def test_one_that_never_comes_back_is_lent_no_more(mira_here: Actor, galaxy: int) -> None:
    reference = make_ticket(mira_here)
    lend(reference, galaxy, by=mira_here)

    end(reference, LoanEnd.LOST, by=mira_here)

    assert queries.list_loaners(mira_here.shop_id) == []
    assert queries.find_loan(get_ticket(reference).id) is None
    assert list_history(get_ticket(reference).id)[0].act == "loaner_lost"


@pytest.mark.parametrize("name", ["device", "Charger"])
def test_a_loaner_is_never_taken_for_what_the_customer_left(mira_here: Actor, name: str) -> None:
    reference = make_ticket(mira_here, accessories=("Charger",))
    before = get_ticket(reference).holder
    with transaction():
        service.add_loaner(name, number="", by=mira_here)

    lend(reference, db.session.query(Loaner.id).one().id, by=mira_here)

    ticket = get_ticket(reference)
    assert ticket.holder is before
    assert where_is(ticket, "Charger")[0] is before
    assert find_last_step(ticket.id) is None  # a loan ends by the loaner's return, not by an undone scan


def test_a_loaner_comes_from_the_shop_whoever_has_the_device(mira_here: Actor, galaxy: int) -> None:
    reference = make_ticket(mira_here)
    with transaction():
        pass_along(reference, Holder.CUSTOMER, to_label="", item="device", by=mira_here)

    lend(reference, galaxy, by=mira_here)

    step = list_custody(get_ticket(reference).id)[0]
    assert (step.from_holder, step.to_holder) == (Holder.PLACE, Holder.CUSTOMER)


def test_nothing_is_lent_for_a_job_that_is_over_or_by_another_shop(mira_here: Actor, galaxy: int) -> None:
    theo = make_staff(make_shop(name="Elsewhere"), first_name="Theo")
    with pytest.raises(NothingToPassOn):
        lend(make_ticket(mira_here, stage=Stage.HANDED_OVER), galaxy, by=mira_here)
    with pytest.raises(NotFound):
        lend(make_ticket(theo), galaxy, by=theo)


def test_a_loaner_from_list_to_ticket_and_back_by_plain_forms(app: Flask, mira: Browser) -> None:
    mira.send("/shop/loaners", {"name": "Galaxy A14", "number": "R58 N12"})
    with app.app_context():
        reference = make_ticket(mira.actor)
        loaner_id = db.session.query(Loaner.id).one().id

    lent = mira.send(f"/tickets/{reference}/loaner", {"loaner": str(loaner_id), "loaner_condition": "As new"})
    assert lent.location == f"/tickets/{reference}"
    assert "Galaxy A14" in mira.get(lent.location).get_data(as_text=True)
    refused = mira.send(f"/shop/loaners/{loaner_id}/retire", {})
    assert refused.status_code == 422
    assert "Galaxy A14 is with a customer" in refused.get_data(as_text=True)
    wordless = mira.send(f"/tickets/{reference}/loaner/end", {"end": "lost"})
    assert "Say why it will not come back" in wordless.get_data(as_text=True)
    mira.send(f"/tickets/{reference}/loaner/end", {"end": "back"})
    page = mira.get("/shop/loaners").get_data(as_text=True)
    assert "To be erased before it is lent again" in page
    mira.send(f"/shop/loaners/{loaner_id}/wiped", {})

    assert "Free" in mira.get("/shop/loaners").get_data(as_text=True)


def test_who_erased_it_and_when_stands_on_its_page(app: Flask, mira: Browser, frank: Browser) -> None:
    mira.send("/shop/loaners", {"name": "Galaxy A14"})
    with app.app_context():
        reference = make_ticket(mira.actor)
        loaner_id = db.session.query(Loaner.id).one().id
    path = f"/shop/loaners/{loaner_id}"
    assert "Never lent yet" in mira.get(path).get_data(as_text=True)

    mira.send(f"/tickets/{reference}/loaner", {"loaner": str(loaner_id), "loaner_condition": "As new"})
    refused = frank.send(f"{path}/wiped", {})
    assert "is with a customer" in refused.get_data(as_text=True)
    mira.send(f"/tickets/{reference}/loaner/end", {"end": "back"})
    assert "Never erased yet" in mira.get(path).get_data(as_text=True)
    frank.send(f"{path}/wiped", {})
    page = mira.get(path).get_data(as_text=True)

    assert "by Frank" in page
    assert "As new" in page
    assert "To be erased" not in page
    frank.send(f"/tickets/{reference}/loaner", {"loaner": str(loaner_id), "loaner_condition": ""})
    mira.send(f"/tickets/{reference}/loaner/end", {"end": "back", "wiped": "y"})
    assert "by Mira" in mira.get(path).get_data(as_text=True)


def test_a_loaner_of_another_shop_has_no_page(app: Flask, mira: Browser, theo: Browser) -> None:
    mira.send("/shop/loaners", {"name": "Galaxy A14"})
    with app.app_context():
        loaner_id = db.session.query(Loaner.id).one().id

    assert theo.get(f"/shop/loaners/{loaner_id}").status_code == 404


TERMS = {"due_on": date(2026, 12, 3), "deposit_minor": 50_00}


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({}, DepositUnsettled),
        ({"deposit_back_minor": 50_01, "note": "More"}, DepositTooMuch),
        ({"deposit_back_minor": 49_99}, DepositKept),
    ],
)
def test_a_deposit_goes_back_whole_or_the_note_says_why_not(
    mira_here: Actor, galaxy: int, said: dict[str, object], refusal: type[Refused]
) -> None:
    with time_machine.travel(NOW, tick=False):
        reference = make_ticket(mira_here)
        lend(reference, galaxy, by=mira_here, **TERMS)

        with pytest.raises(refusal):
            end(reference, by=mira_here, **said)
        end(reference, by=mira_here, deposit_back_minor=30_00, note="Glass scratched")

    [loan] = queries.get_loaner(galaxy, shop_id=mira_here.shop_id).loans
    assert (loan.deposit, loan.deposit_back) == (pounds(50_00), pounds(30_00))
    assert (loan.lent_by, loan.ended_by, loan.end_note) == ("Mira", "Mira", "Glass scratched")
    acts = [entry.act for entry in list_history(get_ticket(reference).id)]
    assert {"deposit_taken", "deposit_returned"} <= set(acts)


def test_without_a_deposit_none_is_asked_for_at_the_end(mira_here: Actor, galaxy: int) -> None:
    reference = make_ticket(mira_here)
    lend(reference, galaxy, by=mira_here, deposit_minor=0)

    end(reference, by=mira_here, deposit_back_minor=500)

    [loan] = queries.get_loaner(galaxy, shop_id=mira_here.shop_id).loans
    assert (loan.deposit, loan.deposit_back) == (None, None)


def test_a_loaner_is_overdue_from_the_day_after_and_until_it_is_back(mira_here: Actor, galaxy: int) -> None:
    today = NOW.date()
    with time_machine.travel(NOW, tick=False):
        reference = make_ticket(mira_here)
        with pytest.raises(DueInThePast):
            lend(reference, galaxy, by=mira_here, due_on=today - timedelta(days=1))
        lend(reference, galaxy, by=mira_here, due_on=today)

    def overdue(day: date) -> int:
        return queries.count_overdue(mira_here.shop_id, today=day)

    tomorrow = today + timedelta(days=1)
    assert (overdue(today), overdue(tomorrow)) == (0, 1)
    assert [row.is_overdue(tomorrow) for row in queries.list_loaners(mira_here.shop_id)] == [True]
    end(reference, by=mira_here)
    assert overdue(tomorrow) == 0


def test_the_terms_stand_on_the_counter_the_receipt_and_the_customers_page(app: Flask, mira: Browser) -> None:
    mira.send("/shop/loaners", {"name": "Galaxy A14"})
    with app.app_context():
        reference = make_ticket(mira.actor)
        loaner_id = db.session.query(Loaner.id).one().id
    due = datetime.now(UTC).date() + timedelta(days=3)
    terms = {"loaner": str(loaner_id), "due_on": due.isoformat(), "deposit": "50"}

    garbled = mira.send(f"/tickets/{reference}/loaner", terms | {"deposit": "a lot"})
    assert garbled.status_code == 422
    assert 'value="a lot"' in garbled.get_data(as_text=True)
    mira.send(f"/tickets/{reference}/loaner", terms)
    receipt = mira.get(f"/tickets/{reference}/receipt").get_data(as_text=True)
    assert "Deposit £50.00, given back with it" in receipt
    guest = come_in(app, reference)
    page = guest.get(f"/repair/{reference}").get_data(as_text=True)
    assert "You have our Galaxy A14 for now." in page
    assert "Your deposit of £50.00 is given back with it." in page
    assert "should be back by now" not in mira.get("/counter").get_data(as_text=True)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=5)):
        late = sign_in(app, mira.actor)
        assert "1 loaner should be back by now" in late.get("/counter").get_data(as_text=True)
        listed = late.get("/shop/loaners").get_data(as_text=True)
    assert "Carl Cooper" in listed
    assert "days ago" in listed
    form = mira.get(f"/tickets/{reference}/loaner").get_data(as_text=True)
    assert re.search(r'name="deposit_back"[^>]*value="50"', form)
    mira.send(f"/tickets/{reference}/loaner/end", {"end": "back", "wiped": "y", "deposit_back": "50"})
    gone = guest.get(f"/repair/{reference}").get_data(as_text=True)
    assert "Galaxy A14" not in gone


def pounds(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")
