"""What the documents say: frozen facts, filled by the service, drawn by the templates. Pure.

Fields that hold a word's key (origin, outcome, result …) get their wording in the templates; fields that
hold a person's own words are drawn as they are, escaped.
"""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from repairshop.errors import Refused
from repairshop.money import Money

ReportId = NewType("ReportId", str)


class DocumentNotDrawn(Refused):
    """The drawing process could not make the document within its time and memory."""


class ReportNotFinished(Refused):
    """A report is issued when the work is over."""


class DocumentKind(StrEnum):
    RECEIPT = "receipt"
    LABEL = "label"
    REPORT = "report"
    REPAIR_FORM = "repair_form"
    ANSWER = "answer"
    WIPE = "wipe"
    SLIP = "slip"
    QUOTE = "quote"


class Paper(StrEnum):
    A4 = "a4"
    LETTER = "letter"


_LETTER_COUNTRIES = frozenset({"US", "CA", "MX", "CL", "CO", "CR", "PA", "PH", "PR", "VE"})


def paper_of(country: str) -> Paper:
    """The sheet a country's printers hold (CLDR supplemental data, paper size)."""
    return Paper.LETTER if country in _LETTER_COUNTRIES else Paper.A4


class LabelSize(StrEnum):
    """Label presets in millimetres, width first: Brother DK 62x29, Dymo 57x32 and 89x28, Zebra 100x50."""

    W62H29 = "62x29"
    W57H32 = "57x32"
    W89H28 = "89x28"
    W100H50 = "100x50"

    @property
    def millimetres(self) -> tuple[int, int]:
        width, height = self.value.split("x")
        return int(width), int(height)


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """The shop, as documents name it, and what dates and words follow."""

    name: str
    street: str
    city: str
    phone: str
    email: str
    country: str
    time_zone: str
    language: str  # of the document's reader

    @property
    def paper(self) -> Paper:
        return paper_of(self.country)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The device, as it can be told from others."""

    label: str
    device_type: str
    colour: str = ""
    imei: str = ""
    serial: str = ""
    unreadable_because: str = ""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture in a document, by its id in the media store."""

    media_id: int
    sha256: str
    caption: str = ""
    step: str = ""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """The customer's hand: drawn, or typed with a tick."""

    purpose: str
    name: str
    at: datetime
    picture: Picture | None = None


@dataclass(frozen=True, kw_only=True)
class Detail:
    """A part of a privacy answer; both are keys of templates/privacy/_words.html."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One privacy task: what was asked, what was answered, when and by whom.

    `task` and `answer` are the list's own words and go through gettext; `reason` is a person's.
    """

    task: str
    answer: str
    reason: str = ""
    seal: str = ""
    details: tuple[Detail, ...] = ()
    at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Pledge:
    """The promise a repair is measured by and, once known, whether it was kept.

    That is the first one, unless it ended while the customer had the quote (`reports.pledges`): then the one
    made with the answer. `ready_on` stays None where nothing can be measured.
    """

    earliest: date
    latest: date
    ready_on: date | None = None
    after_answer: bool = False

    @property
    def was_kept(self) -> bool | None:
        return None if self.ready_on is None else self.ready_on <= self.latest


@dataclass(frozen=True, kw_only=True)
class LabelData:
    """What stands on the outside of a device: nothing of its owner, nothing of its fault."""

    shop: Letterhead
    size: LabelSize
    number: str
    code: str
    device: str
    place: str
    made_at: datetime


class AccentNotRead(Refused):
    """No colour written as # and six hexadecimal digits."""


class AccentTooPale(Refused):
    """Letters in this colour are hard to read on white paper; `ratio` is its contrast."""


LEAST_CONTRAST = 4.5  # WCAG 2.2 1.4.3, on white paper
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, kw_only=True)
class Logo:
    """A shop's logo, by its place in the media store: no paper asks the database for it once more."""

    media_id: int
    key: str
    content_type: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a shop's papers look like besides their words; "" is ink. Not a fact: no digest covers it."""

    accent: str = ""  # "#0a5560"
    logo: Logo | None = None


PLAIN = Look()


def accent_of(typed: str) -> str:
    """The colour in lower case, or "" for none; AccentNotRead, AccentTooPale."""
    colour = typed.strip().lower()
    if not colour:
        return ""
    if not _COLOUR.fullmatch(colour):
        raise AccentNotRead(field="accent")
    ratio = contrast_on_white(colour)
    if ratio < LEAST_CONTRAST:
        raise AccentTooPale(field="accent", ratio=f"{math.floor(ratio * 10) / 10:.1f}")
    return colour


def contrast_on_white(colour: str) -> float:
    """WCAG's contrast ratio of "#rrggbb" on white, 1 to 21."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    light = sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.05 / (light + 0.05)


@dataclass(frozen=True, kw_only=True)
class SheetCode:
    """A code to stick on a shelf or to lay on the bench; `name` is "" for a command, whose words are ours."""

    code: str
    text: str
    name: str


@dataclass(frozen=True, kw_only=True)
class CodeSheet:
    """The codes of a shop's places, carriers, specialists, people and commands."""

    shop: Letterhead
    codes: tuple[SheetCode, ...]
    made_at: datetime


@dataclass(frozen=True, kw_only=True)
class Lent:
    """What the customer has of the shop's."""

    name: str
    number: str
    due_on: date | None
    deposit: Money | None


@dataclass(frozen=True, kw_only=True)
class ReceiptTicket:
    """One device of the visit."""

    number: str
    code: str
    device: Identity
    fault: str
    reported_fault: str
    condition: str
    accessories: tuple[str, ...]
    loaner: Lent | None  # for the time of the repair
    photos: int
    spend_limit: Money | None
    fixed_price: Money | None
    diagnosis_fee: Money | None = None  # what a no costs, as told when the device came in
    diagnosis_fee_told_at: datetime | None = None
    pledge: Pledge | None
    needed_by: str
    passcode_kept: bool
    privacy: tuple[Answer, ...]


@dataclass(frozen=True, kw_only=True)
class ReceiptData:
    """The customer's proof that the shop has their devices."""

    shop: Letterhead
    customer: str
    handed_in_at: datetime
    tickets: tuple[ReceiptTicket, ...]
    reach_note: str
    reached_at: tuple[str, ...]  # numbers and addresses that get texts while the shop has the devices
    signature: Signed | None
    unclaimed_after_days: int
    warranty_days: int
    day_head: str = ""
    day_head_of: str = ""  # local date, ISO
