"""Reading records of the Open Repair Data Standard (versions 0.2.1 and 0.3). Pure.

Source: github.com/openrepair/datastandard, standard.rst. Version 0.2.1 lacks product_category_id and
product_age, and writes an unknown year as "????". Some publishers join the parts of an id with "_".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from repairshop.catalogue.rules import DeviceType
from repairshop.diagnostics.rules import Barrier
from repairshop.errors import Refused
from repairshop.tickets.stages import Outcome

REQUIRED_COLUMNS = (
    "id",
    "data_provider",
    "country",
    "partner_product_category",
    "product_category",
    "brand",
    "year_of_manufacture",
    "repair_status",
    "repair_barrier_if_end_of_life",
    "group_identifier",
    "event_date",
    "problem",
)

OUTCOMES: Mapping[str, Outcome | None] = {
    "Fixed": Outcome.REPAIRED,
    "Repairable": Outcome.RETURNED_UNREPAIRED,
    "End of life": Outcome.NOT_REPAIRABLE,
    "Unknown": None,  # imports only
}

# The standard's wordings, and those of its table schema and of older files.
BARRIERS: Mapping[str, Barrier] = {
    "Spare parts not available": Barrier.PARTS_NOT_AVAILABLE,
    "Spare parts too expensive": Barrier.PARTS_TOO_EXPENSIVE,
    "No way to open product": Barrier.NO_WAY_TO_OPEN,
    "No way to open the product": Barrier.NO_WAY_TO_OPEN,
    "Repair information not available": Barrier.NO_REPAIR_INFORMATION,
    "Lack of equipment": Barrier.NO_EQUIPMENT,
    "Item too worn out": Barrier.TOO_WORN_OUT,
    "Too worn out": Barrier.TOO_WORN_OUT,
}

# Products a counter of ours takes in; everything else in the standard is an "other device".
DEVICE_TYPES: Mapping[str, DeviceType] = {
    "Desktop computer": DeviceType.DESKTOP,
    "Digital compact camera": DeviceType.CAMERA,
    "DSLR/video camera": DeviceType.CAMERA,
    "Games console": DeviceType.CONSOLE,
    "Handheld entertainment device": DeviceType.OTHER,  # mostly music players
    "Headphones": DeviceType.HEADPHONES,
    "Laptop": DeviceType.LAPTOP,
    "Mobile": DeviceType.PHONE,
    "Tablet": DeviceType.TABLET,
    "Watch/clock": DeviceType.WATCH,
}

_RECORD_ID = re.compile(r"[a-z][a-z0-9]*[-_][0-9]{1,18}")
_COUNTRY = re.compile(r"[A-Z]{3}")
_AGE = re.compile(r"\d{1,3}(\.\d{1,3})?")
# Characters no text of a person holds; PostgreSQL refuses the first of them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_FIRST_YEAR = 1850
LONGEST = {"id": 60, "brand": 80, "product_category": 120, "problem": 2000}
_LONGEST_OTHER = 200


class Fault(StrEnum):
    """Why a row was skipped."""

    COLUMNS = "has another number of columns than the first line"
    CHARACTERS = "holds characters that are not text, or is not UTF-8"
    LENGTH = "is too long in"
    MISSING = "has nothing in"
    RECORD_ID = "has no id like provider_123 but"
    STATUS = "has a repair_status outside the standard:"
    BARRIER = "has a repair_barrier_if_end_of_life outside the standard:"
    BARRIER_WITHOUT_END = "names a barrier although it is not end of life:"
    COUNTRY = "has a country that is not three capital letters:"
    DATE = "has no event_date like 2024-05-31 but"
    FUTURE = "has an event_date in the future:"
    YEAR = "has a year_of_manufacture that cannot be:"
    AGE = "has a product_age that is no number:"
    QUOTING = "cannot be read:"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A row that was skipped: where, why, and what stood there."""

    line: int
    fault: Fault
    value: str = ""

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= 60 else f"{self.value[:57]}..."
        return f"line {self.line} {self.fault} {shown}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Record:
    """One repair as it was recorded. `problem` may name people: it is personal data."""

    id: str
    provider: str
    country: str  # ISO 3166 alpha-3
    partner_category: str
    category: str
    device_type: DeviceType
    brand: str  # empty when unknown
    made_in_year: int | None
    product_age_years: str  # as written, "" when unknown
    outcome: Outcome | None
    barrier: Barrier | None
    group: str
    event_date: date
    problem: str


