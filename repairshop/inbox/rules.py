"""What a customer's text means, whose it is, what may be answered how. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.tickets.stages import Stage


class InboundKind(StrEnum):
    REPLY = "reply"
    STOP = "stop"
    START = "start"
    HELP = "help"


class Handled(StrEnum):
    """How a customer's text came to wait no longer."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"  # somebody saw that none is needed
    WORD = "word"  # STOP and the like: done by being kept


# What the provider minds by itself, whatever we do (its help page on opting out, English only).
_PROVIDERS_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_PROVIDERS_START = frozenset({"START", "YES", "UNSTOP"})
_PROVIDERS_HELP = frozenset({"HELP", "INFO"})
STOP_WORDS = _PROVIDERS_STOP | {"BAJA", "ALTO", "PARAR", "STOPP", "ABMELDEN", "ARRET", "DESINSCRIRE"}
START_WORDS = _PROVIDERS_START | {"ALTA", "ANMELDEN", "REPRENDRE"}
HELP_WORDS = _PROVIDERS_HELP | {"AYUDA", "HILFE", "AIDE"}
# People also mean the repair by these; the provider takes them as STOP all the same.
_MAY_MEAN_THE_REPAIR = frozenset({"CANCEL", "END", "QUIT"})
# Somebody who has stopped nothing does not mean the texts by it.
_ALSO_AN_ANSWER = frozenset({"YES"})

_DECISIONS = frozenset(
    {"yes", "yeah", "yep", "y", "ok", "okay", "sure", "approved", "approve", "agreed", "go", "no", "nope"}
    | {"decline", "declined", "si", "vale", "claro", "adelante", "acepto", "apruebo"}
    | {"ja", "einverstanden", "genehmigt", "nein", "oui", "accord", "non"}
)
_LONGEST_DECISION = 6


def word_of(body: str) -> str:
    """The text as one command word, or "" for anything longer: "Arrêt!" is ARRET."""
    words = re.findall(r"\w+", _bare(body))
    return words[0].upper() if len(words) == 1 else ""


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def kind_of_inbound(body: str, *, has_stopped: bool = True) -> InboundKind:
    """What a text means. Only a word on its own is a command, and no word approves anything.

    `has_stopped`: whether the number gets no texts now. YES means START only then.
    """
    word = word_of(body)
    if word in STOP_WORDS:
        return InboundKind.STOP
    if word in START_WORDS and (has_stopped or word not in _ALSO_AN_ANSWER):
        return InboundKind.START
    if word in HELP_WORDS:
        return InboundKind.HELP
    return InboundKind.REPLY


def waits_for_somebody(kind: InboundKind, body: str) -> bool:
    """Words to people do; commands do not, but for those that may have meant the repair."""
    return kind is InboundKind.REPLY or word_of(body) in _MAY_MEAN_THE_REPAIR


_ONE_HELP_IN = timedelta(hours=24)
MOST_HELP_A_DAY = 50


def answers_help(body: str, *, last: datetime | None, today: int, at: datetime) -> bool:
    """Whether we answer HELP: once a day and number, and never where the provider has done so.

    `today` counts the shop's answers of the last 24 hours. Two machines that answer each other end here.
    """
    if word_of(body) in _PROVIDERS_HELP or today >= MOST_HELP_A_DAY:
        return False
    return last is None or at - last >= _ONE_HELP_IN


class Hint(StrEnum):
    """What staff are told beside a text; sentences in templates/inbox/_words.html."""

    DECISION = "decision"  # reads like a yes or no to a quote, which only the page takes
    MAY_BE_STOP = "may_be_stop"  # was taken as STOP, and may have meant the repair
    PICTURES = "pictures"  # came with pictures, which are not fetched
    CLOSED = "closed"  # about a repair that is over
    NOT_A_NUMBER = "not_a_number"  # from a name or short code: no text can go back


def hints(
    body: str, kind: InboundKind, *, pictures: int, stage: Stage | None, is_open: bool, sender: str
) -> tuple[Hint, ...]:
    """What to say beside a text; `stage` is that of the ticket it is with."""
    found = []
    if kind is InboundKind.STOP:
        found.append(Hint.MAY_BE_STOP)
    elif stage is Stage.AWAITING_APPROVAL and reads_like_a_decision(body):
        found.append(Hint.DECISION)
    if pictures:
        found.append(Hint.PICTURES)
    if stage is not None and not is_open:
        found.append(Hint.CLOSED)
    if not can_be_texted(sender):
        found.append(Hint.NOT_A_NUMBER)
    return tuple(found)


def reads_like_a_decision(body: str) -> bool:
    words = re.findall(r"\w+", _bare(body).casefold())
    return 0 < len(words) <= _LONGEST_DECISION and words[0] in _DECISIONS


