"""What the diagnostic report says: frozen facts, filled by report_facts, drawn by its template. Pure."""

from collections.abc import Iterable, Sequence
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

    @property
    def merely_passed(self) -> bool:
        """Passed in each run it was made in, with no value, note or photo to show."""
        told = (self.before_value, self.after_value, self.note, self.photos_before, self.photos_after)
        return {self.before, self.after} in ({"pass"}, {"pass", ""}) and not any(told)


@dataclass(frozen=True, kw_only=True)
class Passes:
    """Checks with nothing to tell but that they passed; "" for a run in which they were not made."""

    before: str
    after: str
    labels: tuple[str, ...]


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
class Checked:
    """When a run of checks was made, and by whom."""

    at: datetime
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Covered:
    """What the warranty covers until which day, the day included; without a name it is the work."""

    ends_on: date
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A job under the warranty of another: its code, and what was decided (None: nothing yet)."""

    code: str
    claimed_on: date
    covered: bool | None = None
    about: Covered | None = None
    no_cover: bool = False  # none of the covers applies
    because: str = ""


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
class Tally:
    """How many checks were made, and how many of them passed."""

    made: int
    passed: int


def tally_of(verdicts: Iterable[str]) -> Tally:
    """What could not be tested, or is not there, counts as not made."""
    made = [verdict for verdict in verdicts if verdict in {"pass", "fail"}]
    return Tally(made=len(made), passed=made.count("pass"))


def pairs_of(
    before: Sequence[Picture], after: Sequence[Picture]
) -> tuple[tuple[Picture | None, Picture | None], ...]:
    """Each picture once; those of one caption together, the rest in their order; empty without an "after"."""
    if not after:
        return ()
    left, pairs = list(after), []
    for one in before:
        match = next((other for other in left if one.caption and other.caption == one.caption), None)
        if match is not None:
            left.remove(match)
        pairs.append((one, match))
    filled: list[tuple[Picture | None, Picture | None]] = [
        (one, match or (left.pop(0) if left else None)) for one, match in pairs
    ]
    return (*filled, *((None, other) for other in left))


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
    checked_before: Checked | None = None
    checked_after: Checked | None = None
    covers: tuple[Covered, ...] = ()  # the work first, then the parts; empty until the device has left
    claim: Claimed | None = None
    issued_at: datetime | None = None  # None for an interim report, which nobody vouches for
    photos_after: tuple[Picture, ...] = ()  # of the finished device, by those who closed it or gave it back

    @property
    def photo_pairs(self) -> tuple[tuple[Picture | None, Picture | None], ...]:
        """Before and after side by side, as long as there is an "after": by caption, then in their order."""
        return pairs_of(self.photos, self.photos_after)

    @property
    def passes(self) -> tuple[Passes, ...]:
        """Long lists of checks that merely passed; they are named in a row, not one to a line."""
        plain: dict[tuple[str, str], list[str]] = {}
        for test in self.tests:
            if test.merely_passed:
                plain.setdefault((test.before, test.after), []).append(test.label)
        return tuple(
            Passes(before=before, after=after, labels=tuple(labels))
            for (before, after), labels in plain.items()
            if len(labels) > MOST_PASSES_IN_LINES
        )

    @property
    def tests_in_lines(self) -> tuple[TestLine, ...]:
        """What stands in the table of checks: all that is not in `passes`."""
        elsewhere = {(row.before, row.after) for row in self.passes}
        return tuple(
            test for test in self.tests if not (test.merely_passed and (test.before, test.after) in elsewhere)
        )

    @property
    def checks_before(self) -> Tally:
        return tally_of(test.before for test in self.tests)

    @property
    def checks_after(self) -> Tally:
        return tally_of(test.after for test in self.tests)

    @property
    def lost(self) -> tuple[str, ...]:
        """What the device can no longer do, each once."""
        return tuple(dict.fromkeys(part.feature_lost for part in self.parts if part.feature_lost))

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Every picture the report shows, each once."""
        found = [*self.photos, *self.photos_after]
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


MOST_PASSES_IN_LINES = 8  # a phone's list has fifty checks; one to a line they would fill two sheets
FINISHED = frozenset({"ready", "unclaimed", "handed_over", "surrendered"})
