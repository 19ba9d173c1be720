"""Undo of a hand-over or surrender."""

from repairshop.handover import service
from repairshop.tickets.events import MoveUndone
from repairshop.tickets.stages import Verb


def restore_before_hand_over(event: MoveUndone) -> None:
    if event.verb in {Verb.HAND_OVER, Verb.SURRENDER}:
        service.restore_before_hand_over(event)
