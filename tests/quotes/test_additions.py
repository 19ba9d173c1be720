"""Work that turns up during the repair: added without asking inside the customer's limit, never above it."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from repairshop.database import db
from repairshop.errors import NotFound, Refused
from repairshop.money import Money, tax_inside
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice, State
from repairshop.operations.audit import walk_everything
from repairshop.quotes import additions, service
from repairshop.quotes.addition_queries import get_room
from repairshop.quotes.addition_rules import (
    AdditionEmpty,
    AdditionNeedsAgreement,
    AdditionNeedsReason,
    AdditionNotNow,
    TooManyAddedLines,
    most_with_addition,
)
from repairshop.quotes.draft_queries import get_draft
from repairshop.quotes.queries import find_agreed_quote
from repairshop.quotes.rules import NoSpendLimit, OverSpendLimit
from repairshop.quotes.terms import LineKind, PartNeedsOrigin, QuoteLine
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.models import HistoryEntry
from repairshop.tickets.rules import NothingToUndo, UndoNotYours, UndoOvertaken, UndoTooLate
from repairshop.tickets.service import get_ticket_for_change
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.workshop.service import start_repair
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.quotes.builders import SCREEN, WORK, approve, quoted_ticket

NOW = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)  # a Tuesday, by day
CLEANING = QuoteLine(kind=LineKind.WORK, description="Cleaning the charge port", unit_price_minor=1500)
FOUND = "The charge port is full of lint"
LIMIT = 15000
AGREED = 11500  # the most of the quote below


def gbp(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")


@given(
    st.integers(0, 50_000),
    st.lists(st.integers(0, 20_000), min_size=1, max_size=5),
    st.integers(0, 60_000),
)
def test_whatever_is_added_the_most_it_can_cost_never_passes_the_limit(agreed, prices, limit) -> None:
    at_most = gbp(agreed)
    for price in prices:
        try:
            at_most = most_with_addition(
                [replace(CLEANING, unit_price_minor=price)], agreed_at_most=at_most, limit_minor=limit
            )
        except OverSpendLimit:
            assert at_most.minor + price > limit
        else:
            assert at_most.minor <= limit


@pytest.mark.parametrize(
    ("agreed", "price", "limit", "fits"),
    [(0, 0, 0, True), (100, 50, 150, True), (100, 51, 150, False), (200, 0, 150, False), (149, 1, 150, True)],
)
def test_the_limit_itself_is_still_inside(agreed, price, limit, fits) -> None:
    lines = [replace(CLEANING, unit_price_minor=price)]
    if fits:
        total = most_with_addition(lines, agreed_at_most=gbp(agreed), limit_minor=limit)
        assert total == gbp(agreed + price)
    else:
        with pytest.raises(OverSpendLimit):
            most_with_addition(lines, agreed_at_most=gbp(agreed), limit_minor=limit)


pytestmark = pytest.mark.both_databases


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def tess(app_context: None, clock) -> Actor:
    return make_staff(make_shop("Glass and Screw", slug="additions"), Role.TECHNICIAN)


@pytest.fixture
def agreed(tess: Actor) -> str:
    """A repair on the bench, agreed at 115 at most, with a limit of 150."""
    return make_agreed(tess)


def make_agreed(by: Actor, *, limit_minor: int | None = LIMIT, on_bench: bool = True) -> str:
    reference = quoted_ticket(by, lines=(SCREEN, WORK), at_most_minor=AGREED)
    approve(reference, by=by)
    with transaction():
        get_ticket_for_change(reference, by=by).spend_limit_minor = limit_minor
    if on_bench:
        with transaction():
            start_repair(reference, by=by)
    return reference


def add(reference: str, *lines: QuoteLine, by: Actor, reason: str = FOUND) -> int:
    with transaction():
        return additions.add_work(reference, lines or (CLEANING,), reason=reason, by=by)


def quote_of(reference: str):
    quote = find_agreed_quote(get_ticket(reference).id)
    assert quote is not None
    return quote


def messages(reference: str) -> list[OutgoingMessage]:
    rows = db.session.query(OutgoingMessage).filter_by(notice=Notice.WORK_ADDED)
    return [row for row in rows if row.ticket_id == get_ticket(reference).id]


def test_it_is_added_to_what_was_agreed_with_its_evidence(agreed, tess) -> None:
    add(agreed, by=tess)

    quote = quote_of(agreed)
    assert quote.agreed.price == gbp(10500 + 1500)
    assert quote.agreed.at_most == gbp(AGREED + 1500)
    room = get_room(get_ticket(agreed).id)
    assert (room.agreed_at_most, room.limit) == (quote.agreed.at_most, gbp(LIMIT))
    (one,) = quote.additions
    assert (one.limit, one.agreed_before, one.price, one.at_most) == (
        gbp(LIMIT),
        gbp(AGREED),
        gbp(1500),
        gbp(AGREED + 1500),
    )
    assert (one.reason, one.added_at, one.added_by_id) == (FOUND, NOW, tess.id)
    assert get_ticket(agreed).stage is Stage.IN_REPAIR
    assert [line.description for line in quote.agreed_lines][-1] == "Cleaning the charge port"


def test_the_history_holds_it_and_its_chain_verifies(agreed, tess) -> None:
    add(agreed, by=tess)

    ticket = get_ticket(agreed)
    entry = db.session.query(HistoryEntry).filter_by(ticket_id=ticket.id, act="work_added").one()
    assert entry.after == {
        "quote": 1,
        "price": 1500,
        "agreed": AGREED,
        "limit": LIMIT,
        "hash": quote_of(agreed).additions[0].hash,
    }
    assert walk_everything().holds


def test_several_count_together_and_one_above_the_limit_is_refused(agreed, tess) -> None:
    add(agreed, by=tess)
    add(agreed, replace(CLEANING, unit_price_minor=2000), by=tess)

    with pytest.raises(OverSpendLimit) as refused:
        add(agreed, replace(CLEANING, unit_price_minor=1), by=tess)

    assert refused.value.values == {"at_most": gbp(LIMIT + 1), "limit": gbp(LIMIT)}
    db.session.rollback()
    assert quote_of(agreed).agreed.at_most == gbp(LIMIT)


def test_the_tax_is_that_of_the_whole_document(agreed, tess) -> None:
    add(agreed, replace(CLEANING, unit_price_minor=1), by=tess)
    add(agreed, replace(CLEANING, unit_price_minor=2), by=tess)

    quote = quote_of(agreed)
    whole = tax_inside(gbp(10503), rate_basis_points=quote.tax_rate_basis_points)
    assert quote.agreed_tax == whole


@pytest.mark.parametrize("stage", [Stage.APPROVED, Stage.IN_REPAIR])
def test_from_the_yes_until_the_work_is_over(tess, stage) -> None:
    reference = make_agreed(tess, on_bench=stage is Stage.IN_REPAIR)

    add(reference, by=tess)

    assert get_ticket(reference).stage is stage


def test_not_while_the_customer_decides(tess) -> None:
    reference = quoted_ticket(tess)

    with pytest.raises(AdditionNotNow):
        add(reference, by=tess)


def test_not_without_a_limit(tess) -> None:
    with pytest.raises(NoSpendLimit):
        add(make_agreed(tess, limit_minor=None), by=tess)


def test_not_to_a_price_that_was_never_agreed(tess) -> None:
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)
    with transaction():
        get_ticket_for_change(reference, by=tess).spend_limit_minor = LIMIT

    with pytest.raises(AdditionNeedsAgreement):
        add(reference, by=tess)


@pytest.mark.parametrize(
    ("lines", "reason", "refusal"),
    [
        ((), FOUND, AdditionEmpty),
        ((CLEANING,), "", AdditionNeedsReason),
        ((CLEANING,) * 7, FOUND, TooManyAddedLines),
        ((replace(SCREEN, origin=None, unit_price_minor=1),), FOUND, PartNeedsOrigin),
    ],
)
def test_the_customer_is_told_what_and_why(agreed, tess, lines, reason, refusal) -> None:
    with pytest.raises(refusal), transaction():
        additions.add_work(agreed, lines, reason=reason, by=tess)


@pytest.mark.parametrize("in_texts", [True, False])
def test_the_customer_is_told_with_the_amount_where_the_shop_says_so(agreed, tess, in_texts) -> None:
    with transaction():
        db.session.get_one(Shop, tess.shop_id).price_in_texts = in_texts

    add(agreed, by=tess)

    told = messages(agreed)
    assert told
    assert all(("130" in row.text) is in_texts for row in told)
    assert {row.send_after for row in told} == {NOW + timedelta(seconds=30)}


def test_undone_in_time_it_is_neither_owed_nor_told(agreed, tess, clock) -> None:
    before = get_draft(get_ticket(agreed).id)
    addition_id = add(agreed, by=tess)

    clock.shift(29)
    with transaction():
        additions.take_work_back(agreed, addition_id, by=tess)

    quote = quote_of(agreed)
    assert quote.additions == ()
    assert quote.agreed.at_most == gbp(AGREED)
    assert {row.state for row in messages(agreed)} == {State.WITHDRAWN}
    assert get_draft(get_ticket(agreed).id).options == before.options
    assert walk_everything().holds
    with pytest.raises(NothingToUndo), transaction():
        additions.take_work_back(agreed, addition_id, by=tess)


def test_it_is_not_undone_late_nor_by_another_nor_once_something_else_happened(agreed, tess, clock) -> None:
    frank = make_staff(tess.shop_id, Role.COUNTER, first_name="Frank")
    first = add(agreed, by=tess)

    with pytest.raises(UndoNotYours), transaction():
        additions.take_work_back(agreed, first, by=frank)
    second = add(agreed, by=tess)
    with pytest.raises(UndoOvertaken), transaction():
        additions.take_work_back(agreed, first, by=tess)
    clock.shift(30)
    with pytest.raises(UndoTooLate), transaction():
        additions.take_work_back(agreed, second, by=tess)


def test_an_addition_of_another_ticket_is_not_there(agreed, tess) -> None:
    addition_id = add(agreed, by=tess)

    other = make_agreed(tess)

    with pytest.raises(NotFound), transaction():
        additions.take_work_back(other, addition_id, by=tess)


def test_a_requote_starts_from_everything_that_is_agreed(agreed, tess) -> None:
    add(agreed, by=tess)

    (option,) = get_draft(get_ticket(agreed).id).options

    assert option.lines == (SCREEN, WORK, CLEANING)
    assert option.at_most_minor == AGREED + 1500


def test_a_new_answer_holds_the_addition_in_its_lines_and_it_counts_once(agreed, tess) -> None:
    add(agreed, by=tess)
    with transaction():
        service.requote(agreed, by=tess)

    approve(agreed, by=tess)

    quote = quote_of(agreed)
    assert quote.version == 2
    assert quote.additions == ()
    assert quote.agreed.price == gbp(12000)


def test_what_was_agreed_is_read_as_the_quotes_tell_it(agreed, tess) -> None:
    ticket_id = get_ticket(agreed).id
    with transaction():
        service.requote(agreed, by=tess)
    assert get_room(ticket_id).agreed_at_most == quote_of(agreed).agreed.at_most == gbp(AGREED)

    approve(agreed, by=tess)
    assert get_room(ticket_id).agreed_at_most == quote_of(agreed).agreed.at_most
    with transaction():
        service.take_approval_back(agreed, by=tess)

    before = quote_of(agreed)
    assert before.version == 1
    assert get_room(ticket_id).agreed_at_most == before.agreed.at_most


def test_what_was_told_never_changes(agreed, tess) -> None:
    add(agreed, by=tess)

    for change in (
        "UPDATE quote_addition SET price_minor = 1",
        "DELETE FROM quote_addition_line",
        "UPDATE quote_addition_line SET description = 'x'",
        "UPDATE quote_addition SET reason = 'Another'",
    ):
        with pytest.raises(Exception, match="never changes"), transaction():
            db.session.execute(text(change))
        db.session.rollback()
    with transaction():
        db.session.execute(text("UPDATE quote_addition SET reason = ''"))


def test_of_two_at_once_the_second_sees_the_first(app: Flask, agreed, tess) -> None:
    start, done, refused = threading.Barrier(2), [], []

    def want() -> None:
        with app.app_context():
            start.wait()
            try:
                add(agreed, replace(CLEANING, unit_price_minor=2000), by=tess)
                done.append(1)
            except Refused as refusal:
                refused.append(type(refusal))

    db.session.rollback()
    threads = [threading.Thread(target=want) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(done), refused) == (1, [OverSpendLimit])
    db.session.rollback()
    assert quote_of(agreed).agreed.at_most == gbp(AGREED + 2000)
