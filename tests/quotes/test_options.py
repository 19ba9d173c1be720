"""Options side by side: written, sent, chosen; one of them, never two, and never for the customer."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from repairshop.catalogue.service import load_catalogue
from repairshop.quotes import service
from repairshop.quotes.draft_queries import DraftOption, first_draft, get_draft
from repairshop.quotes.fingerprint import quote_hash
from repairshop.quotes.rules import (
    LineNotOnQuote,
    LineNotOptional,
    OptionNotChosen,
    OptionsNeedTheCustomer,
    QuoteAlreadyAnswered,
    QuoteState,
)
from repairshop.quotes.terms import (
    DatesBasis,
    FeeNotTold,
    OptionNeedsName,
    OptionTerms,
    QuoteTerms,
    TooManyOptions,
)
from repairshop.tickets.queries import get_head, list_history
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.quotes.builders import (
    AFTERMARKET,
    ORIGINAL,
    RESCUE,
    approve,
    current,
    draft,
    quoted_ticket,
)

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
THREE = (ORIGINAL, AFTERMARKET, RESCUE)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def tess(app_context):
    return make_staff(make_shop())


def option_of(reference, label):
    return next(option for option in current(reference).options if option.label == label)


def asked_lines(option):
    return [line.id for line in option.lines if not line.optional]


def test_the_options_are_sent_as_they_were_written(tess) -> None:
    reference = quoted_ticket(tess, options=THREE)

    found = [
        (option.label, option.price.minor, option.at_most.minor, option.tax.minor, len(option.lines))
        for option in current(reference).options
    ]
    assert found == [
        ("Original part", 10500, 11500, 1750, 2),
        ("Aftermarket part", 9700, 9900, 1617, 3),
        ("Data rescue only", 6000, 6000, 1000, 1),
    ]


def test_every_option_enters_the_hash_and_the_history(tess) -> None:
    reference = quoted_ticket(tess, options=THREE)

    quote = current(reference)
    terms = QuoteTerms(
        currency="GBP",
        tax_name="VAT",
        tax_rate_basis_points=2000,
        options=tuple(
            OptionTerms(lines=one.lines, label=one.label, at_most_minor=most)
            for one, most in zip(THREE, (11500, 9900, 6000), strict=True)
        ),
        earliest=quote.earliest,
        latest=quote.latest,
        valid_until=quote.valid_until,
        dates_basis=DatesBasis.BY_HAND,
        message=quote.message,
    )
    entry = next(row for row in list_history(get_ticket(reference).id) if row.act == "send_quote")
    assert quote.hash == quote_hash(terms, ticket_code=reference, version=1) == entry.after["hash"]
    assert entry.after["options"] == [[10500, 11500], [9700, 9900], [6000, 6000]]


@pytest.mark.parametrize(
    ("label", "price", "at_most"),
    [("Original part", 10500, 11500), ("Aftermarket part", 9700, 9900), ("Data rescue only", 6000, 6000)],
)
def test_one_option_is_agreed_to_and_the_others_are_not(tess, label, price, at_most) -> None:
    reference = quoted_ticket(tess, options=THREE)

    approve(reference, by=tess, option_id=option_of(reference, label).id)

    quote = current(reference)
    assert quote.state is QuoteState.APPROVED
    assert (quote.approval.price.minor, quote.approval.at_most.minor) == (price, at_most)
    assert quote.agreed_option.label == label
    assert quote.approved_lines == quote.agreed_option.lines
    assert get_ticket(reference).stage is Stage.APPROVED


def test_a_part_of_an_option_keeps_its_margin(tess) -> None:
    reference = quoted_ticket(tess, options=THREE)
    option = option_of(reference, "Aftermarket part")

    approve(reference, by=tess, option_id=option.id, line_ids=asked_lines(option))

    approval = current(reference).approval
    assert (approval.price.minor, approval.at_most.minor) == (7300, 7500)


def test_an_answer_names_the_option(tess) -> None:
    reference = quoted_ticket(tess, options=THREE)
    elsewhere = option_of(quoted_ticket(tess, options=THREE), "Original part")

    for option_id in (None, 0, elsewhere.id):
        with pytest.raises(OptionNotChosen):
            approve(reference, by=tess, option_id=option_id)
    assert get_ticket(reference).stage is Stage.AWAITING_APPROVAL


def test_lines_of_two_options_are_not_mixed(tess) -> None:
    reference = quoted_ticket(tess, options=THREE)
    original, aftermarket = option_of(reference, "Original part"), option_of(reference, "Aftermarket part")

    with pytest.raises(LineNotOnQuote):
        approve(
            reference,
            by=tess,
            option_id=original.id,
            line_ids=[*asked_lines(original), aftermarket.lines[-1].id],
        )
    with pytest.raises(LineNotOptional):
        approve(reference, by=tess, option_id=original.id, line_ids=asked_lines(original)[:1])


def test_the_same_yes_is_one_and_another_option_after_it_is_refused(tess) -> None:
    reference = quoted_ticket(tess, options=THREE)
    original, rescue = option_of(reference, "Original part"), option_of(reference, "Data rescue only")
    approve(reference, by=tess, option_id=original.id)

    approve(reference, by=tess, option_id=original.id)
    with pytest.raises(QuoteAlreadyAnswered):
        approve(reference, by=tess, option_id=rescue.id)

    assert len(current(reference).decisions) == 1


def test_within_the_spend_limit_nobody_chooses_for_the_customer(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING, spend_limit_minor=90000)
    draft(reference, by=tess, options=THREE)

    with pytest.raises(OptionsNeedTheCustomer), transaction():
        service.proceed_within_limit(reference, by=tess)

    assert get_ticket(reference).stage is Stage.DIAGNOSING


def test_options_need_names_before_they_are_sent(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    draft(reference, by=tess, options=(ORIGINAL, replace(AFTERMARKET, label="")))

    with pytest.raises(OptionNeedsName), transaction():
        service.send_quote(reference, by=tess)

    assert get_ticket(reference).stage is Stage.DIAGNOSING


def test_no_more_than_four_options_are_kept(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    ways = tuple(replace(RESCUE, label=f"Way {number}") for number in range(5))
    draft(reference, by=tess, options=ways[:4])

    with pytest.raises(TooManyOptions):
        draft(reference, by=tess, options=ways)

    assert get_draft(get_ticket(reference).id).options == ways[:4]


def test_a_draft_comes_back_as_it_was_saved(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    empty = DraftOption(label="Not decided")

    draft(reference, by=tess, options=(ORIGINAL, empty, AFTERMARKET))
    draft(reference, by=tess, options=(AFTERMARKET, empty))

    assert get_draft(get_ticket(reference).id).options == (AFTERMARKET, empty)


def test_a_fee_is_sent_only_with_the_moment_it_was_told(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    draft(reference, by=tess, diagnosis_fee_minor=2500)
    with pytest.raises(FeeNotTold), transaction():
        service.send_quote(reference, by=tess)

    told_at = NOW - timedelta(hours=3)
    draft(reference, by=tess, diagnosis_fee_minor=2500, diagnosis_fee_told_at=told_at)
    with transaction():
        service.send_quote(reference, by=tess)

    quote = current(reference)
    assert (quote.diagnosis_fee.minor, quote.diagnosis_fee_told_at) == (2500, told_at)


def test_a_quote_without_a_fee_tells_no_moment(tess) -> None:
    reference = quoted_ticket(tess, diagnosis_fee_told_at=NOW)

    assert current(reference).diagnosis_fee_told_at is None


def test_dates_say_where_they_come_from(tess) -> None:
    with transaction():
        load_catalogue()
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    start = first_draft(get_head(reference, shop_id=tess.shop_id), at=NOW)
    assert start.dates_basis is DatesBasis.USUAL_DAYS

    found = []
    for earliest, latest in ((start.earliest, start.latest), (date(2026, 3, 5), date(2026, 3, 12))):
        draft(reference, by=tess, earliest=earliest, latest=latest)
        found.append(get_draft(get_ticket(reference).id).dates_basis)
    with transaction():
        service.send_quote(reference, by=tess)
    draft(reference, by=tess, earliest=date(2026, 3, 5), latest=date(2026, 3, 13))
    draft(reference, by=tess, earliest=date(2026, 3, 5), latest=date(2026, 3, 12))
    found.append(get_draft(get_ticket(reference).id).dates_basis)

    assert found == [DatesBasis.USUAL_DAYS, DatesBasis.BY_HAND, DatesBasis.PROMISED]


def test_suggested_dates_saved_again_another_day_keep_their_basis(tess, clock) -> None:
    with transaction():
        load_catalogue()
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    start = first_draft(get_head(reference, shop_id=tess.shop_id), at=NOW)
    draft(reference, by=tess, earliest=start.earliest, latest=start.latest)

    clock.shift(timedelta(days=1))
    draft(reference, by=tess, earliest=start.earliest, latest=start.latest, message="More words")

    assert get_draft(get_ticket(reference).id).dates_basis is DatesBasis.USUAL_DAYS
