"""Pages of warranty claims."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import Refused
from repairshop.notifications.verb_pages import TICKET_PAGE, do_verb, show_verb
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import get_head
from repairshop.tickets.stages import Verb
from repairshop.transaction import transaction
from repairshop.warranty import queries, service
from repairshop.warranty.forms import ClaimForm, CoveredForm
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once, remember_result

warranty = Blueprint("warranty", __name__)

_COVERED = "warranty/proceed_under_warranty.html"


@warranty.get("/tickets/<reference>/open-warranty-claim")
@staff_only(Right.TAKE_IN)
def open_warranty_claim_form(reference: str) -> ResponseReturnValue:
    return _render(reference, ClaimForm())


@warranty.post("/tickets/<reference>/open-warranty-claim")
@staff_only(Right.TAKE_IN)
def open_warranty_claim(reference: str) -> ResponseReturnValue:
    form = ClaimForm()
    if form.validate():
        try:
            with transaction():
                once(form)
                claim = service.open_warranty_claim(
                    reference,
                    reported_fault=form.reported_fault.data,
                    device_is_here=form.where.data == "here",
                    by=current_actor(),
                )
                there = url_for(TICKET_PAGE, reference=claim)
                remember_result(form, there)
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(there)
    return _render(reference, form), 422


def _render(reference: str, form: ClaimForm) -> str:
    head = get_head(reference, shop_id=current_actor().shop_id)
    return render_template(
        "warranty/open_warranty_claim.html",
        head=head,
        verb=Verb.OPEN_WARRANTY_CLAIM,
        form=form,
        warranty=queries.get_warranty(head.id),
        claims=queries.list_claims(head.id),
    )


@warranty.get("/tickets/<reference>/proceed-under-warranty")
@staff_only(Right.WORK_ON)
def proceed_under_warranty_form(reference: str) -> ResponseReturnValue:
    return show_verb(_COVERED, reference, Verb.PROCEED_UNDER_WARRANTY, CoveredForm())


@warranty.post("/tickets/<reference>/proceed-under-warranty")
@staff_only(Right.WORK_ON)
def proceed_under_warranty(reference: str) -> ResponseReturnValue:
    form = CoveredForm()
    return do_verb(
        _COVERED,
        reference,
        Verb.PROCEED_UNDER_WARRANTY,
        form,
        lambda: service.proceed_under_warranty(
            reference,
            because=form.because.data,
            by=current_actor(),
            expected_version=form.expected_version,
        ),
    )
