"""What a quote on paper says: frozen facts, filled by quote_facts, drawn by its template. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from repairshop.money import Money
from repairshop.reports.rules import Identity, Letterhead


@dataclass(frozen=True, kw_only=True)
class QuoteLine:
    """A part or a piece of work; named as the pages that share its words name it. `origin` is a key or ""."""

    description: str
    quantity: int
    unit_price: Money
    total: Money
    optional: bool
    origin: str = ""
    minutes: int = 0
    hourly_rate: Money | None = None
    warranty_days: int = 0
    device_will_show: str = ""
    feature_lost: str = ""
    source: str = ""
    part_id: int | None = None  # of the catalogue: then it is known that the device says nothing


@dataclass(frozen=True, kw_only=True)
class QuoteWay:
    """One way to do the repair; prices hold the tax."""

    label: str
    price: Money
    at_most: Money
    tax: Money
    lines: tuple[QuoteLine, ...]


@dataclass(frozen=True, kw_only=True)
class QuoteAnswer:
    """What was decided; `kind` and `channel` are keys, `channel` "" where none was written down."""

    kind: str
    at: datetime
    channel: str = ""
    price: Money | None = None
    at_most: Money | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QuoteData:
    """One version of a quote, as it was sent, and what became of it."""

    shop: Letterhead
    number: str
    code: str
    device: Identity
    customer: str
    version: int
    sent_at: datetime
    message: str
    earliest: date
    latest: date
    valid_until: date
    diagnosis_fee: Money
    diagnosis_fee_told_at: datetime | None
    tax_name: str
    ways: tuple[QuoteWay, ...]
    answers: tuple[QuoteAnswer, ...]  # oldest first
    is_open: bool
    hash: str
