"""One-time codes: six digits to the customer's number or address, for ten minutes and five tries. Pure."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.tickets.rules import LinkOrigin

LENGTH = 6
LIFE = timedelta(minutes=10)
MOST_TRIES = 5


class CodeWrong(Refused):
    """Not the code, a used one, one that is too old, or tried too often: one sentence for all."""


class CodesTooOften(Refused):
    """More codes were asked for than the limits allow."""


class CodeHasNoWay(Refused):
    """No number or address may get a code: none is known, or its SIM is in the device we hold."""


def digest_of(code: str, *, code_id: int, key: str) -> str:
    """What is stored of a code. Without the server's key its million values tell nothing."""
    return hmac.new(key.encode(), f"one-time code {code_id} {code}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A code that was sent, as it is kept; `tries` counts the one in hand."""

    digest: str
    created_at: datetime
    tries: int


def is_right(sent: Sent, typed: str, *, code_id: int, key: str, at: datetime) -> bool:
    """Compared in every case, so that the time tells nothing about the reason."""
    same = hmac.compare_digest(sent.digest, digest_of(typed, code_id=code_id, key=key))
    return same and timedelta(0) <= at - sent.created_at < LIFE and sent.tries <= MOST_TRIES


class Standing(StrEnum):
    """What a customer's page says of the code that was sent last."""

    NONE = "none"
    WORKS = "works"
    OVER = "over"  # too old, or tried too often


def standing(sent: Sent | None, *, at: datetime) -> Standing:
    """Of the code that counts now; `sent.tries` are those that were had."""
    if sent is None:
        return Standing.NONE
    works = at < sent.created_at + LIFE and sent.tries < MOST_TRIES
    return Standing.WORKS if works else Standing.OVER


def proves(*, by_mail: bool) -> LinkOrigin:
    """What a browser counts as come by, once its customer has typed the code."""
    return LinkOrigin.MAIL if by_mail else LinkOrigin.SMS
