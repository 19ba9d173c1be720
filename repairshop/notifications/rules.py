"""Who is told what, when, on which channel, and what may become of a message. Pure."""

import re
from enum import StrEnum
from typing import ClassVar

from repairshop.errors import Refused
from repairshop.tickets.stages import WORK_DONE_OUTCOMES, Outcome, Stage, Verb


class Channel(str):
    """The name of a way to reach somebody. Which there are, channels/listed.py says: rows keep the name only.

    Each name is one object, so that `is` means the same as for an enum.
    """

    SMS: ClassVar["Channel"]
    EMAIL: ClassVar["Channel"]
    CALL: ClassVar["Channel"]  # a person of the shop calls, or tells it at the counter
    _known: ClassVar[dict[str, "Channel"]] = {}
    __slots__ = ()

    def __new__(cls, name: str) -> "Channel":
        return cls._known.setdefault(str(name), super().__new__(cls, name))

    @property
    def value(self) -> str:
        return str(self)


Channel.SMS, Channel.EMAIL, Channel.CALL = Channel("sms"), Channel("email"), Channel("call")


class Purpose(StrEnum):
    """Why somebody is written to; people opt out of each on its own."""

    SERVICE = "service"
    SURVEY = "survey"
    LIFECYCLE = "lifecycle"
    CODE = "code"


class Notice(StrEnum):
    """What a message is about; templates/notifications holds the words of each."""

    BOOKED = "booked"
    RECEIVED = "received"
    DIAGNOSING = "diagnosing"
    QUOTE_SENT = "quote_sent"
    QUOTE_REVISED = "quote_revised"
    QUOTE_WITHDRAWN = "quote_withdrawn"
    DECISION_OPEN = "decision_open"
    APPROVED = "approved"
    WITHOUT_CHARGE = "without_charge"
    AWAITING_PARTS = "awaiting_parts"
    PART_ARRIVED = "part_arrived"
    IN_REPAIR = "in_repair"
    BACK_ON_BENCH = "back_on_bench"
    FINAL_CHECKS = "final_checks"
    CLOSING_UNREPAIRED = "closing_unrepaired"
    READY = "ready"
    READY_UNREPAIRED = "ready_unrepaired"
    UNCLAIMED = "unclaimed"
    HANDED_OVER = "handed_over"
    SURRENDERED = "surrendered"
    CANCELLED = "cancelled"
    QUOTE_REMINDER = "quote_reminder"
    PROMISE_LATE = "promise_late"
    NEW_DATES = "new_dates"
    COLLECT_REMINDER = "collect_reminder"
    SURRENDER_WARNING = "surrender_warning"
    QUESTION_ANSWERED = "question_answered"
    WORK_ADDED = "work_added"
    CLAIM_NOT_COVERED = "claim_not_covered"
    SENT_BACK = "sent_back"
    LINK = "link"
    CODE = "code"
    SURVEY = "survey"
    WARRANTY_ENDS = "warranty_ends"
    STAFF_ALERT = "staff_alert"
    DAY_HEAD = "day_head"
    DEVICE_LOST = "device_lost"
    REPLY = "reply"  # what somebody of the shop wrote
    HELP = "help"
    LOW_SCORE = "low_score"
    OLDER_COPY = "older_copy"


# Their words are somebody's own, so there is no text of ours.
WRITTEN_BY_HAND = frozenset({Notice.REPLY})

# Notices about where a repair stands: a newer one makes an older one that has not gone yet pointless.
STAGE_NOTICES = frozenset(
    {
        Notice.BOOKED,
        Notice.RECEIVED,
        Notice.DIAGNOSING,
        Notice.QUOTE_SENT,
        Notice.QUOTE_REVISED,
        Notice.QUOTE_WITHDRAWN,
        Notice.DECISION_OPEN,
        Notice.APPROVED,
        Notice.WITHOUT_CHARGE,
        Notice.AWAITING_PARTS,
        Notice.PART_ARRIVED,
        Notice.IN_REPAIR,
        Notice.BACK_ON_BENCH,
        Notice.FINAL_CHECKS,
        Notice.CLOSING_UNREPAIRED,
        Notice.READY,
        Notice.READY_UNREPAIRED,
        Notice.UNCLAIMED,
        Notice.HANDED_OVER,
        Notice.SENT_BACK,
        Notice.SURRENDERED,
        Notice.CANCELLED,
    }
)
# Reminders that mean nothing once the ticket has moved on.
OVERTAKEN_BY_MOVES = STAGE_NOTICES | {
    Notice.QUOTE_REMINDER,
    Notice.PROMISE_LATE,
    Notice.NEW_DATES,
    Notice.COLLECT_REMINDER,
}
# Stages that the tickets of one visit often reach together: one notice names them all.
SHARED_NOTICES = frozenset({Notice.BOOKED, Notice.RECEIVED, Notice.READY, Notice.HANDED_OVER})

