"""Certificates of erasure as PDFs, for staff."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from repairshop.reports.looks import find_look
from repairshop.reports.views import pdf_response
from repairshop.reports.wipe_documents import wipe_pdf
from repairshop.reports.wipe_facts import get_loaner_wipe, get_wipe
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_staff
from repairshop.web.access import staff_only

wipe_papers = Blueprint("wipe_papers", __name__)


@wipe_papers.get("/tickets/<reference>/erasure/<int:certificate_id>.pdf")
@staff_only(Right.SEE_TICKETS)
def of_ticket(reference: str, certificate_id: int) -> ResponseReturnValue:
    shop_id = current_actor().shop_id
    wipe = get_wipe(reference, certificate_id, shop_id=shop_id)
    return pdf_response(wipe_pdf(wipe, look=find_look(shop_id)))


@wipe_papers.get("/shop/loaners/<int:loaner_id>/erasure/<int:certificate_id>.pdf")
@staff_only(Right.TAKE_IN)
def of_loaner(loaner_id: int, certificate_id: int) -> ResponseReturnValue:
    shop_id = current_actor().shop_id
    wipe = get_loaner_wipe(loaner_id, certificate_id, shop_id=shop_id, language=current_staff().language)
    return pdf_response(wipe_pdf(wipe, look=find_look(shop_id)))
