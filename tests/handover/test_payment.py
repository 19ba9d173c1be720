"""What is to pay when a device leaves, and what has to be said of how it was paid."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from repairshop.handover import queries, service
from repairshop.handover.dues import get_due, list_due
from repairshop.handover.payment_rules import (
    PaidReasonMissing,
    PaidTooMuch,
    Payment,
    PayMethod,
    PayMethodMissing,
    TillReferenceMissing,
    amount_due,
    require_payment,
)
from repairshop.handover.rules import Collection, CollectionMethod, IdentityProof
from repairshop.money import Money
from repairshop.quotes import service as quotes
from repairshop.tickets import service as tickets
from repairshop.tickets.stages import Outcome, Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.counting import counted_queries
from tests.quotes.builders import AT_THE_COUNTER, approve, current, quoted_ticket

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
SIGNED = Collection(
    method=CollectionMethod.COUNTER, proof=IdentityProof.PASSPORT, typed_name="Carl Cooper", agreed=True
)


def pounds(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")


@pytest.mark.parametrize(
    ("outcome", "agreed", "fee", "due"),
    [
        (Outcome.REPAIRED, 12900, 0, 12900),
        (Outcome.PARTLY_REPAIRED, 12900, 2500, 12900),
        (Outcome.REPAIRED, None, None, 0),  # under warranty: never quoted
        (Outcome.DECLINED, None, 2500, 2500),
        (Outcome.DECLINED, 12900, 2500, 2500),  # a dearer quote was refused: nothing was done
        (Outcome.DECLINED, None, 0, 0),
        (Outcome.NO_FAULT_FOUND, None, 2500, 0),
        (Outcome.NOT_REPAIRABLE, 12900, 2500, 0),
        (Outcome.RETURNED_UNREPAIRED, 12900, 2500, 0),
        (None, 12900, 2500, 0),
    ],
)
def test_what_is_due_follows_from_what_was_done_and_agreed(outcome, agreed, fee, due):
    assert amount_due(outcome, agreed_minor=agreed, fee_minor=fee) == due


@pytest.mark.parametrize(
    ("payment", "refusal", "field"),
    [
        (Payment(amount_minor=12900, method=PayMethod.CASH), None, None),
        (Payment(amount_minor=12900, method=PayMethod.CARD, till_reference="T1"), None, None),
        (Payment(amount_minor=12900, method=PayMethod.TILL, till_reference="T1"), None, None),
        (Payment(amount_minor=12900, method=PayMethod.TILL), TillReferenceMissing, "till_reference"),
        (Payment(amount_minor=12900), PayMethodMissing, "pay_method"),
        (Payment(amount_minor=12900, method=PayMethod.LATER), PaidReasonMissing, "paid_because"),
        (Payment(amount_minor=12900, method=PayMethod.LATER, because="Account"), None, None),
        (Payment(amount_minor=10000, method=PayMethod.CASH), PaidReasonMissing, "paid_because"),
        (Payment(amount_minor=10000, method=PayMethod.CASH, because="Sorry"), None, None),
        (Payment(amount_minor=14000, method=PayMethod.CASH, because="More glue"), None, None),
        (Payment(amount_minor=15001, method=PayMethod.CASH, because="More"), PaidTooMuch, "amount"),
        (Payment(), PaidReasonMissing, "paid_because"),
        (Payment(because="Goodwill"), None, None),
    ],
)
def test_what_was_paid_is_told_whole(payment, refusal, field):
    def ask():
        require_payment(payment, due=pounds(12900), at_most=pounds(15000))

    if refusal is None:
        ask()
    else:
        with pytest.raises(refusal) as raised:
            ask()
        assert raised.value.field == field


def test_nothing_due_asks_for_nothing():
    require_payment(Payment(), due=pounds(0), at_most=pounds(0))


@pytest.fixture
def tess(app_context):
    with time_machine.travel(NOW, tick=False):
        yield make_staff(make_shop())


def close(reference, verb, by):
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=by)
        for step in (verb, Verb.RELEASE) if verb else (Verb.RELEASE,):
            tickets.move_ticket(ticket, step, by=by)


@pytest.mark.both_databases
def test_the_agreed_price_is_due_and_what_was_paid_is_kept(tess):
    reference = quoted_ticket(tess)
    approve(reference, by=tess)
    with transaction():
        tickets.move_ticket(tickets.get_ticket_for_change(reference, by=tess), Verb.START_REPAIR, by=tess)
    close(reference, Verb.FINISH, tess)
    due = get_due(get_ticket(reference).id)
    assert due.amount.minor > 0

    with transaction():
        service.hand_over(
            reference,
            SIGNED,
            payment=Payment(amount_minor=due.amount.minor, method=PayMethod.TILL, till_reference="T-17"),
            by=tess,
        )

    left = queries.get_handover(get_ticket(reference).id)
    assert (left.due, left.paid, left.pay_method) == (due.amount, due.amount, PayMethod.TILL)
    assert left.till_reference == "T-17"


def test_an_unpaid_hand_over_is_refused_and_changes_nothing(tess):
    reference = quoted_ticket(tess)
    approve(reference, by=tess)
    with transaction():
        tickets.move_ticket(tickets.get_ticket_for_change(reference, by=tess), Verb.START_REPAIR, by=tess)
    close(reference, Verb.FINISH, tess)

    with pytest.raises(PaidReasonMissing), transaction():
        service.hand_over(reference, SIGNED, by=tess)

    assert get_ticket(reference).stage is Stage.READY


@pytest.mark.both_databases
def test_a_no_to_the_quote_costs_the_fee_that_was_told(tess):
    told = {"diagnosis_fee_minor": 2500, "diagnosis_fee_told_at": NOW - timedelta(minutes=5)}
    reference = quoted_ticket(tess, **told)
    with transaction():
        quotes.decline(reference, by=tess, quote_id=current(reference).id, evidence=AT_THE_COUNTER)
    close(reference, None, tess)

    assert get_due(get_ticket(reference).id).amount.minor == 2500


def test_an_approval_taken_back_is_due_no_more(tess):
    reference = quoted_ticket(tess)
    approve(reference, by=tess)
    with transaction():
        quotes.take_approval_back(reference, by=tess, note="Changed their mind")
    with transaction():
        quotes.decline(reference, by=tess, quote_id=current(reference).id, evidence=AT_THE_COUNTER)
    close(reference, None, tess)

    assert get_due(get_ticket(reference).id).amount.minor == 0


def test_many_devices_cost_one_question(app, tess):
    ids = [get_ticket(make_ticket(tess, stage=Stage.READY)).id for _ in range(3)]

    with counted_queries(app) as counted:
        found = list_due(ids)

    assert (len(found), counted.count) == (3, 1)
