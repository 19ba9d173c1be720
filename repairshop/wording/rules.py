"""Which texts a shop may word itself, what may stand in them, and how two versions differ. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.notifications.filling import OPTIONAL, WITHOUT_LINK, OwnWords
from repairshop.notifications.rules import SHARED_NOTICES, Channel, Notice

# What customers are told, in the order of a repair. Words to the shop itself stay as they are.
EDITABLE_NOTICES = (
    Notice.BOOKED,
    Notice.RECEIVED,
    Notice.DIAGNOSING,
    Notice.QUOTE_SENT,
    Notice.QUOTE_REVISED,
    Notice.QUOTE_WITHDRAWN,
    Notice.QUOTE_REMINDER,
    Notice.DECISION_OPEN,
    Notice.APPROVED,
    Notice.WITHOUT_CHARGE,
    Notice.WORK_ADDED,
    Notice.CLAIM_NOT_COVERED,
    Notice.AWAITING_PARTS,
    Notice.PART_ARRIVED,
    Notice.IN_REPAIR,
    Notice.BACK_ON_BENCH,
    Notice.PROMISE_LATE,
    Notice.NEW_DATES,
    Notice.FINAL_CHECKS,
    Notice.CLOSING_UNREPAIRED,
    Notice.READY,
    Notice.READY_UNREPAIRED,
    Notice.COLLECT_REMINDER,
    Notice.UNCLAIMED,
    Notice.SURRENDER_WARNING,
    Notice.SURRENDERED,
    Notice.HANDED_OVER,
    Notice.SENT_BACK,
    Notice.CANCELLED,
    Notice.QUESTION_ANSWERED,
    Notice.LINK,
    Notice.CODE,
    Notice.SURVEY,
    Notice.WARRANTY_ENDS,
)
WRITTEN_CHANNELS = (Channel.SMS, Channel.EMAIL)

LONGEST_TEXT = 600
LONGEST_LINE = 160
LONGEST_BODY = 3000
# Networks drop longer ones more often, and nobody reads them.
MOST_PARTS = 4

_MANY = "_many"
_DATES_OF = {
    Notice.BOOKED: ("from",),
    Notice.RECEIVED: ("to",),
    Notice.QUOTE_SENT: ("answer_by", "price"),
    Notice.QUOTE_REVISED: ("answer_by", "price"),
    Notice.DECISION_OPEN: ("answer_by",),
    Notice.APPROVED: ("to",),
    Notice.WITHOUT_CHARGE: ("to",),
    Notice.AWAITING_PARTS: ("part_date",),
    Notice.PART_ARRIVED: ("to",),
    Notice.IN_REPAIR: ("to",),
    Notice.WORK_ADDED: ("price",),
    Notice.READY: ("price",),
    Notice.QUOTE_REMINDER: ("answer_by",),
    Notice.PROMISE_LATE: ("to",),
    Notice.NEW_DATES: ("to",),
    Notice.SURRENDER_WARNING: ("answer_by",),
    Notice.WARRANTY_ENDS: ("to",),
    Notice.CODE: ("code",),
}
# Empty now and then: no date is promised, prices are kept out of texts, a customer has no first name.
MAY_BE_EMPTY = frozenset({"from", "to", "part_date", "answer_by", "price", "name"})
_NAME = re.compile(r"\{([a-z_]+)\}")
_BRACES = re.compile(r"\{[^{}]*\}?|\}")
_WORDS = re.compile(r"\s+|[^\s]+")


class PlaceholderUnknown(Refused):
    """No value of this name is known to this notice."""


class PlaceholderNotUnderstood(Refused):
    """A curly bracket that is not part of a placeholder: what a shop writes is never a program."""


class PlaceholderMissing(Refused):
    """The customer could not follow the message without it."""


class PlaceholderMayBeEmpty(Refused):
    """The sentence would have a hole where the value is not known."""


class PieceNotUnderstood(Refused):
    """A piece in double brackets is not closed, stands in another one, or names no value."""


class TextTakesTooManyParts(Refused):
    """Even without its optional pieces the text is longer than texts should be."""


class WordsMissing(Refused):
    """A subject, heading or body of nothing."""


class TextChangedMeanwhile(Refused):
    """Somebody saved another version since the page was drawn."""


class NoSuchTicket(Refused):
    """The shop has no ticket of this number or code."""


class TestToCustomer(Refused):
    """The number belongs to a customer."""


class TooManyTests(Refused):
    """Tests cost money, too."""


class TooManyOwnCodes(Refused):
    """A code is a text to a number that may be anybody's."""


class OwnCodeWrong(Refused):
    """Not the code, one that is too old, or tried too often: one sentence for all."""


