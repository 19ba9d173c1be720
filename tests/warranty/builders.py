"""Repairs that left with a warranty, and claims on them."""

from repairshop.staff.rules import Actor
from repairshop.tickets import service as tickets
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from repairshop.warranty import service
from tests.builders import make_ticket


def handed_over(by: Actor, reference: str = "", **facts: object) -> str:
    """Repaired and back with its customer."""
    reference = reference or make_ticket(by, stage=Stage.IN_REPAIR, **facts)  # type: ignore[arg-type]
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=by)
        for verb in (Verb.FINISH, Verb.RELEASE):
            tickets.move_ticket(ticket, verb, by=by)
        move = tickets.move_ticket(ticket, Verb.HAND_OVER, by=by)
        service.start_warranty(ticket, move_id=move.id)
    return reference


def claim(reference: str, by: Actor, *, here: bool = True, same_fault: bool = True) -> str:
    with transaction():
        return service.open_warranty_claim(
            reference, reported_fault="Dark again", device_is_here=here, same_fault=same_fault, by=by
        )


def in_diagnosis(reference: str, by: Actor) -> str:
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=by)
        tickets.move_ticket(ticket, Verb.START_DIAGNOSIS, by=by)
    return reference