class NotOpenRepairData(Refused):
    """The file's first line lacks columns of the standard."""


class _RowFault(Exception):
    def __init__(self, fault: Fault, value: str = "") -> None:
        super().__init__(fault, value)
        self.fault = fault
        self.value = value


def require_columns(names: Sequence[str]) -> None:
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        raise NotOpenRepairData(columns=", ".join(missing))


def read_row(names: Sequence[str], cells: Sequence[str], *, line: int, today: date) -> Record | Problem:
    """One record, or why it is none."""
    try:
        if len(cells) != len(names):
            raise _RowFault(Fault.COLUMNS, f"{len(cells)} for {len(names)}")
        return _record(dict(zip(names, cells, strict=True)), today=today)
    except _RowFault as wrong:
        return Problem(line=line, fault=wrong.fault, value=wrong.value)


def _record(row: Mapping[str, str], *, today: date) -> Record:
    texts = {name: row[name].strip() for name in REQUIRED_COLUMNS}
    _require_plain(texts)
    for name in ("id", "data_provider", "country", "partner_product_category", "repair_status", "event_date"):
        if not texts[name]:
            raise _RowFault(Fault.MISSING, name)
    if not _RECORD_ID.fullmatch(texts["id"]):
        raise _RowFault(Fault.RECORD_ID, texts["id"])
    if not _COUNTRY.fullmatch(texts["country"]):
        raise _RowFault(Fault.COUNTRY, texts["country"])
    category = texts["product_category"] or texts["partner_product_category"]
    outcome, barrier = _outcome(texts)
    return Record(
        id=texts["id"],
        provider=texts["data_provider"],
        country=texts["country"],
        partner_category=texts["partner_product_category"],
        category=category,
        device_type=DEVICE_TYPES.get(category, DeviceType.OTHER),
        brand="" if texts["brand"].casefold() in {"unknown", "n/a"} else texts["brand"],
        made_in_year=_year(texts["year_of_manufacture"], today=today),
        product_age_years=_age(row.get("product_age", "").strip()),
        outcome=outcome,
        barrier=barrier,
        group=texts["group_identifier"],
        event_date=_date(texts["event_date"], today=today),
        problem=texts["problem"],
    )


def _require_plain(texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        if _CONTROL.search(text):
            raise _RowFault(Fault.CHARACTERS, name)
        if len(text) > LONGEST.get(name, _LONGEST_OTHER):
            raise _RowFault(Fault.LENGTH, name)


def _outcome(texts: Mapping[str, str]) -> tuple[Outcome | None, Barrier | None]:
    status, barrier = texts["repair_status"], texts["repair_barrier_if_end_of_life"]
    if status not in OUTCOMES:
        raise _RowFault(Fault.STATUS, status)
    if barrier and barrier not in BARRIERS:
        raise _RowFault(Fault.BARRIER, barrier)
    if barrier and status != "End of life":
        raise _RowFault(Fault.BARRIER_WITHOUT_END, barrier)
    return OUTCOMES[status], BARRIERS.get(barrier)


def _date(text: str, *, today: date) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == len("2024-05-31") else None
    except ValueError:
        day = None
    if day is None or day.year < _FIRST_YEAR:
        raise _RowFault(Fault.DATE, text)
    if day > today:
        raise _RowFault(Fault.FUTURE, text)
    return day


def _year(text: str, *, today: date) -> int | None:
    if text in {"", "????"}:
        return None
    if not re.fullmatch(r"\d{4}", text) or not _FIRST_YEAR <= int(text) <= today.year + 1:
        raise _RowFault(Fault.YEAR, text)
    return int(text)


def _age(text: str) -> str:
    if text and not _AGE.fullmatch(text):
        raise _RowFault(Fault.AGE, text)
    return text


def details_of(record: Record) -> dict[str, str]:
    """What the ticket's history keeps of the source; the free text stays out of the chain."""
    known: Iterable[tuple[str, str]] = (
        ("source", "ords"),
        ("record", record.id),
        ("provider", record.provider),
        ("country", record.country),
        ("category", record.category),
        ("partner_category", record.partner_category),
        ("group", record.group),
        ("product_age_years", record.product_age_years),
        ("barrier", record.barrier or ""),
    )
    return {name: text for name, text in known if text}
