"""What a customer takes away from their pages to keep."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from repairshop.portal import repair, session
from repairshop.portal.letterheads import letterhead_for
from repairshop.quotes.queries import get_current_quote
from repairshop.reports.answer_documents import answer_pdf
from repairshop.reports.looks import find_look
from repairshop.reports.views import pdf_response
from repairshop.web.access import portal_only

copies = Blueprint("copies", __name__)


@copies.get("/repair/<reference>/answer.pdf")
@portal_only
def answer(reference: str) -> ResponseReturnValue:
    """What was decided about the offer; NotFound while nothing is."""
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    shop = letterhead_for(guest)
    return pdf_response(answer_pdf(head, get_current_quote(head.id), shop=shop, look=find_look(head.shop_id)))
