"""When a full column of the bench is asked about before another job goes in. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from repairshop.board.rules import COLUMN_OF, Column
from repairshop.errors import RepairshopError
from repairshop.tickets.stages import Stage, Verb


class WhyFull(StrEnum):
    """Why a job goes into a full column all the same; in the order of their number keys."""

    PROMISED = "promised"
    CUSTOMER_WAITS = "customer_waits"
    OTHERS_STUCK = "others_stuck"
    OTHER = "other"


# They write down what a customer, a supplier or a test has decided. It is so, however full a column is.
FACTS = frozenset(
    {
        Verb.CHECK_IN,
        Verb.APPROVE,
        Verb.DECLINE,
        Verb.CLOSE_UNANSWERED,
        Verb.TAKE_APPROVAL_BACK,
        Verb.CUSTOMER_RECONSIDERS,
        Verb.LAST_PART_ARRIVED,
        Verb.TEST_FAILED,
        Verb.CUSTOMER_FINDS_FAULT,
        Verb.NOT_COLLECTED,
        Verb.CUSTOMER_ANSWERS,
    }
)


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A column with at least as many jobs as it takes, the one that would come not counted."""

    column: Column
    held: int
    most: int


class ColumnFull(RepairshopError):
    """Somebody has to say why before a job of theirs goes into a full column."""

    def __init__(self, filled: Filled, *, reference: str, verb: Verb) -> None:
        super().__init__(f"{filled.column} holds {filled.held} of {filled.most}")
        self.filled = filled
        self.reference = reference
        self.verb = verb


def chosen_column(verb: Verb, origin: Stage | None, target: Stage) -> Column | None:
    """The column a job goes into because somebody chose to; None for facts and for moves inside a column.

    `origin` is None where the verb opens the ticket: the device lies on the counter already.
    """
    if origin is None or verb in FACTS:
        return None
    column = COLUMN_OF.get(target)
    return None if column is COLUMN_OF.get(origin) else column


def filled(column: Column, *, held: int, most: int | None) -> Filled | None:
    """None while there is room for one more."""
    return Filled(column=column, held=held, most=most) if most is not None and held >= most else None


def read_why(insists: str) -> WhyFull | None:
    """What somebody answered to the question; None for no answer and for one that was never offered."""
    return WhyFull(insists) if insists in set(WhyFull) else None
