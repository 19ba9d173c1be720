"""What the reads about quotes return."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from repairshop.money import Money, total
from repairshop.parts.rules import PartOrigin
from repairshop.quotes.rules import Channel, DecisionKind, DeclineReason, QuoteKind, QuoteState
from repairshop.quotes.terms import DatesBasis, LineKind, at_most_for, price_of, tax_of
from repairshop.staff.rules import ActorKind


@dataclass(frozen=True, kw_only=True)
class LineRow:
    """A line of a sent quote."""

    id: int
    option_id: int
    kind: LineKind
    description: str
    quantity: int
    unit_price: Money
    optional: bool
    origin: PartOrigin | None
    device_will_show: str
    minutes: int = 0
    hourly_rate: Money | None = None
    feature_lost: str = ""
    source: str = ""
    warranty_days: int = 0
    part_id: int | None = None

    @property
    def total(self) -> Money:
        return Money(minor=self.quantity * self.unit_price.minor, currency=self.unit_price.currency)

    @property
    def unit_price_minor(self) -> int:
        return self.unit_price.minor


@dataclass(frozen=True, kw_only=True)
class Share:
    """What the chosen lines of an option come to."""

    price: Money
    at_most: Money


@dataclass(frozen=True, kw_only=True)
class OptionRow:
    """One way to do the repair."""

    id: int
    label: str
    price: Money
    at_most: Money
    tax: Money
    lines: tuple[LineRow, ...]

    @property
    def has_extras(self) -> bool:
        return any(line.optional for line in self.lines)

    @property
    def asked(self) -> Share:
        """The asked repair, without the extras nobody has ticked yet."""
        return self.share([line.id for line in self.lines if not line.optional])

    def share(self, line_ids: Collection[int]) -> Share:
        lines = (line for line in self.lines if line.id in line_ids)
        price = price_of(lines, currency=self.price.currency)
        return Share(price=price, at_most=at_most_for(price, price=self.price, at_most=self.at_most))


@dataclass(frozen=True, kw_only=True)
class DecisionRow:
    """What was decided, by whom and how we know. `taken_by` is the staff member who wrote it down."""

    id: int
    kind: DecisionKind
    decided_at: datetime
    actor_kind: ActorKind
    taken_by: str | None
    channel: Channel | None
    consented_by: str
    consented_at: datetime | None
    number_called: str
    conditions: str
    price: Money | None
    at_most: Money | None
    decline_reason: DeclineReason | None
    note: str
    line_ids: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class AdditionRow:
    """Parts or work added during the repair inside the spend limit, and how that is known."""

    id: int
    decision_id: int
    history_seq: int
    added_at: datetime
    added_by: str | None
    added_by_id: int | None
    undo_until: datetime
    reason: str
    limit: Money
    agreed_before: Money  # the most it could cost until then
    price: Money
    hash: str
    lines: tuple[LineRow, ...]

    @property
    def at_most(self) -> Money:
        """The most it can cost with this addition."""
        return self.agreed_before + self.price


@dataclass(frozen=True, kw_only=True)
class FormRow:
    """The repair form that came with a quote; `is_readable` False once its person was erased."""

    valid_until: date
    hash: str
    is_readable: bool


@dataclass(frozen=True, kw_only=True)
class RepairFormKey:
    """What proves a form."""

    hash: str
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class QuoteRow:
    """A sent version with everything the customer was told, and what became of it."""

    id: int
    ticket_id: int
    version: int
    kind: QuoteKind
    state: QuoteState
    sent_at: datetime
    sent_by: str | None
    currency: str
    tax_name: str
    tax_rate_basis_points: int
    earliest: date
    latest: date
    dates_basis: DatesBasis | None
    valid_until: date
    expires_at: datetime
    diagnosis_fee: Money
    diagnosis_fee_told_at: datetime | None
    like_new: Money | None
    message: str
    hash: str
    form: FormRow | None
    options: tuple[OptionRow, ...]
    decisions: tuple[DecisionRow, ...]
    additions_made: tuple[AdditionRow, ...] = ()  # oldest first, to any approval there was

    @property
    def lines(self) -> tuple[LineRow, ...]:
        """Of every option."""
        return tuple(line for option in self.options for line in option.lines)

    @property
    def is_choice(self) -> bool:
        return len(self.options) > 1

    @property
    def approval(self) -> DecisionRow | None:
        """The approval in force, also while a newer version is asked about."""
        approved = [row for row in self.decisions if row.kind is DecisionKind.APPROVED]
        taken_back = [row for row in self.decisions if row.kind is DecisionKind.TAKEN_BACK]
        if not approved or (taken_back and taken_back[-1].id > approved[-1].id):
            return None
        return approved[-1]

    @property
    def approved_lines(self) -> tuple[LineRow, ...]:
        chosen = self.approval.line_ids if self.approval else frozenset()
        return tuple(line for line in self.lines if line.id in chosen)

    @property
    def agreed_option(self) -> OptionRow | None:
        """The option the approval in force is about."""
        chosen = self.approval.line_ids if self.approval else frozenset()
        return next((one for one in self.options if any(line.id in chosen for line in one.lines)), None)

    @property
    def additions(self) -> tuple[AdditionRow, ...]:
        """What was added to the approval in force, inside the spend limit."""
        approval = self.approval
        return tuple(row for row in self.additions_made if approval and row.decision_id == approval.id)

    @property
    def agreed_lines(self) -> tuple[LineRow, ...]:
        """The approved lines and the additions."""
        return (*self.approved_lines, *(line for one in self.additions for line in one.lines))

    @property
    def agreed(self) -> Share | None:
        """Price and maximum of the approval in force with its additions; None without one."""
        approval = self.approval
        if approval is None or approval.price is None or approval.at_most is None:
            return None
        added = total((one.price for one in self.additions), currency=self.currency)
        return Share(price=approval.price + added, at_most=approval.at_most + added)

    @property
    def agreed_tax(self) -> Money | None:
        """The tax inside the agreed price, rounded once."""
        return (
            tax_of(self.agreed.price, rate_basis_points=self.tax_rate_basis_points) if self.agreed else None
        )

    @property
    def has_extras(self) -> bool:
        return any(option.has_extras for option in self.options)

    def find_option(self, option_id: int | None) -> OptionRow | None:
        """The option of this id; without an id the only one there is."""
        if option_id is None:
            return None if self.is_choice else self.options[0]
        return next((option for option in self.options if option.id == option_id), None)
