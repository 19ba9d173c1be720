"""What the diagnostic report says: frozen facts, filled by report_facts, drawn by its template. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from repairshop.money import Money
from repairshop.reports.rules import Answer, Identity, Letterhead, Picture, Pledge, Signed


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
    photos_before: tuple[Picture, ...] = ()
    photos_after: tuple[Picture, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the technician found; section, defect and cause are keys of templates/diagnostics/_words.html."""

    text: str
    at: datetime
    by: str = ""
    photos: tuple[Picture, ...] = ()
    section: str = ""
    defect: str = ""
    cause: str = ""


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
class CustodyStep:
    """Who had the device, or where it lay, from then on; `holder` is a key of tickets/_words.html."""

    at: datetime
    holder: str
    label: str = ""


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
    custody: tuple[CustodyStep, ...] = ()
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
        for test in self.tests:
            found += [*test.photos_before, *test.photos_after]
        found += [signed.picture for signed in self.signatures if signed.picture]
        return tuple({picture.media_id: picture for picture in found}.values())

    @property
    def is_final(self) -> bool:
        """Whether the work is over; before that a report is an interim one and nobody vouches for it."""
        return self.stage in FINISHED


FINISHED = frozenset({"ready", "unclaimed", "handed_over", "surrendered"})
