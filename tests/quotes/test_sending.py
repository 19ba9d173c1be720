"""Sending versions: what is written down, what is refused, what undo restores."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from repairshop.database import db
from repairshop.diagnostics.rules import CheckInStillOpen
from repairshop.errors import Conflict
from repairshop.promises.queries import get_promises
from repairshop.promises.rules import PromiseInThePast, PromiseUpsideDown
from repairshop.quotes import service
from repairshop.quotes.draft_queries import get_draft
from repairshop.quotes.drafts import save_draft
from repairshop.quotes.fingerprint import quote_hash
from repairshop.quotes.models import Quote, QuoteOption, SentLine
from repairshop.quotes.queries import list_quotes
from repairshop.quotes.rules import (
    Channel,
    DecisionKind,
    DraftNotNeeded,
    NoFixedPrice,
    NoSpendLimit,
    NothingToReconsider,
    OverSpendLimit,
    QuoteKind,
    QuoteState,
)
from repairshop.quotes.terms import (
    DatesBasis,
    DatesMissing,
    MaximumBelowPrice,
    NothingAsked,
    OptionTerms,
    PartNeedsOrigin,
    QuoteEmpty,
    QuoteTerms,
    ValidUntilOver,
)
from repairshop.tickets import service as tickets
from repairshop.tickets.queries import list_history
from repairshop.tickets.stages import MoveNotAllowed, Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.quotes.builders import BATTERY, SCREEN, WORK, approve, content, current, draft, quoted_ticket

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def tess(app_context):
    return make_staff(make_shop())


def undo(reference, *, by):
    with transaction():
        tickets.undo_move(reference, by=by)


def states(reference):
    return [(quote.version, quote.state) for quote in list_quotes(get_ticket(reference).id)]


def test_a_sent_quote_says_what_the_draft_said(tess) -> None:
    reference = quoted_ticket(tess)

    ticket, quote = get_ticket(reference), current(reference)
    assert ticket.stage is Stage.AWAITING_APPROVAL
    assert (quote.version, quote.kind, quote.state) == (1, QuoteKind.QUOTE, QuoteState.OPEN)
    assert [line.description for line in quote.lines] == ["Screen", "Fitting, 45 minutes", "Battery"]
    (option,) = quote.options
    assert (option.price.minor, option.at_most.minor, option.tax.minor) == (12900, 13900, 2150)
    assert (quote.earliest, quote.latest) == (date(2026, 3, 5), date(2026, 3, 6))
    assert quote.valid_until == date(2026, 3, 17)  # the shop's 14 days
    assert quote.expires_at == datetime(2026, 3, 18, 0, 0, tzinfo=UTC)
    assert quote.sent_by == "Tess"


def test_sending_promises_its_dates(tess) -> None:
    ticket = get_ticket(quoted_ticket(tess))

    promises = get_promises(ticket.id)
    assert promises is not None
    assert promises.first.dates.latest == date(2026, 3, 6)
    assert ticket.due_at == datetime(2026, 3, 6, 18, 0, tzinfo=UTC)


def test_history_holds_version_price_and_hash(tess) -> None:
    reference = quoted_ticket(tess)

    entry = next(row for row in list_history(get_ticket(reference).id) if row.act == "send_quote")
    assert entry.after["hash"] == current(reference).hash
    assert (entry.after["quote"], entry.after["price"], entry.after["at_most"]) == (1, 12900, 13900)


def test_the_hash_can_be_made_again_from_what_is_stored(tess) -> None:
    reference = quoted_ticket(tess)

    quote = current(reference)
    terms = QuoteTerms(
        currency=quote.currency,
        tax_name=quote.tax_name,
        tax_rate_basis_points=quote.tax_rate_basis_points,
        options=(OptionTerms(lines=(SCREEN, WORK, BATTERY), at_most_minor=13900),),
        earliest=quote.earliest,
        latest=quote.latest,
        dates_basis=DatesBasis.BY_HAND,
        valid_until=quote.valid_until,
        diagnosis_fee_minor=quote.diagnosis_fee.minor,
        message=quote.message,
    )
    assert quote_hash(terms, ticket_code=reference, version=1) == quote.hash


@pytest.mark.parametrize(
    "statement",
    [
        update(Quote).values(message="cheaper"),
        update(QuoteOption).values(price_minor=1),
        update(SentLine).values(unit_price_minor=1),
        delete(SentLine),
        delete(QuoteOption),
        delete(Quote),
    ],
    ids=lambda statement: f"{statement.__visit_name__} {statement.table.name}",
)
def test_the_database_refuses_to_change_a_sent_quote(tess, statement) -> None:
    reference = quoted_ticket(tess)
    before = current(reference)

    with pytest.raises(DBAPIError, match="a sent quote never changes"), transaction():
        db.session.execute(statement)

    assert current(reference) == before


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"lines": ()}, QuoteEmpty),
        ({"lines": (replace(SCREEN, origin=None),)}, PartNeedsOrigin),
        ({"lines": (BATTERY,)}, NothingAsked),
        ({"at_most_minor": 12899}, MaximumBelowPrice),
        ({"earliest": None}, DatesMissing),
        ({"latest": date(2026, 3, 4)}, PromiseUpsideDown),
        ({"earliest": date(2026, 3, 1), "latest": date(2026, 3, 2)}, PromiseInThePast),
        ({"valid_until": date(2026, 3, 2)}, ValidUntilOver),
    ],
)
def test_an_incomplete_quote_is_not_sent(tess, changes, refusal) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    draft(reference, by=tess, **changes)

    with pytest.raises(refusal), transaction():
        service.send_quote(reference, by=tess)

    assert get_ticket(reference).stage is Stage.DIAGNOSING
    assert list_quotes(get_ticket(reference).id) == []


def test_a_quote_is_not_sent_from_another_stage(tess) -> None:
    reference = make_ticket(tess)
    draft(reference, by=tess)

    with pytest.raises(MoveNotAllowed), transaction():
        service.send_quote(reference, by=tess)


def test_saving_over_somebody_elses_draft_is_a_conflict(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    draft(reference, by=tess)
    version = get_draft(get_ticket(reference).id).version
    draft(reference, by=tess, message="Tess was faster")

    with pytest.raises(Conflict), transaction():
        save_draft(reference, content(message="late"), by=tess, expected_draft_version=version)

    assert get_draft(get_ticket(reference).id).message == "Tess was faster"


@pytest.mark.parametrize("stage", [Stage.BOOKED, Stage.HANDED_OVER])
def test_nothing_is_drafted_without_a_device(tess, stage) -> None:
    with pytest.raises(DraftNotNeeded):
        draft(make_ticket(tess, stage=stage), by=tess)


def test_a_revision_replaces_the_version_before(tess) -> None:
    reference = quoted_ticket(tess)
    first = current(reference)
    draft(reference, by=tess, lines=(WORK,), at_most_minor=None)

    with transaction():
        service.revise_quote(reference, by=tess)

    assert states(reference) == [(2, QuoteState.OPEN), (1, QuoteState.REPLACED)]
    assert list_quotes(get_ticket(reference).id)[1].lines == first.lines
    (option,) = current(reference).options
    assert option.at_most == option.price


def test_undoing_a_revision_opens_the_version_before_again(tess) -> None:
    reference = quoted_ticket(tess)
    draft(reference, by=tess, lines=(WORK,), at_most_minor=None)
    with transaction():
        service.revise_quote(reference, by=tess)

    undo(reference, by=tess)

    assert states(reference) == [(2, QuoteState.UNSENT), (1, QuoteState.OPEN)]
    assert current(reference).version == 1


def test_undoing_the_sending_leaves_the_draft_and_no_promise(tess) -> None:
    reference = quoted_ticket(tess)

    undo(reference, by=tess)

    ticket = get_ticket(reference)
    assert (ticket.stage, ticket.due_at) == (Stage.DIAGNOSING, None)
    assert states(reference) == [(1, QuoteState.UNSENT)]
    assert get_promises(ticket.id) is None
    assert get_draft(ticket.id).message == content().message
    with transaction():
        service.send_quote(reference, by=tess)
    assert current(reference).version == 2


def test_withdrawing_goes_back_to_diagnosis_and_undo_brings_the_quote_back(tess, clock) -> None:
    reference = quoted_ticket(tess)
    clock.shift(timedelta(minutes=5))

    with transaction():
        service.withdraw_quote(reference, by=tess, note="Wrong part")

    assert get_ticket(reference).stage is Stage.DIAGNOSING
    assert current(reference).state is QuoteState.WITHDRAWN
    undo(reference, by=tess)
    assert current(reference).state is QuoteState.OPEN


def test_a_requote_keeps_the_approved_version_readable(tess, clock) -> None:
    reference = quoted_ticket(tess)
    approve(reference, by=tess)
    draft(reference, by=tess, lines=(SCREEN, WORK, replace(BATTERY, optional=False)))

    with transaction():
        service.requote(reference, by=tess)

    new, old = list_quotes(get_ticket(reference).id)
    assert (new.state, old.state) == (QuoteState.OPEN, QuoteState.REPLACED)
    assert old.approval is not None
    assert old.approval.price == old.options[0].price
    undo(reference, by=tess)
    assert current(reference).state is QuoteState.APPROVED


def test_within_the_limit_only_the_asked_repair_is_done(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING, spend_limit_minor=11500)
    draft(reference, by=tess)

    with transaction():
        service.proceed_within_limit(reference, by=tess)

    quote = current(reference)
    assert get_ticket(reference).stage is Stage.APPROVED
    assert (quote.kind, quote.state) == (QuoteKind.WITHIN_LIMIT, QuoteState.APPROVED)
    (option,) = quote.options
    assert (option.price.minor, option.at_most.minor) == (10500, 11500)
    assert quote.approval is not None
    assert quote.approval.channel is Channel.AT_INTAKE
    assert quote.approved_lines == quote.lines


@pytest.mark.parametrize(("limit", "refusal"), [(11499, OverSpendLimit), (None, NoSpendLimit)])
def test_above_the_limit_the_customer_is_asked(tess, limit, refusal) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING, spend_limit_minor=limit)
    draft(reference, by=tess)

    with pytest.raises(refusal), transaction():
        service.proceed_within_limit(reference, by=tess)

    assert get_ticket(reference).stage is Stage.DIAGNOSING


def accept(reference, *, by):
    with transaction():
        service.accept_fixed_price(reference, earliest=date(2026, 3, 5), latest=date(2026, 3, 6), by=by)


def test_a_fixed_price_is_agreed_as_signed_at_the_counter(tess) -> None:
    reference = make_ticket(tess, fixed_price_minor=9900, fault_label="Battery")

    accept(reference, by=tess)

    quote = current(reference)
    assert get_ticket(reference).stage is Stage.APPROVED
    (option,) = quote.options
    assert (quote.kind, option.price.minor, option.at_most.minor) == (QuoteKind.FIXED_PRICE, 9900, 9900)
    assert [line.description for line in quote.lines] == ["Battery"]
    undo(reference, by=tess)
    assert get_ticket(reference).stage is Stage.RECEIVED
    assert states(reference) == [(1, QuoteState.UNSENT)]


def test_a_fixed_price_needs_a_price_and_a_closed_check_in(tess) -> None:
    without_price = make_ticket(tess)
    still_open = make_ticket(tess, fixed_price_minor=9900, checked_in=False)

    with pytest.raises(NoFixedPrice):
        accept(without_price, by=tess)
    with pytest.raises(CheckInStillOpen):
        accept(still_open, by=tess)


def test_a_customer_who_declined_may_reconsider_and_gets_new_dates(tess) -> None:
    reference = quoted_ticket(tess)
    with transaction():
        service.decline(reference, by=tess, quote_id=current(reference).id, evidence=None)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess)
        tickets.move_ticket(ticket, tickets.Verb.RELEASE, by=tess)

    with transaction():
        service.customer_reconsiders(reference, by=tess)

    assert get_ticket(reference).stage is Stage.AWAITING_APPROVAL
    assert get_ticket(reference).outcome is None
    assert states(reference) == [(2, QuoteState.OPEN), (1, QuoteState.DECLINED)]


def test_a_repaired_device_is_not_reconsidered(tess) -> None:
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess)
        tickets.move_ticket(ticket, tickets.Verb.FINISH, by=tess)
        tickets.move_ticket(ticket, tickets.Verb.RELEASE, by=tess)
    draft(reference, by=tess)

    with pytest.raises(NothingToReconsider), transaction():
        service.customer_reconsiders(reference, by=tess)


def test_unsent_versions_are_kept_as_decisions(tess) -> None:
    reference = quoted_ticket(tess)

    undo(reference, by=tess)

    [quote] = list_quotes(get_ticket(reference).id)
    assert [row.kind for row in quote.decisions] == [DecisionKind.UNSENT]
