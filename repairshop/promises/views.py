"""The page on which other dates are promised."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import Refused
from repairshop.promises import queries, service
from repairshop.promises.forms import PromiseForm
from repairshop.promises.rules import PromiseReason
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once

promises = Blueprint("promises", __name__)


@promises.get("/tickets/<reference>/change-promise")
@staff_only(Right.WORK_ON)
def change_form(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form = PromiseForm()
    form.version.data = head.stage_version
    known = queries.get_promises(head.id)
    if known is not None:
        form.earliest.data, form.latest.data = known.current.dates.earliest, known.current.dates.latest
    return _render(head, form)


@promises.post("/tickets/<reference>/change-promise")
@staff_only(Right.WORK_ON)
def change(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form, there = PromiseForm(), url_for("board.ticket", reference=reference)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                service.change_promise(
                    reference,
                    earliest=form.earliest.data,
                    latest=form.latest.data,
                    reason=PromiseReason(form.reason.data),
                    note=form.note.data or "",
                    by=current_actor(),
                    expected_version=form.expected_version,
                )
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(there)
    return _render(head, form), 422


def _render(head: TicketHead, form: PromiseForm) -> str:
    return render_template(
        "promises/change.html", head=head, form=form, promises=queries.list_promises(head.id)
    )
