"""The page on which other dates are promised."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.promises import queries, service
from repairshop.promises.estimates import EstimatedDates, Kind
from repairshop.promises.forms import PromiseForm
from repairshop.promises.learnt import find_estimate
from repairshop.promises.queries import PromiseRow
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
    known, likely = queries.list_promises(head.id), _likely(head)
    dates = known[-1].dates if known else likely.dates if likely else None
    if dates is not None:
        form.earliest.data, form.latest.data = dates.earliest, dates.latest
    return _render(head, form, known=known, likely=likely)


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
    return _render(head, form, known=queries.list_promises(head.id), likely=_likely(head)), 422


def _likely(head: TicketHead) -> EstimatedDates | None:
    """What like repairs that came as far say now."""
    kind = Kind(device_type=head.device_type, fault_key=head.fault_key)
    return find_estimate(head.shop_id, kind, head.stage, at=now(), since=head.stage_since)


def _render(
    head: TicketHead, form: PromiseForm, *, known: Sequence[PromiseRow], likely: EstimatedDates | None
) -> str:
    return render_template(
        "promises/change.html",
        head=head,
        form=form,
        promises=known,
        likely=likely,
        owed_by=None if known else queries.find_date_owed(head.id),
    )
