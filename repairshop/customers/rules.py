"""Customers, how to reach them, and what counts as a contact."""

import re
import unicodedata
from enum import StrEnum
from typing import NewType

from stdnum import imei as stdnum_imei
from stdnum.exceptions import ValidationError

from repairshop.errors import Refused

CustomerId = NewType("CustomerId", int)
DeviceId = NewType("DeviceId", int)


class ContactKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"


class TouchpointKind(StrEnum):
    """Any contact of a customer with the shop. Rows from day one; no address, no user agent."""

    VISIT = "visit"
    NOTICE = "notice"
    PORTAL_VIEW = "portal_view"
    REPLY = "reply"
    QUESTION = "question"
    CALL = "call"
    DECISION = "decision"
    HANDOVER = "handover"


class ImeiWrong(Refused):
    """The IMEI's check digit does not fit, or it has the wrong length."""


class MailAddressWrong(Refused):
    """The text is not a mail address."""


class ContactKnownAlready(Refused):
    """The customer has this number or address."""


class ContactInUse(Refused):
    """The number's SIM is in a device the shop holds: it is paused, and goes when the device goes."""


def normalised_imei(text: str) -> str:
    """15 digits, Luhn checked (3GPP TS 23.003); a 16-digit IMEISV has no check digit and is kept as is."""
    try:
        imei = str(stdnum_imei.validate(text))
    except ValidationError as error:
        raise ImeiWrong(field="imei", text=text) from error
    # The library also takes 14 digits, the number without its check digit: typed here, one digit is missing.
    if len(imei) == 14:
        raise ImeiWrong(field="imei", text=text)
    return imei


def normalised_serial(text: str) -> str:
    """Upper case without separators; no maker's serials share a checksum standard."""
    return re.sub(r"[\s\-]+", "", text).upper()


def folded(text: str) -> str:
    """The text without case and accents, for finding names as people type them."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in decomposed if not unicodedata.combining(sign)).split())


_SOUNDS = (("ph", "f"), ("sch", "s"), ("sh", "s"), ("ck", "k"), ("ch", "k"), ("th", "t"), ("ss", "s"))
_LETTERS = str.maketrans({"c": "k", "q": "k", "z": "s", "x": "s", "w": "v", "b": "v", "d": "t", "j": "y"})


def name_key(name: str) -> str:
    """What two spellings of one name have in common: the words' consonants by sound, in any order.

    "Zoë Philips" and "Phillips, Zoe" have one key; so have "Jhon" and "John". Letters that no rule knows,
    such as those of other scripts, stay.
    """
    words = re.findall(r"\w+", folded(name).replace("_", " "))
    return " ".join(sorted(filter(None, map(_sound_of, words))))[:160]


def _sound_of(word: str) -> str:
    for letters, sound in _SOUNDS:
        word = word.replace(letters, sound)
    first, rest = word[:1], re.sub(r"[aeiouyh]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", (first + rest).translate(_LETTERS))


_SEPARATORS = re.compile(r"[\s().\-/+]")
SHORTEST_TAIL = 3


def searched_digits(text: str) -> str | None:
    """The end of a phone number as typed ("0123", "07700 900123", "+44 7700…"), or None for other texts.

    A national number's leading 0 is not part of what is stored, so it is left off.
    """
    digits = _SEPARATORS.sub("", text)
    if not digits.isascii() or not digits.isdigit() or not SHORTEST_TAIL <= len(digits) <= 15:
        return None
    return digits if len(digits) <= 4 else digits.removeprefix("00").removeprefix("0")
