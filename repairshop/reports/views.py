"""Documents for staff, and the public page that checks a report."""

from contextlib import suppress

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from config import Config
from repairshop.clock import now
from repairshop.errors import NotFound
from repairshop.reports import documents, queries, service
from repairshop.reports.code_queries import get_code_sheet
from repairshop.reports.documents import Document
from repairshop.reports.form_documents import form_page, form_pdf
from repairshop.reports.looks import find_look
from repairshop.reports.quote_documents import quote_pdf
from repairshop.reports.quote_facts import get_quote_facts
from repairshop.reports.receipt_facts import get_receipt
from repairshop.reports.report_facts import get_report
from repairshop.reports.rules import LabelData, LabelSize, Look, ReceiptData, ReportNotFinished
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_staff
from repairshop.tickets.links import token_for
from repairshop.tickets.portal_links import find_link
from repairshop.tickets.queries import get_head
from repairshop.tickets.rules import LinkOrigin
from repairshop.transaction import transaction
from repairshop.web.access import public, staff_only

reports = Blueprint("reports", __name__)


@reports.get("/tickets/<reference>/label")
@staff_only(Right.SEE_TICKETS)
def label(reference: str) -> ResponseReturnValue:
    """The label as a page of its exact size, for the browser's own print dialogue."""
    return documents.label_page(_label(reference))


@reports.get("/tickets/<reference>/label.pdf")
@staff_only(Right.SEE_TICKETS)
def label_pdf(reference: str) -> ResponseReturnValue:
    return pdf_response(documents.label_pdf(_label(reference)))


def _label(reference: str) -> LabelData:
    asked = request.args.get("size", LabelSize.W62H29.value)
    if asked not in set(LabelSize):
        raise NotFound
    return queries.get_label(reference, LabelSize(asked), shop_id=current_actor().shop_id)


@reports.get("/tickets/<reference>/receipt")
@staff_only(Right.SEE_TICKETS)
def receipt(reference: str) -> ResponseReturnValue:
    facts, link = _receipt(reference)
    return documents.receipt_page(facts, link=link, look=_look())


@reports.get("/tickets/<reference>/receipt.pdf")
@staff_only(Right.SEE_TICKETS)
def receipt_pdf(reference: str) -> ResponseReturnValue:
    facts, link = _receipt(reference)
    return pdf_response(documents.receipt_pdf(facts, link=link, look=_look()))


def _receipt(reference: str) -> tuple[ReceiptData, str | None]:
    """The facts, and the customer's link as the receipt hands it out; None for a visit that was loaded."""
    facts, key = get_receipt(reference, shop_id=current_actor().shop_id)
    link = find_link(key.visit_id, key.customer_id, origin=LinkOrigin.RECEIPT)
    if link is None:
        return facts, None
    token = token_for(link.id, version=link.version, key=_config().link_key)
    return facts, f"{_config().public_url.rstrip('/')}/t/{token}"


@reports.get("/tickets/<reference>/report.pdf")
@staff_only(Right.SEE_TICKETS)
def report_pdf(reference: str) -> ResponseReturnValue:
    """The one issued last; an interim report, which nobody can check, while there is none."""
    report = get_report(reference, shop_id=current_actor().shop_id)
    if report.is_final:
        issued = documents.report_for_ticket(get_head(reference, shop_id=current_actor().shop_id).id)
        if issued is not None:
            return pdf_response(issued)
    interim = documents.report_pdf(report, at=report.handed_in_at, check_address=None, look=_look())
    return pdf_response(interim)


@reports.get("/tickets/<reference>/quotes/<int:version>.pdf")
@staff_only(Right.SEE_TICKETS)
def quote(reference: str, version: int) -> ResponseReturnValue:
    """One version as it was sent, with what was answered."""
    sent = get_quote_facts(reference, version, shop_id=current_actor().shop_id)
    return pdf_response(quote_pdf(sent, look=_look()))


@reports.get("/tickets/<reference>/quotes/<int:version>/repair-form")
@staff_only(Right.SEE_TICKETS)
def repair_form(reference: str, version: int) -> ResponseReturnValue:
    """The European Repair Information Form that went with this version."""
    return form_page(get_head(reference, shop_id=current_actor().shop_id), version)


@reports.get("/tickets/<reference>/quotes/<int:version>/repair-form.pdf")
@staff_only(Right.SEE_TICKETS)
def repair_form_pdf(reference: str, version: int) -> ResponseReturnValue:
    return pdf_response(form_pdf(get_head(reference, shop_id=current_actor().shop_id), version))


@reports.post("/tickets/<reference>/report")
@staff_only(Right.SEE_TICKETS)
def issue_report(reference: str) -> ResponseReturnValue:
    """The report as the facts are now: the one issued before while they still stand, else a new one."""
    with suppress(ReportNotFinished), transaction():
        service.issue_report(reference, by=current_actor())
    return redirect(url_for("reports.report_pdf", reference=reference), 303)


@reports.get("/shop/places/sheet.pdf")
@staff_only(Right.MANAGE)
def place_codes() -> ResponseReturnValue:
    """The codes of places, carriers, specialists, people and commands, in the reader's language."""
    actor = current_actor()
    sheet = get_code_sheet(actor.shop_id, language=current_staff().language, at=now())
    return pdf_response(documents.code_sheet_pdf(sheet))


@reports.get("/verify/<report_id>/<digest>")
@public
def verify(report_id: str, digest: str) -> ResponseReturnValue:
    """Whether a report of exactly these facts was issued, when, and by which shop; nothing about a person."""
    issued = queries.find_report(report_id, digest)
    if issued is None:  # no shop's name over it: what was not issued is nobody's
        return render_template("reports/verify.html", issued=None, shop=None), 404
    return render_template("reports/verify.html", issued=issued, stands=queries.history_still_stands(issued))


def pdf_response(document: Document) -> Response:
    """The PDF, to look at in the browser."""
    response = Response(document.pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{document.name}"'
    return response


def _look() -> Look:
    return find_look(current_actor().shop_id)


def _config() -> Config:
    config: Config = current_app.extensions["repairshop_config"]
    return config
