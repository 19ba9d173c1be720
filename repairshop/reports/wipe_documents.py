"""The certificate of erasure as a PDF."""

from repairshop.reports import facts
from repairshop.reports.documents import Document, draw_once, logo_of, page_of
from repairshop.reports.rules import DocumentKind, Look
from repairshop.reports.wipe_rules import WipeData
from repairshop.reports.wire import DrawRequest


def wipe_pdf(wipe: WipeData, *, look: Look) -> Document:
    """Drawn once, then served from the store until a second person confirms it."""
    pictures = logo_of(look)
    page = page_of("reports/wipe.html", shop=wipe.shop, medium="pdf", pictures=pictures, look=look, wipe=wipe)
    request = DrawRequest(
        html=page,
        created_at=wipe.confirmed.at if wipe.confirmed else wipe.done.at,
        images=pictures,
        attachments={"wipe.json": facts.canonical(facts.plain(wipe))},
    )
    return Document(name=f"erasure-{wipe.number}.pdf", pdf=draw_once(DocumentKind.WIPE, request))
