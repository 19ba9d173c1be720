"""The slip of a hand-over as a PDF, for staff."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from repairshop.reports.looks import find_look
from repairshop.reports.slip_documents import get_slip, slip_pdf
from repairshop.reports.views import pdf_response
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.web.access import staff_only

slips = Blueprint("slips", __name__)


@slips.get("/tickets/<reference>/handed-over.pdf")
@staff_only(Right.SEE_TICKETS)
def of_ticket(reference: str) -> ResponseReturnValue:
    shop_id = current_actor().shop_id
    return pdf_response(slip_pdf(get_slip(reference, shop_id=shop_id), look=find_look(shop_id)))