_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def can_be_texted(sender: str) -> bool:
    """Whether it is a phone number in E.164 and not a name, a short code or another network's address."""
    return _E164.fullmatch(sender) is not None


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A ticket of somebody who has the number."""

    ticket_id: int
    shop_id: int
    customer_id: int
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Somebody who has the number, with or without a ticket."""

    customer_id: int
    shop_id: int


@dataclass(frozen=True, kw_only=True)
class Thread:
    """Where a text belongs. Without a shop it is nobody's yet, and every shop of the installation sees it."""

    shop_id: int | None = None
    ticket_id: int | None = None
    customer_id: int | None = None


def find_thread(
    owners: Iterable[Owner],
    tickets: Iterable[Candidate],
    *,
    last_writer: int | None,
    only_shop: int | None,
) -> Thread:
    """The newest open ticket of anybody with the number; else the one person who has it; else nobody.

    With nothing open, several people are not told apart by a guess: then somebody says whose it is.
    `last_writer` is the shop that wrote to the number last, `only_shop` the one there is.
    """
    tickets, owners = list(tickets), list(owners)
    opened = [ticket for ticket in tickets if ticket.is_open]
    if opened:
        return _at(max(opened, key=_age))
    shops = {owner.shop_id for owner in owners}
    shop_id = last_writer if last_writer in shops or not shops else min(shops) if len(shops) == 1 else None
    if not shops:
        return Thread(shop_id=last_writer or only_shop)
    here = {owner.customer_id for owner in owners if owner.shop_id == shop_id}
    if shop_id is None or len(here) != 1:
        return Thread(shop_id=shop_id)
    (customer_id,) = here
    theirs = [ticket for ticket in tickets if ticket.customer_id == customer_id]
    return _at(max(theirs, key=_age)) if theirs else Thread(shop_id=shop_id, customer_id=customer_id)


def _age(ticket: Candidate) -> int:
    return ticket.ticket_id  # rows are numbered as they are opened


def _at(ticket: Candidate) -> Thread:
    return Thread(shop_id=ticket.shop_id, ticket_id=ticket.ticket_id, customer_id=ticket.customer_id)


class ItemKind(StrEnum):
    """What waits in the inbox."""

    TEXT = "text"
    QUESTION = "question"
    MESSAGE = "message"  # one of ours that a person has to settle: a call, or one that did not get out


class CallOutcome(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    VOICEMAIL = "voicemail"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"


# After these the customer knows, or this number is no way to tell them.
CLOSING_OUTCOMES: Mapping[CallOutcome, bool] = {
    CallOutcome.REACHED: True,
    CallOutcome.VOICEMAIL: False,
    CallOutcome.NOT_REACHED: False,
    CallOutcome.WRONG_NUMBER: True,
}
WRONG_NUMBER = "wrong_number"


class AnsweredMeanwhile(Refused):
    """Somebody else dealt with it first; `by` and `answer` say who and with which words."""


class WroteAgain(Refused):
    """The customer sent another text after the page was drawn."""


class AnswerEmpty(Refused):
    """An answer needs words."""


class ChannelClosed(Refused):
    """The chosen way to answer is not open (any more)."""


class LinkHasNoTicket(Refused):
    """There is no ticket the link could lead to."""


class TicketNotFound(Refused):
    """No ticket of the shop has this number or code."""


class NobodyChosen(Refused):
    """Say whose it is."""


class ColleagueUnknown(Refused):
    """The person does not work here."""


class ReplyPlaceholderUnknown(Refused):
    """The text holds a placeholder that nothing fills."""


class ReplyNameTaken(Refused):
    """Another reply of this language has the name."""


# What a prepared reply may name; filled when it is chosen, the link when it is sent.
CANNED_PLACEHOLDERS = ("name", "ticket", "device", "shop", "phone", "link")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


def require_known_placeholders(text: str) -> None:
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in CANNED_PLACEHOLDERS]
    if unknown:
        raise ReplyPlaceholderUnknown(field="text", name=unknown[0], known=CANNED_PLACEHOLDERS)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The reply with its values; what has none (a name nobody gave) leaves no gap behind. {link} stays."""

    def value(match: re.Match[str]) -> str:
        return match[0] if match[1] == "link" else values.get(match[1], "")

    whole = _PLACEHOLDER.sub(value, text)
    return re.sub(r" +([,.:])", r"\1", re.sub(r" {2,}", " ", whole)).strip()


# As long as such values get, for the meter beside a prepared reply.
LONGEST_VALUES = {
    "name": "Maximiliana",
    "ticket": "R-48210",
    "device": "Samsung Galaxy S24 Ultra",
    "shop": "Twenty signs of a shop"[:20],
    "phone": "+44 161 496 0123",
}


_STILL_AWAKE = timedelta(hours=1)


def is_awake(last_text: datetime | None, *, at: datetime) -> bool:
    """Somebody who has just written may be answered at night."""
    return last_text is not None and at - last_text < _STILL_AWAKE
