"""Work that turns up during the repair: what may be added without asking, until when it is undone. Pure."""

from collections.abc import Sequence
from datetime import datetime

from repairshop.errors import Refused
from repairshop.money import Money
from repairshop.quotes.rules import require_within_limit
from repairshop.quotes.terms import HIGHEST_AMOUNT_MINOR, AmountOutOfRange, QuoteLine, require_line
from repairshop.staff.rules import Actor
from repairshop.tickets.rules import NothingToUndo, UndoNotYours, UndoOvertaken, UndoTooLate
from repairshop.tickets.stages import Stage

# From the customer's yes until the work is over.
ADDITION_STAGES = frozenset({Stage.APPROVED, Stage.AWAITING_PARTS, Stage.IN_REPAIR})
MOST_ADDED_LINES = 6


class AdditionNotNow(Refused):
    """Additions turn up between the customer's yes and the end of the work."""


class AdditionNeedsAgreement(Refused):
    """An addition is added to a price that was agreed; here there is none."""


class AdditionEmpty(Refused):
    """An addition names at least one part or piece of work."""


class AdditionNeedsReason(Refused):
    """The customer reads why more is done than they were told."""


class TooManyAddedLines(Refused):
    """So much more is a new quote."""


def require_addition_stage(stage: Stage) -> None:
    if stage not in ADDITION_STAGES:
        raise AdditionNotNow(stage=stage)


def require_addition(lines: Sequence[QuoteLine], *, reason: str) -> None:
    """Everything the customer is told about the addition is there."""
    if not lines:
        raise AdditionEmpty
    if len(lines) > MOST_ADDED_LINES:
        raise TooManyAddedLines(most=MOST_ADDED_LINES)
    for position, line in enumerate(lines):
        require_line(line, position=position)
    if not reason:
        raise AdditionNeedsReason(field="reason")
    if addition_price_minor(lines) > HIGHEST_AMOUNT_MINOR:
        raise AmountOutOfRange(field="lines-0-unit_price")


def addition_price_minor(lines: Sequence[QuoteLine]) -> int:
    """What the lines come to, tax included, in minor units."""
    return sum(line.total_minor for line in lines)


def most_with_addition(lines: Sequence[QuoteLine], *, agreed_at_most: Money, limit_minor: int) -> Money:
    """The most the repair can cost with the addition.

    `agreed_at_most` is everything agreed before, earlier additions too. OverSpendLimit where only the
    customer can say yes: more than the limit always needs a new consent.
    """
    added = Money(minor=addition_price_minor(lines), currency=agreed_at_most.currency)
    at_most = agreed_at_most + added
    require_within_limit(at_most, limit_minor=limit_minor)
    return at_most


def require_addition_undoable(
    *, added_by_id: int | None, undo_until: datetime, undone: bool, overtaken: bool, by: Actor, at: datetime
) -> None:
    """The same window and the same refusals as a move."""
    if undone:
        raise NothingToUndo
    if added_by_id != by.staff_id or by.staff_id is None:
        raise UndoNotYours
    if overtaken:
        raise UndoOvertaken
    if at >= undo_until:
        raise UndoTooLate
