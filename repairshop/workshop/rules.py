"""Decisions at the bench."""

from enum import StrEnum

from repairshop.errors import Refused


class ReturnReason(StrEnum):
    """Why a device goes back unrepaired."""

    CUSTOMER_ASKED = "customer_asked"
    NO_PART = "no_part"
    TOO_DEAR = "too_dear"
    DATA_RISK = "data_risk"
    UNANSWERED = "unanswered"
    OTHER = "other"


class PartDateInThePast(Refused):
    """A part that is still to come cannot be expected on a past day."""


class NothingOnOrder(Refused):
    """There is no open order that could have arrived."""


class ReasonInWordsMissing(Refused):
    """'Another reason' has to be said in words."""


def require_words_for_other(reason: ReturnReason, words: str) -> None:
    if reason is ReturnReason.OTHER and not words:
        raise ReasonInWordsMissing(field="note")
