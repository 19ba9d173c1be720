"""Which promise a repair is measured by, as its report tells it. Pure."""

from collections.abc import Sequence
from datetime import date, datetime

from repairshop.promises.queries import PromiseRow
from repairshop.quotes.rows import QuoteRow
from repairshop.quotes.rules import DecisionKind
from repairshop.reports.rules import Pledge

_ENDS_THE_WAIT = frozenset({DecisionKind.APPROVED, DecisionKind.DECLINED, DecisionKind.CLOSED_UNANSWERED})


def measure_pledge(
    promises: Sequence[PromiseRow], quotes: Sequence[QuoteRow], *, ready_on: date | None
) -> Pledge | None:
    """The first promise, and whether it was kept; None while no dates were told. `promises` oldest first.

    A first promise that ended while the customer had the quote says nothing about the shop. Then the one made
    with the answer is measured, and nothing is where there was none.
    """
    if not promises:
        return None
    answered_at = _late_answer(promises[0], quotes)
    if answered_at is None:
        return _pledge(promises[0], ready_on=ready_on)
    told = next((promise for promise in promises if promise.made_at >= answered_at), None)
    if told is None:
        return _pledge(promises[0], ready_on=None)
    return _pledge(told, ready_on=ready_on, after_answer=True)


def _late_answer(first: PromiseRow, quotes: Sequence[QuoteRow]) -> datetime | None:
    """When the customer first answered, where the first promise had ended by then for want of an answer.

    A quote that named a later day than the first promise had given that promise up by itself: then it counts.
    """
    for quote in sorted(quotes, key=lambda each: each.version):
        answers = [row.decided_at for row in quote.decisions if row.kind in _ENDS_THE_WAIT]
        if answers and quote.latest <= first.dates.latest:
            return min(answers) if min(answers) > first.due_at else None
    return None


def _pledge(promise: PromiseRow, *, ready_on: date | None, after_answer: bool = False) -> Pledge:
    return Pledge(
        earliest=promise.dates.earliest,
        latest=promise.dates.latest,
        ready_on=ready_on,
        after_answer=after_answer,
    )
