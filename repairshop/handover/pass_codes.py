"""What the QR code of a pickup pass says. Pure.

26 characters of the alphabet of codes.py: whose pass (1), the id of the link or of the collector it stands
for (6), the day it was drawn (3, from EPOCH), and 80 bits of HMAC-SHA-256(LINK_KEY, all of that and the
version) (16). Nothing is stored: who raises the version of a link or ends a collector ends the passes drawn
from it. It opens no page of the customer; it only says at the counter who stands there.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from repairshop.codes import PICKUP_LENGTH, base32, from_base32

EPOCH = date(2020, 1, 1)
# A pass that was saved or printed works this long; opening its page draws a new one.
PASS_LENGTH = timedelta(days=30)

_ID, _DAY, _MAC = 6, 3, 16
_PURPOSE = "pickup"


class PassHolder(StrEnum):
    """Who shows the pass; the value is the first character of the code."""

    CUSTOMER = "C"  # the id is that of their link
    COLLECTOR = "K"  # the id is that of the person the customer named


@dataclass(frozen=True, kw_only=True)
class PassCode:
    """The parts of a code, not yet checked."""

    holder: PassHolder
    id: int
    drawn_on: date
    mac: str


def pass_code(holder: PassHolder, id: int, *, version: int, drawn_on: date, key: str) -> str:
    body = holder.value + base32(id, length=_ID) + base32((drawn_on - EPOCH).days, length=_DAY)
    return body + _mac(body, version=version, key=key)


def parse_pass_code(text: str) -> PassCode | None:
    """None for what cannot be one. `text` is upper case, as codes.read_scan() gives it."""
    if len(text) != PICKUP_LENGTH or text[0] not in set(PassHolder):
        return None
    try:
        number, days = from_base32(text[1 : 1 + _ID]), from_base32(text[1 + _ID : -_MAC])
    except KeyError:
        return None
    drawn_on = EPOCH + timedelta(days=days)
    return PassCode(holder=PassHolder(text[0]), id=number, drawn_on=drawn_on, mac=text[-_MAC:])


def pass_code_is_true(parsed: PassCode, *, version: int, key: str) -> bool:
    expected = pass_code(parsed.holder, parsed.id, version=version, drawn_on=parsed.drawn_on, key=key)
    return hmac.compare_digest(parsed.mac, expected[-_MAC:])


def pass_is_over(drawn_on: date, *, today: date) -> bool:
    """Also for a day to come, which only a wrong clock gives. A day of grace: a shop may move its clock."""
    return not timedelta(days=-1) <= today - drawn_on <= PASS_LENGTH


def _mac(body: str, *, version: int, key: str) -> str:
    message = f"{_PURPOSE} {body} {version}".encode()
    digest = hmac.new(key.encode(), message, hashlib.sha256).digest()
    return base32(int.from_bytes(digest[:10], "big"), length=_MAC)
