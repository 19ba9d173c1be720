"""What holds for every quote, whatever is written, sent, answered and waited for."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repairshop.errors import Refused
from repairshop.money import Money
from repairshop.parts.rules import PartOrigin
from repairshop.quotes import service
from repairshop.quotes.draft_queries import DraftOption
from repairshop.quotes.fingerprint import quote_hash
from repairshop.quotes.queries import list_quotes
from repairshop.quotes.rows import LineRow, OptionRow, QuoteRow
from repairshop.quotes.rules import (
    DecisionKind,
    QuoteState,
    require_choice,
    require_option,
    state_of,
)
from repairshop.quotes.terms import LineKind, OptionTerms, QuoteLine, QuoteTerms, tax_of
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.quotes.builders import AT_THE_COUNTER, draft

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def pounds(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")


@st.composite
def option_rows(draw: st.DrawFn, start: int = 1) -> OptionRow:
    """A sent option whose maximum is at least its price; ids count from `start`."""
    prices = draw(st.lists(st.tuples(st.integers(0, 90_000), st.booleans()), min_size=1, max_size=6))
    lines = tuple(
        LineRow(
            id=start + number,
            option_id=start,
            kind=LineKind.WORK,
            description=f"Line {number}",
            quantity=1,
            unit_price=pounds(price),
            optional=optional and number > 0,
            origin=None,
            device_will_show="",
        )
        for number, (price, optional) in enumerate(prices)
    )
    price = sum(minor for minor, _ in prices)
    margin = draw(st.integers(0, 20_000))
    return OptionRow(
        id=start,
        label=f"Way {start}",
        price=pounds(price),
        at_most=pounds(price + margin),
        tax=tax_of(pounds(price), rate_basis_points=2000),
        lines=lines,
    )


@given(option_rows(), st.sets(st.integers(0, 9)))
def test_a_yes_never_reaches_beyond_what_was_offered(option, ids) -> None:
    chosen = frozenset(ids)
    try:
        require_choice(option.lines, chosen=chosen)
    except Refused:
        left_out = {line.id for line in option.lines if not line.optional} - chosen
        assert left_out or not chosen <= {line.id for line in option.lines}
        return

    share = option.share(chosen)

    assert option.asked.price <= share.price <= option.price
    assert share.price <= share.at_most <= option.at_most
    assert share.at_most - share.price == option.at_most - option.price


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4, unique=True), st.none() | st.integers(0, 7))
def test_a_yes_is_to_one_option_of_this_quote_or_refused(ids, asked) -> None:
    options = [
        OptionRow(id=n, label="", price=pounds(0), at_most=pounds(0), tax=pounds(0), lines=()) for n in ids
    ]

    try:
        found = require_option(options, option_id=asked)
    except Refused:
        assert asked not in ids
        assert asked is not None or len(ids) > 1
    else:
        assert found.id == (ids[0] if asked is None else asked)


moments = st.integers(0, 365 * 24).map(lambda hours: NOW + timedelta(hours=hours))


@given(st.lists(st.sampled_from(DecisionKind), max_size=6), moments, moments)
def test_a_quote_is_open_or_over_by_the_clock_alone_while_nothing_was_decided(decisions, ends, now) -> None:
    state = state_of(decisions, expires_at=ends, at=now)

    undecided = not decisions or decisions[-1] is DecisionKind.TAKEN_BACK
    assert (state in {QuoteState.OPEN, QuoteState.EXPIRED}) is undecided
    if undecided:
        assert (state is QuoteState.EXPIRED) is (now >= ends)


quote_lines = st.builds(
    QuoteLine,
    kind=st.sampled_from(LineKind),
    description=st.sampled_from(["Screen", "Battery", "Work"]),
    quantity=st.integers(1, 3),
    unit_price_minor=st.integers(0, 50_000),
    optional=st.booleans(),
    origin=st.sampled_from(PartOrigin),
)
draft_options = st.builds(
    DraftOption,
    label=st.sampled_from(["Original", "Aftermarket", "Rescue", ""]),
    lines=st.lists(quote_lines, max_size=3).map(tuple),
    at_most_minor=st.none() | st.integers(0, 200_000),
)
writings = st.lists(draft_options, min_size=1, max_size=3).map(tuple)


def _sendable(options: tuple[DraftOption, ...]) -> tuple[DraftOption, ...]:
    work = QuoteLine(kind=LineKind.WORK, description="Work", unit_price_minor=3000)
    return tuple(
        replace(option, label=f"Way {n}", lines=(work, *option.lines), at_most_minor=None)
        for n, option in enumerate(options)
    )


acts = st.one_of(
    st.tuples(st.just("write"), writings),
    st.tuples(st.sampled_from(["send", "requote", "take back", "close", "within limit"]), st.just(None)),
    st.tuples(st.just("approve"), st.tuples(st.integers(0, 2), st.sets(st.integers(0, 3)))),
    st.tuples(st.just("wait"), st.integers(1, 9)),
)


@dataclass
class Play:
    """One ticket and what was seen of its quotes when each was sent."""

    reference: str
    by: object
    seen: dict[int, tuple[object, ...]] = field(default_factory=dict)

    def do(self, act: str, value: object, travel: time_machine.Traveller) -> None:
        if act == "wait":
            travel.shift(timedelta(days=value))
            return
        with suppress(Refused):
            self._try(act, value)
        self.look()

    def _try(self, act: str, value: object) -> None:
        stage = get_ticket(self.reference).stage
        if act == "write":
            today = datetime.now(UTC).date()
            day = next(day for n in range(1, 8) if (day := today + timedelta(days=n)).weekday() < 5)
            draft(self.reference, by=self.by, options=value, earliest=day, latest=day, valid_until=None)
            return
        verbs = {
            "send": service.send_quote if stage is Stage.DIAGNOSING else service.revise_quote,
            "requote": service.requote,
            "take back": service.take_approval_back,
            "close": service.close_unanswered,
            "within limit": service.proceed_within_limit,
        }
        with transaction():
            if act != "approve":
                verbs[act](self.reference, by=self.by)
                return
            quote = self.quotes()[0] if self.quotes() else None
            if quote is None:
                return
            option = quote.options[value[0] % len(quote.options)]
            lines = [line.id for n, line in enumerate(option.lines) if not line.optional or n in value[1]]
            service.approve(
                self.reference,
                by=self.by,
                quote_id=quote.id,
                option_id=option.id,
                line_ids=lines,
                evidence=AT_THE_COUNTER,
            )

    def quotes(self) -> list[QuoteRow]:
        return list_quotes(get_ticket(self.reference).id)

    def look(self) -> None:
        quotes = self.quotes()
        for quote in quotes:
            said = (quote.options, quote.earliest, quote.latest, quote.valid_until, quote.message, quote.hash)
            assert self.seen.setdefault(quote.version, said) == said, "a sent quote changed"
            assert _hash_again(quote, self.reference) == quote.hash
            _totals_are_their_lines(quote)
            _nothing_beyond_the_consent(quote)
        open_ones = [quote for quote in quotes if quote.state is QuoteState.OPEN]
        assert len(open_ones) <= 1
        if get_ticket(self.reference).stage is Stage.APPROVED:
            assert quotes[0].state is QuoteState.APPROVED, "work without a yes to the newest version"


def _hash_again(quote: QuoteRow, reference: str) -> str:
    options = tuple(
        OptionTerms(
            label=option.label,
            at_most_minor=option.at_most.minor,
            lines=tuple(
                QuoteLine(
                    kind=line.kind,
                    description=line.description,
                    quantity=line.quantity,
                    unit_price_minor=line.unit_price_minor,
                    optional=line.optional,
                    origin=line.origin,
                )
                for line in option.lines
            ),
        )
        for option in quote.options
    )
    terms = QuoteTerms(
        currency=quote.currency,
        tax_name=quote.tax_name,
        tax_rate_basis_points=quote.tax_rate_basis_points,
        options=options,
        earliest=quote.earliest,
        latest=quote.latest,
        dates_basis=quote.dates_basis,
        valid_until=quote.valid_until,
        message=quote.message,
    )
    return quote_hash(terms, ticket_code=reference, version=quote.version)


def _totals_are_their_lines(quote: QuoteRow) -> None:
    for option in quote.options:
        assert option.price.minor == sum(line.quantity * line.unit_price_minor for line in option.lines)
        assert option.price <= option.at_most


def _nothing_beyond_the_consent(quote: QuoteRow) -> None:
    for decision in quote.decisions:
        if decision.kind is not DecisionKind.APPROVED:
            continue
        holding = [one for one in quote.options if {line.id for line in one.lines} & decision.line_ids]
        assert len(holding) == 1, "a yes to more than one option"
        share = holding[0].share(decision.line_ids)
        assert (decision.price, decision.at_most) == (share.price, share.at_most)
        assert decision.at_most <= holding[0].at_most
        assert decision.decided_at < quote.expires_at, "a yes after the last day"


@pytest.mark.both_databases
@pytest.mark.usefixtures("app_context")
def test_no_order_of_acts_changes_a_sent_quote_or_goes_beyond_the_consent() -> None:
    actor = make_staff(make_shop())

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(writings.map(_sendable), st.lists(acts, min_size=3, max_size=9))
    def play(first: tuple[DraftOption, ...], story: list[tuple[str, object]]) -> None:
        with time_machine.travel(NOW, tick=False) as travel:
            game = Play(make_ticket(actor, stage=Stage.DIAGNOSING, spend_limit_minor=20_000), actor)
            for act, value in [("write", first), ("send", None), *story]:
                game.do(act, value, travel)

    play()
