"""When two records may become one person, and when they may be taken apart again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from repairshop.errors import Refused


class MergeWithOneself(Refused):
    """Both records are one person already."""


class MergedPersonErased(Refused):
    """One of the two was erased."""


class MergeOvertaken(Refused):
    """Another merge came later: it has to be undone first."""


class Side(StrEnum):
    """Whose name or language the merged person goes on with."""

    KEPT = "kept"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What the rules ask of a person."""

    id: int
    merged_into_id: int | None
    is_erased: bool


def require_two_people(kept: Identity, gone: Identity) -> None:
    if kept.id == gone.id:
        raise MergeWithOneself
    if kept.is_erased or gone.is_erased:
        raise MergedPersonErased


def require_undoable(kept: Identity, gone: Identity, *, merge_id: int, latest_id: int | None) -> None:
    """Merges of one person are undone in the opposite order, so that each finds what it left behind."""
    if kept.is_erased or gone.is_erased:
        raise MergedPersonErased
    if kept.merged_into_id is not None or gone.merged_into_id != kept.id or latest_id != merge_id:
        raise MergeOvertaken


def silenced(stops: Mapping[str, bool]) -> bool:
    """Whether somebody with these addresses (address -> stopped) cannot be written to at all."""
    return bool(stops) and all(stops.values())


def to_silence(kept: Mapping[str, bool], gone: Mapping[str, bool]) -> list[str]:
    """The addresses that a merge has to stop: all of them, when one of the two wants no messages.

    One channel and purpose at a time. Somebody who stopped one number and kept another is not silenced.
    """
    if not silenced(kept) and not silenced(gone):
        return []
    return sorted(address for address, stopped in {**kept, **gone}.items() if not stopped)


# A row's columns as they go into JSON and come out again; only times need a word of their own.
_TIME = "time:"


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: f"{_TIME}{value.isoformat()}" if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def read_back(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value.removeprefix(_TIME))
        if isinstance(value, str) and value.startswith(_TIME)
        else value
        for name, value in values.items()
    }