class NumberNotProved(Refused):
    """Nobody has shown yet that this number is their own."""


def list_keys() -> tuple[str, ...]:
    """Every text a shop may word itself, in the order of a repair; those for several devices too."""
    keys: list[str] = []
    for notice in EDITABLE_NOTICES:
        keys += [notice.value, notice.value + _MANY] if notice in SHARED_NOTICES else [notice.value]
    return tuple(keys)


def notice_of(key: str) -> Notice:
    return Notice(key.removesuffix(_MANY))


def is_for_many(key: str) -> bool:
    return key.endswith(_MANY)


@dataclass(frozen=True, kw_only=True)
class Placeholder:
    """A name that may stand in a text; `required` ones must, `may_be_empty` ones stand in double brackets."""

    name: str
    required: bool
    may_be_empty: bool


def list_placeholders(key: str, channel: Channel) -> tuple[Placeholder, ...]:
    """The fixed list of this text. None of them names the fault or what is on the device."""
    notice = notice_of(key)
    names = ["ticket", "shop", "count" if is_for_many(key) else "device", "name"]
    own = [name for name in _DATES_OF.get(notice, ()) if not (is_for_many(key) and name == "price")]
    if channel is Channel.SMS and has_link(key):
        names.insert(1, "link")
    needed = _required(key, channel)
    return tuple(
        Placeholder(name=name, required=name in needed, may_be_empty=name in MAY_BE_EMPTY)
        for name in [*names, *own]
    )


def has_link(key: str) -> bool:
    """In a mail the button carries it."""
    return key not in WITHOUT_LINK


def _required(key: str, channel: Channel) -> frozenset[str]:
    needed = {"ticket"}
    if key == Notice.CODE:
        needed.add("code")
    if channel is Channel.SMS and has_link(key):
        needed.add("link")
    return frozenset(needed)


def find_problems(key: str, channel: Channel, words: OwnWords) -> list[Refused]:
    """Everything that keeps these words from being used, each at its field."""
    allowed = list_placeholders(key, channel)
    fields = {"text": words.text}
    if channel is not Channel.SMS:
        fields = {"subject": words.subject, "heading": words.heading, "text": words.text}
    problems: list[Refused] = []
    for field, text in fields.items():
        if not text.strip():
            problems.append(WordsMissing(field=field))
        problems += _problems_of(field, text, allowed)
    said = set(_NAME.findall(" ".join(OPTIONAL.sub("", text) for text in fields.values())))
    # The ticket's number belongs into the subject, by which people look for a mail.
    for one in allowed:
        if one.required and one.name not in said:
            field = "subject" if channel is not Channel.SMS and one.name == "ticket" else "text"
            problems.append(PlaceholderMissing(field=field, name=one.name))
    return problems


def _problems_of(field: str, text: str, allowed: Sequence[Placeholder]) -> list[Refused]:
    problems: list[Refused] = []
    names = {one.name: one for one in allowed}
    for match in _BRACES.finditer(text):
        name = _NAME.fullmatch(match[0])
        if name is None:
            problems.append(PlaceholderNotUnderstood(field=field, piece=match[0][:40], allowed=tuple(names)))
        elif name[1] not in names:
            problems.append(PlaceholderUnknown(field=field, name=name[1], allowed=tuple(names)))
    if not problems and not _pieces_are_sound(text):
        problems.append(PieceNotUnderstood(field=field))
    if not problems:
        outside = set(_NAME.findall(OPTIONAL.sub("", text)))
        problems += [
            PlaceholderMayBeEmpty(field=field, name=name)
            for name in sorted(outside)
            if names[name].may_be_empty
        ]
    return problems


def _pieces_are_sound(text: str) -> bool:
    """Double brackets come in pairs, none inside another, each round a value that may be empty."""
    left = OPTIONAL.sub("", text)
    pieces = OPTIONAL.findall(text)
    return (
        "[[" not in left
        and "]]" not in left
        and all("[[" not in piece and MAY_BE_EMPTY & set(_NAME.findall(piece)) for piece in pieces)
    )


class Change(StrEnum):
    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, kw_only=True)
class Piece:
    change: Change
    text: str


def differences(before: str, after: str) -> tuple[Piece, ...]:
    """What became of the words of `before`, word by word."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces: list[Piece] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(Piece(change=Change.SAME, text="".join(old[a:b])))
            continue
        if a < b:
            pieces.append(Piece(change=Change.GONE, text="".join(old[a:b])))
        if c < d:
            pieces.append(Piece(change=Change.NEW, text="".join(new[c:d])))
    return tuple(pieces)
