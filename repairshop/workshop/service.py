"""The verbs of the bench. Each checks its guards, changes what is its own, then moves the ticket."""

from datetime import date

from repairshop import clock
from repairshop.parts import service as parts
from repairshop.parts.models import PartOrder
from repairshop.parts.rules import NewOrder
from repairshop.promises.queries import get_calendar
from repairshop.staff.rules import Actor
from repairshop.tickets.attachments import record_note
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts, require_in_shop
from repairshop.tickets.service import get_ticket_for_change, move_ticket
from repairshop.tickets.stages import Outcome, Stage, Verb, require_move
from repairshop.workshop.rules import (
    NothingOnOrder,
    PartDateInThePast,
    ReturnReason,
    require_words_for_other,
)


def start_repair(reference: str, *, by: Actor, expected_version: int | None = None) -> None:
    """approved -> in_repair; the device has to be in the shop."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.START_REPAIR)
    require_in_shop(ticket.holder)
    move_ticket(ticket, Verb.START_REPAIR, by=by)


def order_part(
    reference: str, order: NewOrder, *, by: Actor, expected_version: int | None = None, note: str = ""
) -> None:
    """approved -> awaiting_parts; while already waiting it adds one more order and moves nothing."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    if ticket.stage is Stage.AWAITING_PARTS:
        _require_future(order.expected_on, shop_id=ticket.shop_id)
        parts.order_part(ticket, order, by=by)
        _keep_note(ticket, note, by=by)
        return
    _order_and_wait(ticket, Verb.ORDER_PART, order, by=by, note=note)


def needs_part(
    reference: str, order: NewOrder, *, by: Actor, expected_version: int | None = None, note: str = ""
) -> None:
    """in_repair -> awaiting_parts."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    _order_and_wait(ticket, Verb.NEEDS_PART, order, by=by, note=note)


def _order_and_wait(ticket: Ticket, verb: Verb, order: NewOrder, *, by: Actor, note: str) -> None:
    require_move(ticket.stage, verb)
    _require_future(order.expected_on, shop_id=ticket.shop_id)
    row = parts.order_part(ticket, order, by=by)
    _keep_note(ticket, note, by=by)
    move = move_ticket(ticket, verb, by=by, facts=MoveFacts(part_expected_on=order.expected_on))
    row.order_move_id = move.id


def _keep_note(ticket: Ticket, note: str, *, by: Actor) -> None:
    if note:
        record_note(ticket, note, by=by)


def _require_future(expected_on: date | None, *, shop_id: int) -> None:
    """Today counts, by the shop's own calendar."""
    if expected_on is not None and expected_on < get_calendar(shop_id).local_day(clock.now()):
        raise PartDateInThePast(field="expected_on", day=expected_on)


def part_arrived(
    reference: str,
    order_id: int,
    *,
    by: Actor,
    expected_version: int | None = None,
    serial: str = "",
    lot: str = "",
) -> bool:
    """One part is here. The last one moves the ticket on; True when it did."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    order = parts.receive_part(ticket, order_id, serial=serial, lot=lot, by=by)
    if ticket.stage is not Stage.AWAITING_PARTS or parts.list_open_orders(ticket.id):
        return False
    _arrived(ticket, [order], by=by)
    return True


def last_part_arrived(reference: str, *, by: Actor, expected_version: int | None = None) -> None:
    """awaiting_parts -> approved; everything that was on order is here."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.LAST_PART_ARRIVED)
    orders = parts.receive_open_orders(ticket, by=by)
    if not orders:
        raise NothingOnOrder
    _arrived(ticket, orders, by=by)


def _arrived(ticket: Ticket, orders: list[PartOrder], *, by: Actor) -> None:
    move = move_ticket(ticket, Verb.LAST_PART_ARRIVED, by=by)
    for order in orders:
        order.end_move_id = move.id


def finish(
    reference: str,
    *,
    by: Actor,
    expected_version: int | None = None,
    outcome: Outcome = Outcome.REPAIRED,
    note: str = "",
) -> None:
    """in_repair -> final_checks."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.FINISH)
    if note:
        record_note(ticket, note, by=by, for_customer=True)
    move_ticket(ticket, Verb.FINISH, by=by, outcome=outcome)


def test_failed(reference: str, *, by: Actor, expected_version: int | None, note: str) -> None:
    """final_checks -> in_repair; the note says which test and why."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.TEST_FAILED)
    record_note(ticket, note, by=by)
    move_ticket(ticket, Verb.TEST_FAILED, by=by)


def return_unrepaired(
    reference: str,
    *,
    reason: ReturnReason,
    by: Actor,
    expected_version: int | None = None,
    note: str = "",
) -> None:
    """To final_checks without a repair; open orders are cancelled."""
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, Verb.RETURN_UNREPAIRED)
    require_words_for_other(reason, note)
    orders = parts.cancel_open_orders(ticket, by=by)
    _keep_note(ticket, note, by=by)
    move = move_ticket(
        ticket,
        Verb.RETURN_UNREPAIRED,
        by=by,
        outcome_reason=reason.value,
        facts=MoveFacts(reason=reason.value),
        details={"reason": reason.value},
    )
    for order in orders:
        order.end_move_id = move.id
