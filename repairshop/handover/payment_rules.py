"""What a job costs when it leaves, and what is written down of how it was paid. Pure.

The shop's own till takes the money; what stands here is where its slip is found.
"""

from dataclasses import dataclass
from enum import StrEnum

from repairshop.errors import Refused
from repairshop.money import Money
from repairshop.tickets.stages import WORK_DONE_OUTCOMES, Outcome


class PayMethod(StrEnum):
    CASH = "cash"
    CARD = "card"
    TILL = "till"  # the shop's own till knows how
    LATER = "later"  # by invoice; with the reason


class PayMethodMissing(Refused):
    """There is something to pay: say how it was paid."""


class TillReferenceMissing(Refused):
    """What the shop's own till took is found again by its number."""


class PaidTooMuch(Refused):
    """More than the customer agreed to pay at the most."""


class PaidReasonMissing(Refused):
    """Another amount than agreed, or later, needs a reason."""


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What was paid when the device left. Amounts in minor units of the shop's currency, with tax."""

    amount_minor: int = 0
    method: PayMethod | None = None
    till_reference: str = ""
    because: str = ""


NOTHING_PAID = Payment()


def amount_due(outcome: Outcome | None, *, agreed_minor: int | None, fee_minor: int | None) -> int:
    """Work that was done costs what was agreed with its additions; a "no" to the quote costs the diagnosis
    fee the customer was told of before. Everything else costs nothing, a repair under warranty too: it was
    never quoted."""
    if outcome in WORK_DONE_OUTCOMES:
        return agreed_minor or 0
    if outcome is Outcome.DECLINED:
        return fee_minor or 0
    return 0


def require_payment(payment: Payment, *, due: Money, at_most: Money) -> None:
    """Nothing is asked where nothing is due and nothing was paid."""
    if payment.amount_minor > at_most.minor:
        raise PaidTooMuch(field="amount", at_most=at_most)
    if payment.amount_minor != due.minor and not payment.because:
        raise PaidReasonMissing(field="paid_because")
    if payment.amount_minor == 0:
        return
    if payment.method is None:
        raise PayMethodMissing(field="pay_method")
    if payment.method is PayMethod.TILL and not payment.till_reference:
        raise TillReferenceMissing(field="till_reference")
    if payment.method is PayMethod.LATER and not payment.because:
        raise PaidReasonMissing(field="paid_because")
