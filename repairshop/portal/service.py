"""What customers do on their pages, beyond the verbs of other features."""

from collections.abc import Sequence
from datetime import timedelta

from repairshop import clock
from repairshop.notifications.rules import Notice
from repairshop.notifications.service import queue_notice
from repairshop.portal.queries import FoundRepair, find_repair
from repairshop.portal.rules import LookUpNotFound
from repairshop.staff.rules import Actor, Throttle
from repairshop.staff.throttle import Subject, begin_attempt, digest, record_success
from repairshop.tickets.portal_links import get_link
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.service import get_ticket_for_change

# Ten thousand live codes of eight characters and four digits: at these rates a hit takes centuries.
_PER_ADDRESS = Throttle(free=10, longest=timedelta(minutes=15))
_PER_CODE = Throttle(free=5, longest=timedelta(minutes=15))
_ALL_TOGETHER = Throttle(free=500, longest=timedelta(seconds=30))


def look_up_subjects(code: str, *, address: str) -> Sequence[Subject]:
    """What wrong look-ups are counted for: the address they come from, the code, and all of them."""
    return (
        Subject(key=f"look-up-address:{digest(address)}", throttle=_PER_ADDRESS, is_shared=True),
        Subject(key=f"look-up-code:{digest(code)}", throttle=_PER_CODE),
        Subject(key="look-up", throttle=_ALL_TOGETHER, is_shared=True),
    )


def begin_look_up(code: str, *, address: str) -> bool:
    """Whether this try may be answered; it counts as wrong until it proves right."""
    return begin_attempt(look_up_subjects(code, address=address), now=clock.now())


def look_up(code: str, phone_tail: str, *, address: str, permitted: bool) -> int:
    """The id of the link for the person who knows both; LookUpNotFound for everything else alike.

    A try that is not permitted does the work of a wrong one, also when it is right: the time it takes must
    not tell a guesser what the answer would have been.
    """
    found = find_repair(code, phone_tail=phone_tail)
    if found is None or not permitted:
        raise LookUpNotFound
    record_success(look_up_subjects(code, address=address))
    return _link_of(found)


def _link_of(found: FoundRepair) -> int:
    return get_link(found.visit_id, found.customer_id, origin=LinkOrigin.RECEIPT).id


def send_link(reference: str, *, by: Actor) -> int:
    """Send the customer a link by their own channels; how many messages were queued.

    At most one each ten minutes: the page that asks for it is open to whoever found a receipt.
    """
    ticket = get_ticket_for_change(reference, by=by)
    slot = int(clock.now().timestamp()) // 600
    return len(queue_notice(Notice.LINK, ticket, event_key=f"link:{ticket.id}:{slot}"))