_PURPOSES = {
    Notice.CODE: Purpose.CODE,
    Notice.SURVEY: Purpose.SURVEY,
    Notice.WARRANTY_ENDS: Purpose.LIFECYCLE,
}

_VERB_NOTICES: dict[Verb, Notice] = {
    Verb.BOOK: Notice.BOOKED,
    Verb.START_DIAGNOSIS: Notice.DIAGNOSING,
    Verb.ACCEPT_FIXED_PRICE: Notice.APPROVED,
    Verb.PROCEED_WITHIN_LIMIT: Notice.APPROVED,
    Verb.PROCEED_UNDER_WARRANTY: Notice.WITHOUT_CHARGE,
    Verb.SEND_QUOTE: Notice.QUOTE_SENT,
    Verb.REVISE_QUOTE: Notice.QUOTE_REVISED,
    Verb.REQUOTE: Notice.QUOTE_REVISED,
    Verb.WITHDRAW_QUOTE: Notice.QUOTE_WITHDRAWN,
    Verb.APPROVE: Notice.APPROVED,
    Verb.TAKE_APPROVAL_BACK: Notice.DECISION_OPEN,
    Verb.CUSTOMER_RECONSIDERS: Notice.DECISION_OPEN,
    Verb.ORDER_PART: Notice.AWAITING_PARTS,
    Verb.NEEDS_PART: Notice.AWAITING_PARTS,
    Verb.LAST_PART_ARRIVED: Notice.PART_ARRIVED,
    Verb.START_REPAIR: Notice.IN_REPAIR,
    Verb.TEST_FAILED: Notice.BACK_ON_BENCH,
    Verb.CUSTOMER_FINDS_FAULT: Notice.BACK_ON_BENCH,
    Verb.FINISH: Notice.FINAL_CHECKS,
    Verb.NO_FAULT_FOUND: Notice.CLOSING_UNREPAIRED,
    Verb.NOT_REPAIRABLE: Notice.CLOSING_UNREPAIRED,
    Verb.RETURN_UNREPAIRED: Notice.CLOSING_UNREPAIRED,
    Verb.DECLINE: Notice.CLOSING_UNREPAIRED,
    Verb.CLOSE_UNANSWERED: Notice.CLOSING_UNREPAIRED,
    Verb.NOT_COLLECTED: Notice.UNCLAIMED,
    Verb.HAND_OVER: Notice.HANDED_OVER,
    Verb.SURRENDER: Notice.SURRENDERED,
    Verb.CANCEL: Notice.CANCELLED,
}


# What `MoveFacts.reason` says of a hand-over by parcel.
BY_CARRIER = "carrier"


def notice_for_move(
    verb: Verb, *, target: Stage, outcome: Outcome | None, reason: str | None = None
) -> Notice | None:
    """The notice a move calls for; None where another act sends it.

    Taking in and checking in say nothing: the notice goes when the check-in is complete.
    """
    if verb in {Verb.TAKE_IN, Verb.CHECK_IN}:
        return None
    if verb is Verb.OPEN_WARRANTY_CLAIM:
        return Notice.BOOKED if target is Stage.BOOKED else None
    if target is Stage.READY:
        return Notice.READY if outcome in WORK_DONE_OUTCOMES else Notice.READY_UNREPAIRED
    if verb is Verb.HAND_OVER and reason == BY_CARRIER:
        return Notice.SENT_BACK
    return _VERB_NOTICES[verb]


def purpose_of(notice: Notice) -> Purpose:
    return _PURPOSES.get(notice, Purpose.SERVICE)


def can_unsubscribe(purpose: Purpose) -> bool:
    """Word about a repair in hand is part of the job; only what comes after it can be ended by one press."""
    return purpose in {Purpose.SURVEY, Purpose.LIFECYCLE}


# What people without an account can set off from a public page; each costs the shop money.
PUBLIC_NOTICES = frozenset({Notice.CODE, Notice.LINK})
MOST_A_DAY_TO_ONE_ADDRESS = 6
MOST_A_DAY_FROM_ONE_SHOP = 200


