"""What each feature says about the personal values in its tables. Pure.

A feature's `erasers.py` declares them once; erasing a person, removing what is over its period and giving
everything about somebody out all follow the declaration. tests/architecture/test_personal_data.py fails for a
column that could hold words and is not declared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """A kind of data with a period of its own."""

    PHOTOS = "photos"
    MESSAGES = "messages"
    NOTES = "notes"
    SIGNATURES = "signatures"
    CONTACT = "contact"
    TICKET = "ticket"


class Whose(StrEnum):
    """What a row hangs on; everything leads to a person in the end."""

    CUSTOMER = "customer"
    VISIT = "visit"
    TICKET = "ticket"
    DEVICE = "device"


class Stamp(StrEnum):
    """Values that are not the same in every row."""

    NOW = "now"  # a moment: the first time stays
    OWN = "own"  # "erased-" and the row's id, for columns that must differ
    NOTHING = "nothing"  # NULL, also in a JSON column


# Stands where a name stood, and where a column may not be empty.
ERASED = "\N{EM DASH}"


@dataclass(frozen=True, kw_only=True)
class Holding:
    """The personal columns of one table.

    `by` is the column that names the ticket, visit, device or customer. Where the row knows it only through
    another table, `via` is that table with the column that `by` points at and its own column for `whose`.
    `becomes` gives each personal column the value it has afterwards. `secret` columns leave in no export.
    """

    table: str
    kind: Kind
    whose: Whose
    by: str
    via: tuple[str, str, str] | None = None
    becomes: Mapping[str, Any]
    secret: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Person:
    """Everything that leads to one person: with those merged into them, their visits, tickets, devices."""

    customer_ids: tuple[int, ...]
    visit_ids: tuple[int, ...] = ()
    ticket_ids: tuple[int, ...] = ()
    device_ids: tuple[int, ...] = ()
    addresses: tuple[str, ...] = ()  # numbers and mail addresses, as they are stored

    def ids(self, whose: Whose) -> tuple[int, ...]:
        return {
            Whose.CUSTOMER: self.customer_ids,
            Whose.VISIT: self.visit_ids,
            Whose.TICKET: self.ticket_ids,
            Whose.DEVICE: self.device_ids,
        }[whose]


@dataclass(frozen=True, kw_only=True)
class Eraser:
    """One feature's declaration.

    `not_personal` gives the reason for each further column that could hold words, as "table.column" or, for a
    whole table, as "table". `before_erasing` runs in the same transaction, before a person's values go, for
    what a changed column cannot say: withdrawing what waits, destroying a key.
    """

    holdings: Sequence[Holding] = ()
    not_personal: Mapping[str, str] = field(default_factory=dict)
    before_erasing: Callable[[Person], None] | None = None
    # Makes an index forget what its rows have just lost; in the transaction that emptied them.
    after_emptying: Callable[[], None] | None = None
    # Empties what hangs on nobody and is older than a moment, given (shop id, moment, most rows); how many.
    remove_strays: Callable[[int, datetime, int], int] | None = None
    count_strays: Callable[[int, datetime], int] | None = (
        None  # how many that would be, given (shop id, moment)
    )
    strays_kind: Kind = Kind.MESSAGES


_erasers: list[Eraser] = []


def connect(erasers: Sequence[Eraser]) -> None:
    """Replace the list by this one; create_app calls it once with the wiring's."""
    _erasers[:] = erasers


def all_erasers() -> tuple[Eraser, ...]:
    return tuple(_erasers)


def all_holdings() -> list[Holding]:
    return [holding for eraser in _erasers for holding in eraser.holdings]
