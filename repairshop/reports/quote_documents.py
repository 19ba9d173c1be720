"""One version of a quote as a PDF."""

from repairshop.reports import facts
from repairshop.reports.documents import Document, draw_once, logo_of, page_of, public_address
from repairshop.reports.quote_rules import QuoteData
from repairshop.reports.rules import DocumentKind, Look
from repairshop.reports.wire import DrawRequest


def quote_pdf(quote: QuoteData, *, look: Look) -> Document:
    """Drawn once, then served from the store until somebody answers it."""
    pictures = logo_of(look)
    page = page_of(
        "reports/quote.html",
        shop=quote.shop,
        medium="pdf",
        pictures=pictures,
        look=look,
        quote=quote,
        look_up_address=public_address("/find-my-repair"),
    )
    request = DrawRequest(
        html=page,
        created_at=quote.answers[-1].at if quote.answers else quote.sent_at,
        images=pictures,
        attachments={"quote.json": facts.canonical(facts.plain(quote))},
    )
    return Document(
        name=f"quote-{quote.number}-{quote.version}.pdf", pdf=draw_once(DocumentKind.QUOTE, request)
    )
