"""The standard task lists and the standard notice: texts that a shop's own lists begin from."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from repairshop.catalogue.rules import DeviceType
from repairshop.privacy.rules import TaskKind, TaskPart
from repairshop.privacy.wording import ListTask, choice_of

_FILE = Path(__file__).parent / "seeds" / "task_lists.toml"


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def read_notice() -> str:
    """The standard notice, paragraphs apart by an empty line."""
    return "\n\n".join(_read()["notice"]["paragraphs"])


def read_task_list(device_type: DeviceType) -> list[ListTask]:
    """The tasks of a type: the standard ones, with the choices this type has of its own."""
    own: dict[str, Any] = next(
        (entry["choices"] for entry in _read()["own"] if device_type.value in entry["types"]), {}
    )
    return [_seed_task(row, own.get(row["kind"], row["choices"])) for row in _read()["task"]]


def _seed_task(row: dict[str, Any], choices: list[dict[str, Any]]) -> ListTask:
    return ListTask(
        kind=TaskKind(row["kind"]),
        part=TaskPart(row["part"]),
        optional=row.get("optional", False),
        title=row["title"],
        staff_words=row.get("staff_words", ""),
        customer_words=row["customer_words"],
        choices=tuple(choice_of(choice) for choice in choices),
    )


def list_texts() -> list[str]:
    """Every text of the file that a person reads; the translators' list must hold them all."""
    texts = list(_read()["notice"]["paragraphs"])
    for device_type in DeviceType:
        for task in read_task_list(device_type):
            texts += [task.title, task.staff_words, task.customer_words]
            for choice in task.choices:
                texts += [choice.words, choice.customer, choice.steps]
    return list(dict.fromkeys(text for text in texts if text))
