"""The lock of a paired counter computer, where a colleague takes over by PIN."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice

from repairshop.staff import accounts, counters
from repairshop.staff.forms import SwitchForm
from repairshop.staff.rules import FactorNotRight, Right
from repairshop.staff.session import (
    current_actor,
    current_barrier,
    current_computer_id,
    current_session_id,
    current_staff,
    switch_by_pin,
)
from repairshop.transaction import transaction
from repairshop.web.access import safe_next, staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.headers import no_store

lock = Blueprint("lock", __name__)


@lock.get("/lock")
@staff_only(Right.SEE_TICKETS)
@no_store
def show() -> ResponseReturnValue:
    if current_computer_id() is None:
        return redirect("/")
    form = _form(formdata=None)
    form.next.data = safe_next(request.args.get("next")) or ""
    return _page(form)


@lock.post("/lock")
@staff_only(Right.SEE_TICKETS)
@no_store
def switch() -> ResponseReturnValue:
    computer_id = current_computer_id()
    if computer_id is None:
        return redirect("/")
    form = _form()
    if not form.validate():
        return _page(form), 422
    staff_id = form.staff_id.data
    if not accounts.is_pin_of(staff_id, form.pin.data, computer_id=computer_id):
        apply_refusal(form, FactorNotRight(field="pin"))
        return _page(form), 422
    is_other = staff_id != current_staff().id
    switch_by_pin(staff_id)
    if request.headers.get("X-Requested-With") == "fetch":
        names = {choice.value: choice.label for choice in form.staff_id.choices}
        return {"name": names[staff_id], "is_other": is_other}
    return redirect(safe_next(form.next.data) or "/")


@lock.post("/lock/now")
@staff_only(Right.SEE_TICKETS)
def lock_now() -> ResponseReturnValue:
    if current_computer_id() is not None:
        with transaction():
            counters.lock_session(current_session_id())
    return redirect(url_for("lock.show", next=safe_next(request.form.get("next"))))


@lock.post("/lock/awake")
@staff_only(Right.SEE_TICKETS)
def stay_awake() -> ResponseReturnValue:
    """Somebody types a long form: the gate has noted that they are there."""
    if current_barrier() is not None:
        abort(403)
    return "", 204


def _form(**options: object) -> SwitchForm:
    form = SwitchForm(**options)
    colleagues = counters.list_colleagues(current_actor().shop_id)
    form.staff_id.choices = [SelectChoice(one.staff_id, one.first_name) for one in colleagues]
    return form


def _page(form: SwitchForm) -> str:
    if form.staff_id.data is None and any(
        choice.value == current_staff().id for choice in form.staff_id.choices
    ):
        form.staff_id.data = current_staff().id
    return render_template(
        "staff/lock.html", form=form, here=current_staff().first_name, current_staff=None, lock_after=0
    )
