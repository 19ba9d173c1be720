"""What the customer keeps of their repair as PDFs, besides the report."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from repairshop.portal import repair, session
from repairshop.reports.looks import find_look
from repairshop.reports.quote_documents import quote_pdf
from repairshop.reports.quote_facts import get_quote_facts
from repairshop.reports.slip_documents import get_slip, slip_pdf
from repairshop.reports.views import pdf_response
from repairshop.reports.wipe_documents import wipe_pdf
from repairshop.reports.wipe_facts import get_wipe
from repairshop.web.access import portal_only

portal_papers = Blueprint("portal_papers", __name__)


@portal_papers.get("/repair/<reference>/erasure/<int:certificate_id>.pdf")
@portal_only
def wipe(reference: str, certificate_id: int) -> ResponseReturnValue:
    """The certificate that the customer's data was erased; readable as long as the report."""
    head = repair.get_own_head(reference, guest=session.current_guest(), with_warranty_only=True)
    facts = get_wipe(reference, certificate_id, shop_id=head.shop_id)
    return pdf_response(wipe_pdf(facts, look=find_look(head.shop_id)))


@portal_papers.get("/repair/<reference>/quote/<int:version>.pdf")
@portal_only
def quote(reference: str, version: int) -> ResponseReturnValue:
    """One version of the quote, to keep or to show at home."""
    head = repair.get_own_head(reference, guest=session.current_guest())
    sent = get_quote_facts(reference, version, shop_id=head.shop_id)
    return pdf_response(quote_pdf(sent, look=find_look(head.shop_id)))


@portal_papers.get("/repair/<reference>/handed-over.pdf")
@portal_only
def slip(reference: str) -> ResponseReturnValue:
    """Who collected it, what was paid, the warranty; readable as long as the report."""
    head = repair.get_own_head(reference, guest=session.current_guest(), with_warranty_only=True)
    return pdf_response(slip_pdf(get_slip(reference, shop_id=head.shop_id), look=find_look(head.shop_id)))
