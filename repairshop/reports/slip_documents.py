"""The slip of a hand-over: who collected what and when, what was paid and how, and the warranty."""

from dataclasses import dataclass

from repairshop.errors import NotFound
from repairshop.handover.queries import HandoverRow, get_handover
from repairshop.reports.documents import Document, draw_once, logo_of, page_of
from repairshop.reports.queries import get_subject
from repairshop.reports.rules import DocumentKind, Letterhead, Look
from repairshop.reports.wire import DrawRequest
from repairshop.warranty.queries import list_covers
from repairshop.warranty.rules import Cover


@dataclass(frozen=True, kw_only=True)
class Slip:
    """What the slip says; `shop` speaks the customer's language."""

    shop: Letterhead
    number: str
    code: str
    device_label: str
    customer_name: str
    left: HandoverRow
    covers: tuple[Cover, ...]


def get_slip(reference: str, *, shop_id: int) -> Slip:
    """NotFound while the device has not left, and for other shops' tickets."""
    subject = get_subject(reference, shop_id=shop_id)
    left = get_handover(subject.ticket.id)
    if left is None:
        raise NotFound
    return Slip(
        shop=subject.letterhead,
        number=subject.number,
        code=subject.ticket.code,
        device_label=subject.ticket.device_label,
        customer_name=subject.customer.name if subject.customer else "",
        left=left,
        covers=list_covers(subject.ticket.id),
    )


def slip_pdf(slip: Slip, *, look: Look) -> Document:
    page = page_of(
        "reports/slip.html", shop=slip.shop, medium="pdf", pictures=logo_of(look), look=look, slip=slip
    )
    request = DrawRequest(html=page, created_at=slip.left.at, images=logo_of(look))
    return Document(name=f"handed-over-{slip.number}.pdf", pdf=draw_once(DocumentKind.SLIP, request))
