"""What a scanned command does with a ticket: a move, its clock, or taking the last move back."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from repairshop.board.verbs import ENDPOINTS
from repairshop.diagnostics.service import start_diagnosis
from repairshop.errors import Refused
from repairshop.staff.rules import Actor
from repairshop.tickets.service import undo_move
from repairshop.tickets.stages import Verb
from repairshop.workshop.service import finish, last_part_arrived, start_repair
from repairshop.workshop.timing import pause_work, start_work


class BenchCommand(StrEnum):
    """Commands besides the verbs; the value is what stands behind the prefix."""

    START_CLOCK = "CLOCKON"
    PAUSE_CLOCK = "CLOCKOFF"
    UNDO = "UNDO"


class CommandUnknown(Refused):
    """No command of the bench stands behind this code."""


class DeviceFirst(Refused):
    """A command came before its device."""


# Those that ask for nothing but the scan; every other verb opens its form.
_ONE_KEY: Mapping[Verb, Callable[..., Any]] = {
    Verb.START_DIAGNOSIS: start_diagnosis,
    Verb.START_REPAIR: start_repair,
    Verb.FINISH: finish,
    Verb.LAST_PART_ARRIVED: last_part_arrived,
}

# Scanners type letters only: "start_repair" is printed as STARTREPAIR.
_VERB_OF = {verb.value.replace("_", "").upper(): verb for verb in ENDPOINTS}
_ACT_OF: Mapping[BenchCommand, Callable[..., Any]] = {
    BenchCommand.START_CLOCK: start_work,
    BenchCommand.PAUSE_CLOCK: pause_work,
    BenchCommand.UNDO: undo_move,
}


def code_of(verb: Verb) -> str:
    """What the verb's printed code says behind its prefix."""
    return verb.value.replace("_", "").upper()


def read_command(text: str) -> Verb | BenchCommand:
    """Raises CommandUnknown."""
    if text in _VERB_OF:
        return _VERB_OF[text]
    if text in set(BenchCommand):
        return BenchCommand(text)
    raise CommandUnknown(field="q")


def needs_form(command: Verb | BenchCommand) -> bool:
    return isinstance(command, Verb) and command not in _ONE_KEY


def carry_out(command: Verb | BenchCommand, reference: str, *, by: Actor) -> None:
    """A command that needs no form. Refused like its button where the ticket's stage does not allow it."""
    act = _ONE_KEY[command] if isinstance(command, Verb) else _ACT_OF[command]
    act(reference, by=by)
