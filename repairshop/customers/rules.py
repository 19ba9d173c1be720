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


def normalised_imei(text: str) -> str:
    """15 digits, Luhn checked (3GPP TS 23.003); a 16-digit IMEISV has no check digit and is kept as is."""
    try:
        return str(stdnum_imei.validate(text))
    except ValidationError as error:
        raise ImeiWrong(field="imei", text=text) from error


def normalised_serial(text: str) -> str:
    """Upper case without separators; no maker's serials share a checksum standard."""
    return re.sub(r"[\s\-]+", "", text).upper()


def folded(text: str) -> str:
    """The text without case and accents, for finding names as people type them."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in decomposed if not unicodedata.combining(sign)).split())
