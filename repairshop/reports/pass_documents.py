"""The pickup pass on paper. Never kept: it holds a code that hands devices out."""

from dataclasses import dataclass
from datetime import date, datetime

from repairshop.money import Money
from repairshop.qr import qr_svg
from repairshop.reports.documents import Document, logo_of, page_of
from repairshop.reports.renderer import render_pdf
from repairshop.reports.rules import Letterhead, Look
from repairshop.reports.wire import DrawRequest


@dataclass(frozen=True, kw_only=True)
class PassDevice:
    """One device to collect; `to_pay` None where the reader is not told."""

    label: str
    number: str
    is_ready: bool
    to_pay: Money | None = None


@dataclass(frozen=True, kw_only=True)
class PassHours:
    """Days that are open alike; `first` and `last` lend their weekday, the moments their time."""

    first: date
    last: date
    opens: datetime
    closes: datetime


@dataclass(frozen=True, kw_only=True)
class PassData:
    """What collecting needs, and nothing of the fault."""

    shop: Letterhead
    code: str  # as a scanner reads it, its prefix included
    by_customer: bool  # False: whom they named, who has to show who they are
    devices: tuple[PassDevice, ...]
    collectors: tuple[str, ...]
    lent: tuple[str, ...]
    hours: tuple[PassHours, ...]
    drawn_at: datetime
    works_until: date


def pass_pdf(data: PassData, *, look: Look) -> Document:
    pictures = {
        **logo_of(look),
        "qr": ("image/svg+xml", qr_svg(data.code, quiet_modules=4, scalable=True)),
    }
    page = page_of("reports/pass.html", shop=data.shop, medium="pdf", pictures=pictures, look=look, data=data)
    request = DrawRequest(html=page, created_at=data.drawn_at, images=pictures)
    return Document(name=f"pickup-pass-{data.devices[0].number}.pdf", pdf=render_pdf(request))
