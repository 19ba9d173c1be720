"""The second way in: the code and the end of a phone number."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.codes import find_code
from repairshop.errors import Refused
from repairshop.portal import queries, service, session
from repairshop.portal.forms import LookUpForm
from repairshop.tickets.rules import LinkOrigin
from repairshop.transaction import transaction
from repairshop.web.access import public
from repairshop.web.forms import apply_refusal

look_up = Blueprint("look_up", __name__)


@look_up.get("/find-my-repair")
@public
def show() -> ResponseReturnValue:
    return render_template("portal/look_up.html", form=LookUpForm())


@look_up.post("/find-my-repair")
@public
def find() -> ResponseReturnValue:
    """One answer for an unknown code, wrong digits, a mistyped code and too many tries."""
    form = LookUpForm()
    if form.validate():
        try:
            link_id = _find(form.code.data, form.phone_tail.data)
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            guest = queries.find_guest(link_id)
            if guest is not None:
                session.admit(guest, origin=LinkOrigin.RECEIPT)
                return redirect(url_for("portal.show"), 303)
    return render_template("portal/look_up.html", form=form), 422


def _find(typed: str, phone_tail: str) -> int:
    code = find_code(typed) or typed.upper()[:20]
    address = request.remote_addr or ""
    # Counted in a transaction of its own: a refused try stays counted.
    with transaction():
        permitted = service.begin_look_up(code, address=address)
    with transaction():
        return service.look_up(code, phone_tail, address=address, permitted=permitted)
