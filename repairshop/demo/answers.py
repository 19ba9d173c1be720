"""What people answer when nothing is unusual: privacy tasks and checks."""

from collections.abc import Collection
from types import MappingProxyType

from repairshop.catalogue.queries import list_test_items
from repairshop.catalogue.rules import DeviceType
from repairshop.diagnostics.rules import TestAnswer, Verdict
from repairshop.privacy.queries import TaskRow, list_tasks
from repairshop.privacy.rules import DETAILS, NEEDS_REASON, Answer, Choice, TaskKind, TaskPart, TaskState

_DETAILS = MappingProxyType(
    {"sim": "out", "card": "none", "lock": "off", "lock_seen": "settings", "wish": "nothing"}
)
_MEASURED = MappingProxyType(
    {
        "battery_health": "91",
        "battery_cycles": "212",
        "battery_capacity": "3040",
        "battery_temperature": "31",
        "temperature": "74",
        "drive_health": "97",
        "drive_temperature": "41",
        "os_version": "18.1",
    }
)


def answers_for(ticket_id: int, part: TaskPart, *, credential_because: str = "") -> dict[TaskKind, Answer]:
    """The usual answer to every open task of a part; `credential_because` says why a passcode is needed."""
    tasks = list_tasks(ticket_id)
    taken = any(task.kind is TaskKind.CREDENTIAL and task.choice is Choice.NEEDED for task in tasks)
    answers = {
        task.kind: _usual(task, taken=taken)
        for task in tasks
        if task.part is part and task.state is TaskState.OPEN
    }
    if credential_because and TaskKind.CREDENTIAL in answers:
        answers[TaskKind.CREDENTIAL] = Answer(choice=Choice.NEEDED, reason=credential_because)
    return answers


def _usual(task: TaskRow, *, taken: bool) -> Answer:
    """The first answer of the list that is true and needs no words of its own."""
    offered = [choice.key for choice in task.choices]
    choice = next(
        choice
        for choice in offered
        if (task.kind, choice) not in NEEDS_REASON
        and not (taken and choice is Choice.NEVER_TAKEN)
        and not (task.kind is TaskKind.SEALED and choice is Choice.YES)
    )
    needs = () if choice is Choice.NOTHING_IN_IT else DETAILS.get(task.kind, {})
    return Answer(choice=choice, details={name: _DETAILS[name] for name in needs})


def passing_tests(device_type: DeviceType, *, fails: Collection[str] = ()) -> dict[str, TestAnswer]:
    """Every check of the type passed, but for those named."""
    return {
        item.key: TestAnswer(
            verdict=Verdict.FAIL if item.key in fails else Verdict.PASS, value=_MEASURED.get(item.key, "")
        )
        for item in list_test_items(device_type)
    }