class State(StrEnum):
    """Where a message stands. "Sent" means accepted by the provider, not read."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NEEDS_HUMAN = "needs_human"
    SUPERSEDED = "superseded"
    SUPPRESSED = "suppressed"
    WITHDRAWN = "withdrawn"


# The customer has not read and will not read these.
REACHED_NOBODY = frozenset({State.UNDELIVERED, State.FAILED, State.SUPPRESSED, State.WITHDRAWN})

TRANSITIONS: dict[State, frozenset[State]] = {
    # To the sent states by a report about an earlier attempt, while the message waits to be sent once more.
    State.QUEUED: frozenset(
        {State.SENDING, State.HELD, State.SUPERSEDED, State.SUPPRESSED, State.WITHDRAWN, State.NEEDS_HUMAN}
        | {State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED}
    ),
    # So may a message that was held then, for the night or as a part of an older copy.
    State.HELD: frozenset(
        {State.QUEUED, State.SUPERSEDED, State.WITHDRAWN}
        | {State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED}
    ),
    State.SENDING: frozenset(
        {State.SENT, State.QUEUED, State.FAILED, State.UNKNOWN, State.DELIVERED, State.UNDELIVERED}
        | {State.NEEDS_HUMAN, State.HELD}
    ),
    State.SENT: frozenset({State.DELIVERED, State.UNDELIVERED, State.FAILED}),
    State.UNKNOWN: frozenset(
        {State.SENT, State.QUEUED, State.NEEDS_HUMAN, State.DELIVERED, State.UNDELIVERED, State.FAILED}
    ),
    State.NEEDS_HUMAN: frozenset(
        {State.SENT, State.QUEUED, State.FAILED, State.DELIVERED, State.UNDELIVERED}
    ),
    State.DELIVERED: frozenset(),
    State.UNDELIVERED: frozenset(),
    State.FAILED: frozenset(),
    # The newer notice was withdrawn with its move: the older one is true again.
    State.SUPERSEDED: frozenset({State.QUEUED, State.HELD}),
    State.SUPPRESSED: frozenset(),
    State.WITHDRAWN: frozenset(),
}
# One that was sent more than once is looked for again in the provider's list when it is over.
LOOKED_AT_STATES = frozenset({State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED})
UNSENT_STATES = frozenset({State.QUEUED, State.HELD})
# A later message of the same ticket and channel waits while an earlier one is in one of these.
IN_THE_WAY_STATES = frozenset({State.QUEUED, State.SENDING, State.UNKNOWN})


# Why a message is held, in its error code: the database is older than what was sent.
RESTORED = "restored"


class MessageIsPast(Refused):
    """The message is no longer in a state that allows this."""


class EditTooLate(Refused):
    """The message has left, or is leaving."""


class OverLimit(Refused):
    """A limit of the shop holds the message: a manager lets it go."""


class OtherNumberHeld(Refused):
    """More or fewer messages are held than the page had shown."""


class TextEmpty(Refused):
    """A message needs words."""


def require_transition(origin: State, target: State) -> None:
    if target not in TRANSITIONS[origin]:
        raise MessageIsPast(state=origin, target=target)


def require_unsent(state: State) -> None:
    """Editing and withdrawing end when the message is claimed for sending."""
    if state not in UNSENT_STATES:
        raise EditTooLate(state=state)


# What the provider reports about a message, in the order it can happen: none takes a later one back.
STATUS_RANKS = {
    "accepted": 1,
    "scheduled": 1,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "delivered": 4,
    "read": 5,
    "undelivered": 4,
    "failed": 4,
    "canceled": 4,
}
_REPORTED_STATES = {
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
    "undelivered": State.UNDELIVERED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}


def state_reported(status: str) -> State | None:
    """The state a provider's report stands for; None for a word nobody knows."""
    if status not in STATUS_RANKS:
        return None
    return _REPORTED_STATES.get(status, State.SENT)


def is_news(status: str, *, known: str) -> bool:
    """Whether a report says more than what was known: reports come late, twice and out of order."""
    return STATUS_RANKS.get(status, 0) > STATUS_RANKS.get(known, 0)


class OutboxReason(StrEnum):
    """Why a message goes to the outbox page instead of the provider; sentences for doctor and the page."""

    NOT_SET_UP = "not_set_up"
    DEMO_SHOP = "demo_shop"
    PRIVATE_ADDRESS = "private_address"


def why_outbox(
    *, is_set_up: bool, is_demo: bool, provider_is_local: bool, address_is_private: bool
) -> OutboxReason | None:
    """None when the message may go to the real provider.

    Invented people must never be written to, and a link to a private address is of no use to a customer.
    A provider on this very machine is a stand-in and may have everything.
    """
    if not is_set_up:
        return OutboxReason.NOT_SET_UP
    if provider_is_local:
        return None
    if is_demo:
        return OutboxReason.DEMO_SHOP
    return OutboxReason.PRIVATE_ADDRESS if address_is_private else None


def masked_link(text: str) -> str:
    """The text as pages show it: the link's place is named, its key never shown."""
    return text.replace("{link}", "•••/t/•••").replace("{unsubscribe}", "•••/unsubscribe/•••")


def text_shown(text: str, notice: Notice | None) -> str:
    """The text as staff read it: neither a link's key nor the digits of a one-time code."""
    shown = masked_link(text)
    return re.sub(r"\d{6}", "••••••", shown) if notice is Notice.CODE else shown
