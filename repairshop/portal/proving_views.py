"""The one-time code: asked for, typed, and on to the page that wanted it."""

from functools import partial

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import Refused
from repairshop.portal import proving, repair, session
from repairshop.portal.codes import CodeWrong
from repairshop.portal.forms import CodeForm, SendCodeForm
from repairshop.portal.rules import may_approve
from repairshop.tickets.queries import TicketHead
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.web.access import portal_only
from repairshop.web.forms import apply_refusal
from repairshop.web.headers import no_store

proving_pages = Blueprint("proving", __name__)

# The pages that ask for a code, by the word that travels with it.
_WANTED_BY = {"quote": "answers.show", "answered": "answers.answered", "collector": "collectors.show"}


@proving_pages.post("/repair/<reference>/send-code")
@portal_only
@no_store
def send(reference: str) -> ResponseReturnValue:
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    form = SendCodeForm()
    if form.validate():
        act = partial(proving.send_code, reference, by=session.customer_of(guest), key=_key())
        try:
            with transaction():
                act(address=request.remote_addr or "")
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(url_for(".show", reference=reference, then=_then(form.then.data)), 303)
    return _draw(head, CodeForm(formdata=None), then=form.then.data, refused=form), 422


@proving_pages.get("/repair/<reference>/code")
@portal_only
@no_store
def show(reference: str) -> ResponseReturnValue:
    head = repair.get_own_head(reference, guest=session.current_guest())
    if may_approve(session.current_guest().origin):
        return redirect(_there(head, request.args.get("then")), 303)
    return _draw(head, CodeForm(formdata=None), then=request.args.get("then"))


@proving_pages.post("/repair/<reference>/code")
@portal_only
@no_store
def enter(reference: str) -> ResponseReturnValue:
    """A wrong try stays counted: it is committed before the answer."""
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    form = CodeForm()
    if form.validate():
        with transaction():
            address = request.remote_addr or ""
            proved = proving.try_code(guest.visit_id, form.digits, address=address, key=_key())
        if proved is not None:
            session.admit(guest, origin=proved)
            return redirect(_there(head, form.then.data), 303)
        apply_refusal(form, CodeWrong(field="code"))
    return _draw(head, form, then=form.then.data), 422


def _draw(head: TicketHead, form: CodeForm, *, then: str | None, refused: SendCodeForm | None = None) -> str:
    guest = session.current_guest()
    form.then.data = again_then = _then(then)
    again = SendCodeForm(formdata=None)
    again.then.data = again_then
    return render_template(
        "portal/code.html",
        guest=guest,
        shop=guest.shop,
        head=head,
        form=refused or form,
        code_form=form,
        again=again,
        refused=refused is not None,
        last=proving.get_last_code(guest.visit_id),
    )


def _then(word: str | None) -> str:
    return word if word in _WANTED_BY else "quote"


def _there(head: TicketHead, word: str | None) -> str:
    """The page that wanted the code; the repair's own where there is no quote to answer any more."""
    if _then(word) == "quote" and head.stage is not Stage.AWAITING_APPROVAL:
        return url_for("portal.show_one", reference=head.reference)
    return url_for(_WANTED_BY[_then(word)], reference=head.reference)


def _key() -> str:
    key: str = current_app.extensions["repairshop_config"].link_key
    return key
