"""Certificates of erasure: writing one for a job's device or a loaner, and confirming it."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.loaners.queries import get_loaner
from repairshop.privacy import wipe_queries, wiping
from repairshop.privacy.forms import CertificateForm
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets import queries as tickets
from repairshop.tickets.queries import TicketHead
from repairshop.web.access import staff_only
from repairshop.web.forms import Form
from repairshop.web.once import done_once

wipes = Blueprint("wipes", __name__)


@wipes.get("/tickets/<reference>/erasure-certificate")
@staff_only(Right.WORK_ON)
def of_ticket(reference: str) -> ResponseReturnValue:
    return _ticket_page(_head(reference), CertificateForm(formdata=None))


@wipes.post("/tickets/<reference>/erasure-certificate")
@staff_only(Right.WORK_ON)
def certify(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), CertificateForm()
    done = done_once(
        form,
        lambda: wiping.certify_wipe(reference, form.wiped(), by=current_actor()),
        leads_to=url_for("privacy.show", reference=reference),
    )
    return done or (_ticket_page(head, form), 422)


@wipes.post("/tickets/<reference>/erasure-certificate/<int:certificate_id>/confirm")
@staff_only(Right.WORK_ON)
def confirm(reference: str, certificate_id: int) -> ResponseReturnValue:
    head, form = _head(reference), Form()
    done = done_once(
        form,
        lambda: wiping.confirm_wipe(reference, certificate_id, by=current_actor()),
        leads_to=url_for("wipes.of_ticket", reference=reference),
    )
    return done or (_ticket_page(head, CertificateForm(formdata=None), refused=form), 422)


@wipes.get("/shop/loaners/<int:loaner_id>/erasure-certificate")
@staff_only(Right.TAKE_IN)
def of_loaner(loaner_id: int) -> ResponseReturnValue:
    return _loaner_page(loaner_id, CertificateForm(formdata=None))


@wipes.post("/shop/loaners/<int:loaner_id>/erasure-certificate")
@staff_only(Right.TAKE_IN)
def certify_loaner(loaner_id: int) -> ResponseReturnValue:
    """It may be lent again afterwards."""
    form = CertificateForm()
    done = done_once(
        form,
        lambda: wiping.certify_loaner_wipe(loaner_id, form.wiped(), by=current_actor()),
        leads_to=url_for("wipes.of_loaner", loaner_id=loaner_id),
    )
    return done or (_loaner_page(loaner_id, form), 422)


@wipes.post("/shop/loaners/<int:loaner_id>/erasure-certificate/<int:certificate_id>/confirm")
@staff_only(Right.TAKE_IN)
def confirm_loaner(loaner_id: int, certificate_id: int) -> ResponseReturnValue:
    get_loaner(loaner_id, shop_id=current_actor().shop_id)
    form = Form()
    done = done_once(
        form,
        lambda: wiping.confirm_loaner_wipe(loaner_id, certificate_id, by=current_actor()),
        leads_to=url_for("wipes.of_loaner", loaner_id=loaner_id),
    )
    return done or (_loaner_page(loaner_id, CertificateForm(formdata=None), refused=form), 422)


def _head(reference: str) -> TicketHead:
    return tickets.get_head(reference, shop_id=current_actor().shop_id)


def _ticket_page(head: TicketHead, form: CertificateForm, *, refused: Form | None = None) -> str:
    return render_template(
        "privacy/certificate.html",
        head=head,
        form=form,
        refused=refused,
        confirm_form=Form(formdata=None),
        certificates=wipe_queries.list_certificates(head.id),
    )


def _loaner_page(loaner_id: int, form: CertificateForm, *, refused: Form | None = None) -> str:
    return render_template(
        "privacy/loaner_certificate.html",
        loaner=get_loaner(loaner_id, shop_id=current_actor().shop_id),
        form=form,
        refused=refused,
        confirm_form=Form(formdata=None),
        certificates=wipe_queries.list_loaner_certificates(loaner_id),
    )
