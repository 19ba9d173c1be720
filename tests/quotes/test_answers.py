"""Answers: all or part, by portal, counter and phone; once, in time, and to the newest version only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from repairshop.customers.models import Touchpoint
from repairshop.customers.rules import TouchpointKind
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.quotes import service
from repairshop.quotes.queries import list_quotes
from repairshop.quotes.rules import (
    Channel,
    ConsentInTheFuture,
    ConsentNeedsName,
    ConsentNeedsNumber,
    DecisionKind,
    DeclineReason,
    Evidence,
    LineNotOnQuote,
    LineNotOptional,
    NoQuoteToAnswer,
    QuoteAlreadyAnswered,
    QuoteExpired,
    QuoteReplaced,
    QuoteState,
    QuoteStillValid,
)
from repairshop.staff.rules import customer_actor, system_actor
from repairshop.tickets import service as tickets
from repairshop.tickets.queries import list_moves
from repairshop.tickets.stages import MoveNotAllowed, Outcome, Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.quotes.builders import WORK, approve, current, draft, quoted_ticket

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
TWO_WEEKS = timedelta(days=15)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def tess(app_context):
    return make_staff(make_shop())


def decline(reference, *, by, **changes):
    facts = {"quote_id": current(reference).id, "reason": DeclineReason.TOO_EXPENSIVE}
    with transaction():
        service.decline(reference, by=by, **{**facts, **changes})


def undo(reference, *, by):
    with transaction():
        tickets.undo_move(reference, by=by)


def ids_without_battery(reference):
    return [line.id for line in current(reference).lines if not line.optional]


def test_approving_all_of_it(tess) -> None:
    reference = quoted_ticket(tess)

    approve(reference, by=tess)

    quote = current(reference)
    assert get_ticket(reference).stage is Stage.APPROVED
    assert quote.state is QuoteState.APPROVED
    assert quote.approved_lines == quote.lines
    assert quote.approval is not None
    (option,) = quote.options
    assert (quote.approval.price, quote.approval.at_most) == (option.price, option.at_most)


def test_approving_a_part_keeps_the_quotes_margin(tess) -> None:
    reference = quoted_ticket(tess)

    approve(reference, by=tess, line_ids=ids_without_battery(reference))

    quote = current(reference)
    assert [line.description for line in quote.approved_lines] == ["Screen", "Fitting, 45 minutes"]
    assert quote.approval is not None
    assert quote.approval.price is not None
    assert quote.approval.at_most is not None
    assert (quote.approval.price.minor, quote.approval.at_most.minor) == (10500, 11500)


def test_the_asked_repair_cannot_be_left_out(tess) -> None:
    reference = quoted_ticket(tess)
    battery = [line.id for line in current(reference).lines if line.optional]

    with pytest.raises(LineNotOptional):
        approve(reference, by=tess, line_ids=battery)


def test_a_line_of_another_quote_is_refused(tess) -> None:
    reference, other = quoted_ticket(tess), quoted_ticket(tess)

    with pytest.raises(LineNotOnQuote):
        approve(reference, by=tess, line_ids=[line.id for line in current(other).lines])


def test_a_customer_answers_from_their_page(tess) -> None:
    reference = quoted_ticket(tess)
    carl = customer_actor(tess.shop_id, get_ticket(reference).visit.customer_id)

    approve(reference, by=carl, evidence=Evidence(channel=Channel.PORTAL))

    approval = current(reference).approval
    assert approval is not None
    assert (approval.channel, approval.consented_at, approval.taken_by) == (Channel.PORTAL, NOW, None)
    assert list_moves(get_ticket(reference).id)[-1].actor_id == carl.id


def test_consent_by_phone_is_kept_with_every_field(tess) -> None:
    reference = quoted_ticket(tess)
    said = Evidence(
        channel=Channel.PHONE,
        consented_by="Dana Cooper",
        consented_at=NOW - timedelta(minutes=10),
        number_called="07700 900124",
        conditions="Only if it is done by Friday",
    )

    approve(reference, by=tess, evidence=said)

    approval = current(reference).approval
    assert approval is not None
    assert approval.taken_by == "Tess"
    assert approval.price == current(reference).options[0].price
    assert (
        Evidence(
            channel=approval.channel,
            consented_by=approval.consented_by,
            consented_at=approval.consented_at,
            number_called=approval.number_called,
            conditions=approval.conditions,
        )
        == said
    )


@pytest.mark.parametrize(
    ("evidence", "refusal"),
    [
        (Evidence(channel=Channel.COUNTER), ConsentNeedsName),
        (Evidence(channel=Channel.PHONE, number_called="07700 900124"), ConsentNeedsName),
        (Evidence(channel=Channel.PHONE, consented_by="Carl"), ConsentNeedsNumber),
        (
            Evidence(channel=Channel.COUNTER, consented_by="Carl", consented_at=NOW + timedelta(hours=1)),
            ConsentInTheFuture,
        ),
    ],
)
def test_incomplete_evidence_moves_nothing(tess, evidence, refusal) -> None:
    reference = quoted_ticket(tess)

    with pytest.raises(refusal):
        approve(reference, by=tess, evidence=evidence)

    assert get_ticket(reference).stage is Stage.AWAITING_APPROVAL
    assert current(reference).decisions == ()


def test_the_same_approval_twice_is_one(tess) -> None:
    reference = quoted_ticket(tess)
    version = get_ticket(reference).stage_version
    approve(reference, by=tess, expected_version=version)

    approve(reference, by=tess, expected_version=version)

    assert len(current(reference).decisions) == 1


def test_another_answer_after_the_first_is_refused(tess) -> None:
    reference = quoted_ticket(tess)
    approve(reference, by=tess)

    with pytest.raises(QuoteAlreadyAnswered):
        approve(reference, by=tess, line_ids=ids_without_battery(reference))
    with pytest.raises(QuoteAlreadyAnswered):
        decline(reference, by=tess)


def test_an_old_version_cannot_be_approved(tess) -> None:
    reference = quoted_ticket(tess)
    old = current(reference).id
    draft(reference, by=tess, lines=(WORK,), at_most_minor=None)
    with transaction():
        service.revise_quote(reference, by=tess)

    with pytest.raises(QuoteReplaced) as caught:
        approve(reference, by=tess, quote_id=old)

    assert caught.value.values == {"version": 2}
    assert get_ticket(reference).stage is Stage.AWAITING_APPROVAL


def test_a_form_from_before_the_revision_is_a_conflict(tess) -> None:
    reference = quoted_ticket(tess)
    old, version = current(reference).id, get_ticket(reference).stage_version
    with transaction():
        service.revise_quote(reference, by=tess)

    with pytest.raises(Conflict):
        approve(reference, by=tess, quote_id=old, expected_version=version)


def test_a_withdrawn_quote_cannot_be_answered(tess) -> None:
    reference = quoted_ticket(tess)
    with transaction():
        service.withdraw_quote(reference, by=tess, note="")

    with pytest.raises(NoQuoteToAnswer):
        approve(reference, by=tess)


def test_a_quote_is_valid_through_its_last_day_and_no_longer(tess, clock) -> None:
    reference = quoted_ticket(tess)
    clock.move_to(datetime(2026, 3, 18, 0, 0, tzinfo=UTC))

    assert current(reference).state is QuoteState.EXPIRED
    with pytest.raises(QuoteExpired):
        approve(reference, by=tess)

    clock.move_to(datetime(2026, 3, 17, 23, 59, 59, tzinfo=UTC))
    approve(reference, by=tess)


def test_an_approval_does_not_expire(tess, clock) -> None:
    reference = quoted_ticket(tess)
    approve(reference, by=tess)

    clock.shift(TWO_WEEKS)

    assert current(reference).state is QuoteState.APPROVED


def test_declining_ends_the_repair_with_its_reason(tess) -> None:
    reference = quoted_ticket(tess)

    decline(reference, by=tess, note="Found it for less")

    ticket, quote = get_ticket(reference), current(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.FINAL_CHECKS, Outcome.DECLINED)
    assert ticket.outcome_reason == "too_expensive"
    assert quote.state is QuoteState.DECLINED
    assert quote.decisions[-1].note == "Found it for less"


def test_declining_twice_is_once(tess) -> None:
    reference = quoted_ticket(tess)
    decline(reference, by=tess)

    decline(reference, by=tess)

    assert [row.kind for row in current(reference).decisions] == [DecisionKind.DECLINED]


def test_a_no_may_come_late(tess, clock) -> None:
    reference = quoted_ticket(tess)
    clock.shift(TWO_WEEKS)

    decline(reference, by=tess)

    assert get_ticket(reference).outcome is Outcome.DECLINED


def test_a_quote_is_closed_unanswered_only_when_its_time_is_over(tess, clock) -> None:
    reference = quoted_ticket(tess)
    with pytest.raises(QuoteStillValid), transaction():
        service.close_unanswered(reference, by=tess)
    clock.shift(TWO_WEEKS)

    with transaction():
        service.close_unanswered(reference, by=system_actor(tess.shop_id))

    ticket = get_ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.FINAL_CHECKS, Outcome.RETURNED_UNREPAIRED)
    assert current(reference).state is QuoteState.CLOSED


def test_taking_an_approval_back_opens_the_quote_and_keeps_both_answers(tess, clock) -> None:
    reference = quoted_ticket(tess)
    approve(reference, by=tess)
    clock.shift(timedelta(minutes=5))

    with transaction():
        service.take_approval_back(reference, by=tess, note="Wants to sleep on it")

    quote = current(reference)
    assert (get_ticket(reference).stage, quote.state) == (Stage.AWAITING_APPROVAL, QuoteState.OPEN)
    assert quote.approval is None
    assert [row.kind for row in quote.decisions] == [DecisionKind.APPROVED, DecisionKind.TAKEN_BACK]
    approve(reference, by=tess)
    assert current(reference).approval is not None


def test_an_approval_that_was_never_given_cannot_be_taken_back(tess) -> None:
    reference = make_ticket(tess, stage=Stage.APPROVED)

    with pytest.raises(NoQuoteToAnswer), transaction():
        service.take_approval_back(reference, by=tess)


@pytest.mark.parametrize("answer", [approve, decline])
def test_undoing_an_answer_opens_the_quote_again(tess, answer) -> None:
    reference = quoted_ticket(tess)
    answer(reference, by=tess, evidence=Evidence(channel=Channel.COUNTER, consented_by="Carl"))

    undo(reference, by=tess)

    assert get_ticket(reference).stage is Stage.AWAITING_APPROVAL
    assert current(reference).state is QuoteState.OPEN
    assert current(reference).decisions == ()
    assert get_ticket(reference).outcome is None


def test_answers_are_touchpoints(tess) -> None:
    reference = quoted_ticket(tess)

    approve(reference, by=tess)

    ticket = get_ticket(reference)
    [row] = db.session.query(Touchpoint).filter_by(kind=TouchpointKind.DECISION).all()
    assert (row.ticket_id, row.customer_id, row.channel) == (ticket.id, ticket.visit.customer_id, "counter")


def test_without_a_quote_there_is_nothing_to_answer(tess) -> None:
    reference = make_ticket(tess, stage=Stage.AWAITING_APPROVAL)

    with pytest.raises(NoQuoteToAnswer), transaction():
        service.approve(reference, by=tess, quote_id=1, evidence=Evidence(channel=Channel.PORTAL))


def test_another_shop_cannot_answer(tess) -> None:
    reference = quoted_ticket(tess)
    stranger = make_staff(make_shop("Mendit"))

    with pytest.raises(NotFound):
        approve(reference, by=stranger)


def test_an_answer_in_another_stage_moves_nothing(tess) -> None:
    reference = quoted_ticket(tess)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess)
        tickets.move_ticket(ticket, tickets.Verb.WITHDRAW_QUOTE, by=tess)

    with pytest.raises(MoveNotAllowed):
        approve(reference, by=tess)

    assert list_quotes(get_ticket(reference).id)[0].decisions == ()


@pytest.mark.parametrize("limit", [None, 11000, 900_000])
def test_a_line_added_in_repair_is_agreed_to_anew_whatever_the_limit(tess, limit) -> None:
    reference = quoted_ticket(tess)
    approve(reference, by=tess)
    before = current(reference).approval
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess)
        ticket.spend_limit_minor = limit
        tickets.move_ticket(ticket, Verb.START_REPAIR, by=tess)
    more = replace(WORK, description="Cleaning the port", unit_price_minor=900)

    draft(reference, by=tess, lines=(WORK, more), at_most_minor=None)

    assert current(reference).approval == before
    for verb in (service.proceed_within_limit, service.send_quote, service.revise_quote):
        with pytest.raises(MoveNotAllowed), transaction():
            verb(reference, by=tess)
    with transaction():
        service.requote(reference, by=tess)
    assert get_ticket(reference).stage is Stage.AWAITING_APPROVAL
    first, second = reversed(list_quotes(get_ticket(reference).id))
    assert first.approval == before
    assert second.state is QuoteState.OPEN
    assert second.approval is None
