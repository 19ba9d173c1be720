"""What becomes of a quote: who may answer which version until when, and how an answer is proved. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from repairshop.errors import Refused
from repairshop.money import Money
from repairshop.tickets.stages import OPEN_STAGES, WORK_DONE_OUTCOMES, Outcome, Stage

# A draft may be prepared from the moment the device is here.
DRAFT_STAGES = OPEN_STAGES - {Stage.BOOKED}


class QuoteKind(StrEnum):
    """What the customer agreed to: an answer, a price named at the counter, or their own limit."""

    QUOTE = "quote"
    FIXED_PRICE = "fixed_price"
    WITHIN_LIMIT = "within_limit"


class DecisionKind(StrEnum):
    """Everything that can happen to a quote once it is sent; each is a row that stays."""

    APPROVED = "approved"
    DECLINED = "declined"
    CLOSED_UNANSWERED = "closed_unanswered"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"  # by a newer version
    TAKEN_BACK = "taken_back"  # the customer took their approval back
    UNSENT = "unsent"  # the sending was undone before any notice left


class QuoteState(StrEnum):
    """What a quote is now; `expired` follows from the time, the others from the decisions."""

    OPEN = "open"
    EXPIRED = "expired"
    APPROVED = "approved"
    DECLINED = "declined"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    UNSENT = "unsent"


class Channel(StrEnum):
    """How an answer came."""

    PORTAL = "portal"
    COUNTER = "counter"
    PHONE = "phone"
    AT_INTAKE = "at_intake"  # signed there: a fixed price or a spend limit


class DeclineReason(StrEnum):
    """What the customer said, in the customer's terms; wording in templates/quotes/_words.html."""

    TOO_EXPENSIVE = "too_expensive"
    TAKES_TOO_LONG = "takes_too_long"
    BUYS_ANOTHER = "buys_another"
    GOES_ELSEWHERE = "goes_elsewhere"
    NOT_SAID = "not_said"
    OTHER = "other"


class DraftNotNeeded(Refused):
    """The device is not here, or the job is over: there is nothing to quote."""


class NoQuoteToAnswer(Refused):
    """There is no quote, or it was withdrawn."""


class QuoteReplaced(Refused):
    """The customer answers the newest version only."""


class QuoteExpired(Refused):
    """The quote was valid until a day that is over."""


class QuoteStillValid(Refused):
    """The customer may still answer, so nobody closes the quote for them."""


class QuoteAlreadyAnswered(Refused):
    """The customer answered something else before."""


class OptionNotChosen(Refused):
    """Where options stand side by side, a yes names one of them."""


class LineNotOnQuote(Refused):
    """A line that the chosen option does not hold."""


class LineNotOptional(Refused):
    """The asked repair is one piece: this line cannot be left out."""


class ConsentNeedsName(Refused):
    """Who said yes is written down."""


class ConsentNeedsNumber(Refused):
    """For an answer by phone, the number that was called is written down."""


class ConsentInTheFuture(Refused):
    """Nobody agreed later than now."""


class NoSpendLimit(Refused):
    """The customer set no amount up to which they need not be asked."""


class OverSpendLimit(Refused):
    """The most it can cost is above what the customer agreed to without asking."""


class OptionsNeedTheCustomer(Refused):
    """Nobody but the customer chooses between options."""


class NoFixedPrice(Refused):
    """No price was agreed when the device came in."""


class NothingToReconsider(Refused):
    """The device was repaired."""


_STATES = {
    DecisionKind.APPROVED: QuoteState.APPROVED,
    DecisionKind.DECLINED: QuoteState.DECLINED,
    DecisionKind.CLOSED_UNANSWERED: QuoteState.CLOSED,
    DecisionKind.WITHDRAWN: QuoteState.WITHDRAWN,
    DecisionKind.REPLACED: QuoteState.REPLACED,
    DecisionKind.UNSENT: QuoteState.UNSENT,
}


def state_of(decisions: Sequence[DecisionKind], *, expires_at: datetime, at: datetime) -> QuoteState:
    """What a quote is, from the decisions that stand, oldest first. An approval does not expire."""
    latest = decisions[-1] if decisions else None
    if latest is None or latest is DecisionKind.TAKEN_BACK:
        return QuoteState.EXPIRED if at >= expires_at else QuoteState.OPEN
    return _STATES[latest]


# How long after a quote began to wait its customer is reminded of it, each time once.
REMINDERS = (timedelta(hours=24), timedelta(hours=72))
# A worker that stood still for longer than this does not send yesterday's reminder.
_REMINDED_WITHIN = timedelta(hours=24)


