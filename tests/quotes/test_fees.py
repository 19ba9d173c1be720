"""The diagnosis fee: told at the hand-in with its time, taken by the quote from there, never charged late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from repairshop.database import db
from repairshop.diagnostics.service import start_diagnosis
from repairshop.money import Money
from repairshop.quotes import service
from repairshop.quotes.draft_queries import first_draft, get_draft
from repairshop.quotes.fees import find_fee_told, tell_fee
from repairshop.quotes.terms import AmountOutOfRange, FeeAboveTold, FeeToldTooLate, require_fee_in_time
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.models import HistoryEntry
from repairshop.tickets.queries import get_head
from repairshop.tickets.service import get_ticket_for_change, undo_move
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.cast import Browser
from tests.intake.test_take_in_page import CARL, FAULT, PHONE
from tests.quotes.builders import current, draft
from tests.quotes.test_quote_pages import DATES, SCREEN, WORK
from tests.quotes.test_terms import TERMS

NOW = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)
FEE = Money(minor=2500, currency="GBP")
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("fee", "told", "told_at", "began_at", "refusal"),
    [
        (0, None, None, NOW, None),
        (2500, None, NOW, None, None),
        (2500, None, NOW - MINUTE, NOW, None),
        (2500, None, NOW, NOW, None),
        (2500, None, NOW + MINUTE, NOW, FeeToldTooLate),
        (2500, FEE, NOW - MINUTE, NOW, None),
        (2000, FEE, NOW - MINUTE, NOW, None),
        (2501, FEE, NOW - MINUTE, NOW, FeeAboveTold),
    ],
)
def test_a_fee_is_charged_as_it_was_told_before_the_diagnosis_began(fee, told, told_at, began_at, refusal):
    said = replace(TERMS, diagnosis_fee_minor=fee, diagnosis_fee_told_at=told_at)
    if refusal is None:
        require_fee_in_time(said, told=told, began_at=began_at)
    else:
        with pytest.raises(refusal):
            require_fee_in_time(said, told=told, began_at=began_at)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def tess_there(app_context: None) -> Actor:
    return make_staff(make_shop("Glass and Screw", slug="fees"), Role.TECHNICIAN)


def told_ticket(by: Actor, minor: int | None = 2500) -> str:
    reference = make_ticket(by)
    with transaction():
        tell_fee(get_ticket_for_change(reference, by=by), minor, by=by)
    return reference


@pytest.mark.both_databases
def test_it_is_told_once_with_its_time_and_by_whom(tess_there, clock) -> None:
    reference = told_ticket(tess_there)
    clock.shift(3600)
    with transaction():
        tell_fee(get_ticket_for_change(reference, by=tess_there), 9900, by=tess_there)

    told = find_fee_told(get_ticket(reference).id)

    assert told is not None
    assert (told.fee, told.at, told.by) == (FEE, NOW, "Tess")
    acts = db.session.query(HistoryEntry).filter_by(ticket_id=get_ticket(reference).id, act="fee_told").all()
    assert [entry.after for entry in acts] == [{"minor": 2500}]


@pytest.mark.both_databases
@pytest.mark.parametrize("minor", [None, 0])
def test_without_a_fee_nothing_was_told(tess_there, minor) -> None:
    assert find_fee_told(get_ticket(told_ticket(tess_there, minor)).id) is None


def test_a_fee_no_repair_costs_is_refused(tess_there) -> None:
    with pytest.raises(AmountOutOfRange):
        told_ticket(tess_there, 100_000_001)


@pytest.mark.both_databases
def test_the_quote_takes_fee_and_time_from_there(tess_there, clock) -> None:
    reference = told_ticket(tess_there)
    head = get_head(reference, shop_id=tess_there.shop_id)
    assert first_draft(head, at=NOW, told=get_draft(head.id).fee_told).diagnosis_fee_minor == 2500
    clock.shift(600)
    with transaction():
        start_diagnosis(reference, by=tess_there)
    clock.shift(600)
    draft(reference, by=tess_there, diagnosis_fee_minor=2500)
    assert get_draft(head.id).told_at == NOW

    with transaction():
        service.send_quote(reference, by=tess_there)

    quote = current(reference)
    assert (quote.diagnosis_fee, quote.diagnosis_fee_told_at) == (FEE, NOW)


@pytest.mark.both_databases
def test_more_than_was_told_is_not_sent(tess_there) -> None:
    reference = told_ticket(tess_there)
    with transaction():
        start_diagnosis(reference, by=tess_there)
    draft(reference, by=tess_there, diagnosis_fee_minor=2501)

    with pytest.raises(FeeAboveTold), transaction():
        service.send_quote(reference, by=tess_there)


@pytest.mark.both_databases
def test_where_it_was_not_told_only_a_moment_before_the_diagnosis_counts(tess_there, clock) -> None:
    reference = make_ticket(tess_there)
    with transaction():
        start_diagnosis(reference, by=tess_there)
    with transaction():
        undo_move(reference, by=tess_there)
    clock.shift(3600)
    with transaction():
        start_diagnosis(reference, by=tess_there)
    clock.shift(3600)
    late = NOW + timedelta(minutes=90)
    draft(reference, by=tess_there, diagnosis_fee_minor=2500, diagnosis_fee_told_at=late)
    with pytest.raises(FeeToldTooLate) as refused, transaction():
        service.send_quote(reference, by=tess_there)
    assert refused.value.values["began_at"] == NOW + timedelta(hours=1)

    in_time = NOW + timedelta(minutes=30)
    draft(reference, by=tess_there, diagnosis_fee_minor=2500, diagnosis_fee_told_at=in_time)
    with transaction():
        service.send_quote(reference, by=tess_there)

    assert current(reference).diagnosis_fee_told_at == in_time


def test_it_is_asked_at_the_hand_in_and_stands_in_what_the_customer_signs(app: Flask, frank: Browser) -> None:
    answer = frank.send("/intake", {**PHONE, **CARL, **FAULT, "diagnosis_fee": "25"})
    reference = answer.location.split("/tickets/")[1].partition("/")[0]

    read_back = frank.get(f"/tickets/{reference}/check-in-complete").text
    receipt = frank.get(f"/tickets/{reference}/receipt").text

    assert "If you say no to the quote" in read_back
    assert "£25.00 for the diagnosis" in read_back
    assert "£25.00 for the diagnosis. Told 3 March 2026, 11:00." in receipt


def test_the_draft_shows_what_was_told_and_asks_for_no_moment(app: Flask, tess: Browser) -> None:
    with app.app_context():
        reference = told_ticket(tess.actor)
        with transaction():
            start_diagnosis(reference, by=tess.actor)

    page = tess.get(f"/tickets/{reference}/quote").text
    sent = tess.send(
        f"/tickets/{reference}/quote", {**SCREEN, **WORK, **DATES, "diagnosis_fee": "25", "act": "save"}
    )
    shown = tess.get(f"/tickets/{reference}/send-quote").text

    assert 'value="25"' in page
    assert "The customer was told £25.00 on" in page
    assert "diagnosis_fee_told_at" not in page
    assert sent.status_code in {302, 303}
    assert "Told on" in shown
