"""What the documents say: frozen facts, filled by the service, drawn by the templates. Pure.

Fields that hold a word's key (origin, outcome, result …) get their wording in the templates; fields that
hold a person's own words are drawn as they are, escaped.
"""

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
    """The first promise and, once known, whether it was kept."""

    earliest: date
    latest: date
    ready_on: date | None = None

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


@dataclass(frozen=True, kw_only=True)
class TestLine:
    """One check, before and after the work; `label` goes through gettext, results are keys or empty."""

    __test__ = False  # not a test of pytest's

    label: str
    before: str = ""
    after: str = ""
    before_value: str = ""
    after_value: str = ""
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    text: str
    at: datetime
    by: str = ""
    photos: tuple[Picture, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FittedPart:
    """A part that went in; `origin` and `pairing` are keys, `software_shows` what the device will say."""

    name: str
    origin: str
    supplier: str = ""
    serial: str = ""
    lot: str = ""
    donor: str = ""
    pairing: str = ""
    software_shows: str = ""
    feature_lost: str = ""
    warranty_days: int = 0
    warranty_until: date | None = None  # known once the device was handed over


@dataclass(frozen=True, kw_only=True)
class PriceLine:
    text: str
    amount: Money
    quantity: int = 1


@dataclass(frozen=True, kw_only=True)
class Price:
    """What the customer agreed to, tax included, and the tax inside."""

    lines: tuple[PriceLine, ...]
    total: Money
    tax_name: str = ""
    tax: Money | None = None


@dataclass(frozen=True, kw_only=True)
class AddedWork:
    """What was added during the repair without asking, and why that was allowed."""

    lines: tuple[PriceLine, ...]
    reason: str
    price: Money
    agreed_before: Money  # the most it could cost until then
    at_most: Money  # with it
    limit: Money
    at: datetime
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One opening of the customer's data; the customer reads the role, not the name."""

    at: datetime
    role: str
    reason: str
    minutes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """Why there was no repair: a barrier's key and the technician's words."""

    barrier: str
    note: str


class Passcode(StrEnum):
    NEVER_TAKEN = "never_taken"
    PURGED = "purged"
    KEPT = "kept"


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """The diagnostic report of one ticket."""

    shop: Letterhead
    number: str
    code: str
    stage: str
    outcome: str
    outcome_reason: str
    device: Identity
    customer: str
    handed_in_at: datetime
    finished_at: datetime | None
    handed_over_at: datetime | None
    fault: str
    reported_fault: str
    symptom_condition: str = ""  # when the customer sees it
    condition: str
    accessories: tuple[str, ...]
    photos: tuple[Picture, ...]
    findings: tuple[Finding, ...]
    tests: tuple[TestLine, ...]
    conclusion: Conclusion | None
    work: tuple[str, ...]
    parts: tuple[FittedPart, ...]
    price: Price | None
    added: tuple[AddedWork, ...] = ()
    passcode: Passcode
    passcode_purged_at: datetime | None
    openings: tuple[Opening, ...]
    privacy: tuple[Answer, ...]
    pledge: Pledge | None
    warranty_until: date | None
    signatures: tuple[Signed, ...]
    history_entries: int
    history_head: str

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Every picture the report shows, each once."""
        found = [*self.photos]
        for finding in self.findings:
            found += finding.photos
        found += [signed.picture for signed in self.signatures if signed.picture]
        return tuple({picture.media_id: picture for picture in found}.values())

    @property
    def is_final(self) -> bool:
        """Whether the work is over; before that a report is an interim one and nobody vouches for it."""
        return self.stage in FINISHED


FINISHED = frozenset({"ready", "unclaimed", "handed_over", "surrendered"})