def reminder_due(*, waiting_since: datetime, expires_at: datetime, at: datetime) -> int | None:
    """The number of the reminder to send now, from 1; None while there is none, or once time is over."""
    if at >= expires_at:
        return None
    for number, wait in reversed(list(enumerate(REMINDERS, 1))):
        if at >= waiting_since + wait:
            return number if at < waiting_since + wait + _REMINDED_WITHIN else None
    return None


def is_abandoned(*, expires_at: datetime, at: datetime, after_days: int | None) -> bool:
    """Whether the shop's policy closes a quote nobody answered; without a number of days people do."""
    return after_days is not None and at >= expires_at + timedelta(days=after_days)


class Sent(Protocol):
    """What the rules about answers look at."""

    @property
    def id(self) -> int: ...

    @property
    def version(self) -> int: ...

    @property
    def state(self) -> QuoteState: ...

    @property
    def valid_until(self) -> date: ...


def require_answerable(quote: Sent | None, *, quote_id: int, even_expired: bool = False) -> None:
    """The customer answers the version that is open now, and no other; a no may come late."""
    if quote is None or quote.state in {QuoteState.WITHDRAWN, QuoteState.UNSENT, QuoteState.CLOSED}:
        raise NoQuoteToAnswer
    if quote.id != quote_id:
        raise QuoteReplaced(version=quote.version)
    if quote.state is QuoteState.EXPIRED:
        if even_expired:
            return
        raise QuoteExpired(day=quote.valid_until)
    if quote.state is not QuoteState.OPEN:
        raise QuoteAlreadyAnswered(state=quote.state)


def require_expired(quote: Sent | None) -> None:
    """Only a quote whose time is over is closed without an answer."""
    if quote is not None and quote.state is QuoteState.OPEN:
        raise QuoteStillValid(day=quote.valid_until)


class Choosable(Protocol):
    """A line as far as choosing goes."""

    @property
    def id(self) -> int: ...

    @property
    def optional(self) -> bool: ...

    @property
    def description(self) -> str: ...


class Way(Protocol):
    """An option as far as choosing goes."""

    @property
    def id(self) -> int: ...


W = TypeVar("W", bound=Way)


def require_option(options: Sequence[W], *, option_id: int | None) -> W:
    """The option that is agreed to; the only one there is need not be named."""
    if option_id is None and len(options) == 1:
        return options[0]
    for option in options:
        if option.id == option_id:
            return option
    raise OptionNotChosen(field="option")


def require_choice(lines: Iterable[Choosable], *, chosen: Collection[int]) -> None:
    """The asked repair whole, and any of the extras."""
    known = {line.id: line for line in lines}
    if not set(chosen) <= known.keys():
        raise LineNotOnQuote(field="lines")
    for line in known.values():
        if not line.optional and line.id not in chosen:
            raise LineNotOptional(field="lines", line=line.description)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """How we know what the customer said.

    The fields California asks of an oral consent (16 CCR 2722): when, who agreed, the number called, who
    took it, conditions, the extra parts and labour (the lines) and the total. They fit everywhere.
    """

    channel: Channel
    consented_by: str = ""
    consented_at: datetime | None = None  # None is now
    number_called: str = ""
    conditions: str = ""


def require_evidence(evidence: Evidence, *, at: datetime) -> None:
    if evidence.channel in {Channel.COUNTER, Channel.PHONE} and not evidence.consented_by:
        raise ConsentNeedsName(field="consented_by")
    if evidence.channel is Channel.PHONE and not evidence.number_called:
        raise ConsentNeedsNumber(field="number_called")
    if evidence.consented_at is not None and evidence.consented_at > at + timedelta(minutes=1):
        raise ConsentInTheFuture(field="consented_at")


class Offer(Protocol):
    """What a quote can cost as a whole: None while there is a choice."""

    @property
    def at_most(self) -> Money | None: ...


def require_one_way(offer: Offer) -> Money:
    """The most it can cost; between several options only the customer chooses."""
    if offer.at_most is None:
        raise OptionsNeedTheCustomer
    return offer.at_most


def require_within_limit(at_most: Money, *, limit_minor: int | None) -> None:
    """The customer need not be asked up to the limit they named; a breach always needs a new consent."""
    if limit_minor is None:
        raise NoSpendLimit
    if at_most.minor > limit_minor:
        limit = Money(minor=limit_minor, currency=at_most.currency)
        raise OverSpendLimit(at_most=at_most, limit=limit)


def require_fixed_price(price_minor: int | None) -> int:
    if price_minor is None:
        raise NoFixedPrice
    return price_minor


def require_unrepaired(outcome: Outcome | None) -> None:
    if outcome in WORK_DONE_OUTCOMES:
        raise NothingToReconsider
