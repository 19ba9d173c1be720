"""Quotes nobody has answered yet: reminded of twice, closed by the shop's own policy, never by surprise."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice, State
from repairshop.quotes import jobs, service
from repairshop.quotes.rules import DecisionKind, QuoteState, is_abandoned, reminder_due
from repairshop.staff.models import Shop
from repairshop.staff.rules import customer_actor
from repairshop.tickets.attachments import answer_question, ask_question
from repairshop.tickets.models import Question
from repairshop.tickets.service import get_ticket_for_change
from repairshop.tickets.stages import Outcome, Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff
from tests.counting import counted_queries
from tests.quotes.builders import approve, current, quoted_ticket

NOW = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)  # a Tuesday, by day
LATER = date(2026, 3, 13)
HOURS = timedelta(hours=1)
EXPIRES = NOW + timedelta(days=10)


@pytest.mark.parametrize(
    ("hours", "number"),
    [(0, None), (23.9, None), (24, 1), (47.9, 1), (48, None), (71.9, None), (72, 2), (95.9, 2), (96, None)],
)
def test_a_reminder_is_due_a_day_and_three_days_after_the_quote(hours, number) -> None:
    at = NOW + hours * HOURS

    assert reminder_due(waiting_since=NOW, expires_at=EXPIRES, at=at) == number


@given(st.integers(0, 400), st.integers(0, 400))
def test_nobody_is_reminded_of_what_can_no_longer_be_answered(waited, valid) -> None:
    at, expires_at = NOW + waited * HOURS, NOW + valid * HOURS

    number = reminder_due(waiting_since=NOW, expires_at=expires_at, at=at)

    assert number is None or at < expires_at


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_however_often_the_worker_looks_there_are_two_reminders_at_most(steps) -> None:
    at, numbers = NOW, []
    for hours in steps:
        at += hours * HOURS
        numbers.append(reminder_due(waiting_since=NOW, expires_at=EXPIRES, at=at))

    seen = [number for number in numbers if number is not None]
    assert seen == sorted(seen)
    assert set(seen) <= {1, 2}


@pytest.mark.parametrize(
    ("days", "after", "closed"),
    [(-1, 0, False), (0, 0, True), (6.9, 7, False), (7, 7, True), (400, None, False)],
)
def test_the_policy_counts_from_the_last_day_to_answer(days, after, closed) -> None:
    at = EXPIRES + timedelta(days=days)

    assert is_abandoned(expires_at=EXPIRES, at=at, after_days=after) is closed


pytestmark = pytest.mark.both_databases


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def tess(app_context, clock):
    return make_staff(make_shop())


@pytest.fixture
def reference(tess):
    return quoted_ticket(tess, earliest=LATER, latest=LATER)


def set_policy(days):
    with transaction():
        for shop in db.session.query(Shop):
            shop.quote_close_after_days = days


def reminders(reference):
    rows = db.session.query(OutgoingMessage).filter_by(
        ticket_id=get_ticket(reference).id, notice=Notice.QUOTE_REMINDER
    )
    return [
        (row.event_key.rsplit(":", 1)[1], row.state, row.text) for row in rows.order_by(OutgoingMessage.id)
    ]


def test_two_reminders_go_each_once_with_the_last_day(reference, clock) -> None:
    counts = []
    for _ in range(30):
        clock.shift(4 * HOURS)
        counts.append(jobs.remind_of_quotes() + jobs.remind_of_quotes())

    assert sum(counts) == 2
    assert [number for number, _, _ in reminders(reference)] == ["1", "2"]
    assert "until Tue 17 Mar" in reminders(reference)[0][2]


def test_a_reminder_that_comes_due_at_night_waits_for_the_morning(tess, clock) -> None:
    clock.move_to(NOW.replace(hour=22, minute=30))
    reference = quoted_ticket(tess, earliest=LATER, latest=LATER)
    clock.shift(24 * HOURS)

    jobs.remind_of_quotes()

    assert [state for _, state, _ in reminders(reference)] == [State.HELD]


@pytest.mark.parametrize("answer", ["approve", "withdraw", "ask"])
def test_nobody_is_reminded_who_answered_or_waits_for_us(tess, reference, clock, answer) -> None:
    ticket = get_ticket(reference)
    if answer == "approve":
        approve(reference, by=tess)
    elif answer == "withdraw":
        with transaction():
            service.withdraw_quote(reference, by=tess, note="")
    else:
        by = customer_actor(tess.shop_id, ticket.visit.customer_id)
        with transaction():
            ask_question(get_ticket_for_change(reference, by=by), "Why so dear?", by=by)
    clock.shift(25 * HOURS)

    assert jobs.remind_of_quotes() == 0
    assert reminders(reference) == []


def test_once_the_question_is_answered_the_reminder_goes(tess, reference, clock) -> None:
    by = customer_actor(tess.shop_id, get_ticket(reference).visit.customer_id)
    with transaction():
        ask_question(get_ticket_for_change(reference, by=by), "Why so dear?", by=by)
    clock.shift(25 * HOURS)
    question = db.session.query(Question).one()
    with transaction():
        answer_question(reference, question.id, "The glass is glued.", by=tess)

    assert jobs.remind_of_quotes() == 1


def test_a_quote_opened_again_is_reminded_of_from_then_on(tess, reference, clock) -> None:
    approve(reference, by=tess)
    clock.shift(24 * HOURS)
    with transaction():
        service.take_approval_back(reference, by=tess)

    assert jobs.remind_of_quotes() == 0
    clock.shift(24 * HOURS)
    assert jobs.remind_of_quotes() == 1


def test_an_answer_makes_a_reminder_that_has_not_gone_pointless(tess, reference, clock) -> None:
    clock.move_to(NOW.replace(hour=22) + timedelta(days=1))
    jobs.remind_of_quotes()

    approve(reference, by=tess)

    assert [state for _, state, _ in reminders(reference)] == [State.SUPERSEDED]


def test_without_a_policy_nothing_is_closed(reference, clock) -> None:
    clock.shift(timedelta(days=200))

    assert jobs.close_unanswered_quotes() == 0
    assert get_ticket(reference).stage is Stage.AWAITING_APPROVAL


def test_the_policy_closes_a_quote_nobody_answered(reference, clock) -> None:
    set_policy(3)
    clock.move_to(current(reference).expires_at + timedelta(days=3) - timedelta(seconds=1))
    assert jobs.close_unanswered_quotes() == 0
    clock.shift(timedelta(seconds=1))

    assert jobs.close_unanswered_quotes() == 1

    ticket, quote = get_ticket(reference), current(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.FINAL_CHECKS, Outcome.RETURNED_UNREPAIRED)
    assert quote.state is QuoteState.CLOSED
    assert quote.decisions[-1].kind is DecisionKind.CLOSED_UNANSWERED
    assert jobs.close_unanswered_quotes() == 0


def test_the_policy_closes_nothing_that_was_answered_or_asked_about(tess, reference, clock) -> None:
    set_policy(0)
    asking = quoted_ticket(tess, earliest=LATER, latest=LATER)
    by = customer_actor(tess.shop_id, get_ticket(asking).visit.customer_id)
    with transaction():
        ask_question(get_ticket_for_change(asking, by=by), "Is it worth it?", by=by)
    approve(reference, by=tess)
    clock.shift(timedelta(days=60))

    assert jobs.close_unanswered_quotes() == 0
    assert get_ticket(reference).stage is Stage.APPROVED
    assert get_ticket(asking).stage is Stage.AWAITING_APPROVAL


def test_looking_for_what_is_due_costs_the_same_however_many_wait(app, tess, clock) -> None:
    quoted_ticket(tess, earliest=LATER, latest=LATER)
    clock.shift(12 * HOURS)
    with counted_queries(app) as one:
        jobs.remind_of_quotes()
    for _ in range(3):
        quoted_ticket(tess, earliest=LATER, latest=LATER)
    with counted_queries(app) as four:
        jobs.remind_of_quotes()

    assert four.count == one.count
