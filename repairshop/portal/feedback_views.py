"""What the customer says of the repair: one press, and a reason by those who like."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import NotFound, Refused
from repairshop.feedback import queries, service
from repairshop.feedback.forms import SayForm
from repairshop.feedback.rules import TAP_SCORES, Kind, kind_asked
from repairshop.portal import repair, session
from repairshop.tickets.queries import TicketHead
from repairshop.transaction import transaction
from repairshop.web.access import portal_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once

opinions = Blueprint("opinions", __name__)


@opinions.get("/repair/<reference>/feedback")
@portal_only
def show(reference: str) -> ResponseReturnValue:
    """The question with its buttons. Nothing is recorded here, whoever opens the link."""
    head, kind = _load(reference)
    form = SayForm(formdata=None)
    said = queries.find_said(head.id, kind, head.stage)
    if said is not None:
        form.why.data = said.why
    return _render(head, kind, form)


@opinions.post("/repair/<reference>/feedback")
@portal_only
def say(reference: str) -> ResponseReturnValue:
    head, kind = _load(reference)
    form, there = SayForm(), url_for("opinions.show", reference=reference)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                by = session.customer_of(session.current_guest())
                service.say(reference, form.score.data, form.why.data or "", by=by)
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(there, 303)
    return _render(head, kind, form), 422


def _load(reference: str) -> tuple[TicketHead, Kind]:
    head = repair.get_own_head(reference, guest=session.current_guest())
    kind = kind_asked(head.stage, asked_stages=queries.get_settings(head.shop_id).stages)
    if kind is None:
        raise NotFound
    return head, kind


def _render(head: TicketHead, kind: Kind, form: SayForm) -> str:
    guest = session.current_guest()
    return render_template(
        "feedback/say.html",
        guest=guest,
        shop=guest.shop,
        head=head,
        kind=kind,
        form=form,
        taps=TAP_SCORES,
        said=queries.find_said(head.id, kind, head.stage),
    )
