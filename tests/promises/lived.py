"""A shop's past, lived through verb by verb."""

from datetime import UTC, datetime, timedelta
from typing import Any

from repairshop.promises.estimates import NARROW_MIN
from repairshop.staff.rules import Actor
from repairshop.tickets import service as tickets
from repairshop.tickets.stages import Verb
from repairshop.transaction import transaction
from tests.builders import make_ticket

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 16, 10, 0, tzinfo=UTC)  # a Monday too
_WAY = (Verb.ACCEPT_FIXED_PRICE, Verb.START_REPAIR, Verb.FINISH, Verb.RELEASE)


def live_through(clock: Any, *, by: Actor, count: int = NARROW_MIN, begin: datetime = MONDAY) -> None:
    """Screens that took 0, 10, 20, … minutes of open time, half of it before the work began.

    `clock` is the test's time machine; it stands at NOW afterwards.
    """
    for number in range(count):
        day = begin + timedelta(days=number % 5)
        clock.move_to(day)
        reference = make_ticket(by)
        for verb, minutes in zip(_WAY, (5, 5, 10, 10), strict=True):
            clock.move_to(day + timedelta(minutes=minutes * (number % NARROW_MIN)))
            with transaction():
                tickets.move_ticket(tickets.get_ticket_for_change(reference, by=by), verb, by=by)
    clock.move_to(NOW)
