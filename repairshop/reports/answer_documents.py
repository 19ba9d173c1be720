"""The customer's copy of what was decided about a quote: a PDF drawn from the quote as it was sent."""

from repairshop.errors import NotFound
from repairshop.quotes.dates import dates_agreed
from repairshop.quotes.rows import DecisionRow, QuoteRow
from repairshop.quotes.rules import DecisionKind, QuoteState
from repairshop.reports.documents import Document, draw_once, logo_of, page_of
from repairshop.reports.rules import PLAIN, DocumentKind, Letterhead, Look
from repairshop.reports.wire import DrawRequest
from repairshop.tickets.queries import TicketHead


def find_answer(quote: QuoteRow | None) -> DecisionRow | None:
    """The yes in force, or the no that ended it; None while nothing is decided."""
    if quote is None:
        return None
    if quote.approval is not None:
        return quote.approval
    declined = [row for row in quote.decisions if row.kind is DecisionKind.DECLINED]
    return declined[-1] if declined and quote.state is QuoteState.DECLINED else None


def answer_pdf(head: TicketHead, quote: QuoteRow | None, *, shop: Letterhead, look: Look = PLAIN) -> Document:
    """In the language of `shop`; drawn once for each answer. NotFound while nothing is decided."""
    answer = find_answer(quote)
    if quote is None or answer is None:
        raise NotFound
    page = page_of(
        "reports/answer.html",
        shop=shop,
        medium="pdf",
        pictures=logo_of(look),
        look=look,
        head=head,
        quote=quote,
        answer=answer,
        dates=dates_agreed(quote, at=answer.decided_at),
    )
    request = DrawRequest(html=page, created_at=answer.decided_at, images=logo_of(look))
    name = f"answer-{head.number}-{quote.version}.pdf"
    return Document(name=name, pdf=draw_once(DocumentKind.ANSWER, request))
