"""What can go wrong in the shop's own terms. Sentences for people live in templates/_refusals.html."""

import re
from collections.abc import Callable, Iterable
from typing import ClassVar


class RepairshopError(Exception):
    """The root of everything this program raises on purpose."""


class Refused(RepairshopError):
    """A verb was refused. Subclasses name the reason; their code picks the sentence a person reads.

    `field` names the form field the sentence belongs to; None shows it above the form.
    `values` fill the sentence's placeholders.
    """

    code: ClassVar[str] = "refused"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, *, field: str | None = None, **values: object) -> None:
        super().__init__(f"{self.code} {values}" if values else self.code)
        self.field = field
        self.values = values


class RefusedTogether(Refused):
    """Several answers of one form were refused; each of `refusals` has its own field and sentence."""

    def __init__(self, refusals: Iterable[Refused]) -> None:
        super().__init__()
        self.refusals = tuple(refusals)


def refuse_together(*checks: Callable[[], object]) -> None:
    """Ask every check, so that a person hears of everything that is missing at once.

    Raises the one refusal as it is, or RefusedTogether for several.
    """
    refusals: list[Refused] = []
    for check in checks:
        try:
            check()
        except RefusedTogether as several:
            refusals.extend(several.refusals)
        except Refused as refusal:
            refusals.append(refusal)
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        raise RefusedTogether(refusals)


class NotFound(RepairshopError):
    """There is no such thing, or not for this person: both look the same from outside (404)."""


class DatabaseBusy(RepairshopError):
    """Another process has kept the database from being written for longer than any write takes (503)."""


class Conflict(RepairshopError):
    """Somebody else changed the same thing in between."""

    def __init__(self, kind: str, reference: str) -> None:
        super().__init__(f"{kind} {reference} was changed in between")
        self.kind = kind
        self.reference = reference
