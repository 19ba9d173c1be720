"""Open sessions, the own PIN, counter computers, and what the owner demands of sign-ins."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.staff import accounts, counters, second_factor
from repairshop.staff.forms import ComputerForm, ConfirmForm, PinForm, SignInRulesForm
from repairshop.staff.fresh import password_first
from repairshop.staff.rules import Right, Role, require_good_pin
from repairshop.staff.session import (
    current_actor,
    current_computer_id,
    current_session_id,
    current_staff,
    remember_computer,
)
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.headers import no_store
from repairshop.web.saying import say_done

sign_ins = Blueprint("sign_ins", __name__)


@sign_ins.get("/profile/sign-ins")
@staff_only(Right.SEE_TICKETS)
def own() -> ResponseReturnValue:
    return _own_page(PinForm(formdata=None))


@sign_ins.post("/profile/pin")
@staff_only(Right.SEE_TICKETS)
@no_store
def set_pin() -> ResponseReturnValue:
    if again := password_first(back=url_for("sign_ins.own")):
        return again
    form = PinForm()
    if not form.validate():
        return _own_page(form), 422
    try:
        require_good_pin(form.pin.data)
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _own_page(form), 422
    pin_hash = accounts.hashed(form.pin.data)
    with transaction():
        counters.set_pin(by=current_actor(), pin_hash=pin_hash)
    return say_done("pin_saved", redirect(url_for("sign_ins.own")))


@sign_ins.post("/profile/pin/remove")
@staff_only(Right.SEE_TICKETS)
def remove_pin() -> ResponseReturnValue:
    with transaction():
        counters.remove_pin(by=current_actor())
    return redirect(url_for("sign_ins.own"))


@sign_ins.post("/profile/sign-ins/end-others")
@staff_only(Right.SEE_TICKETS)
def end_others() -> ResponseReturnValue:
    with transaction():
        counters.end_other_sessions(by=current_actor(), session_id=current_session_id())
    return redirect(url_for("sign_ins.own"))


@sign_ins.post("/profile/sign-ins/<int:own_session_id>/end")
@staff_only(Right.SEE_TICKETS)
def end_own(own_session_id: int) -> ResponseReturnValue:
    with transaction():
        counters.end_session(own_session_id, by=current_actor(), own_only=True)
    return redirect(url_for("sign_ins.own"))


@sign_ins.get("/shop/sign-ins")
@staff_only(Right.MANAGE)
def shop() -> ResponseReturnValue:
    return _shop_page(ComputerForm(formdata=None), _rules_form())


@sign_ins.post("/shop/sign-ins/<int:session_id>/end")
@staff_only(Right.MANAGE)
def end(session_id: int) -> ResponseReturnValue:
    with transaction():
        counters.end_session(session_id, by=current_actor(), own_only=False)
    return redirect(url_for("sign_ins.shop"))


@sign_ins.post("/shop/computers")
@staff_only(Right.MANAGE)
def pair() -> ResponseReturnValue:
    """The browser that asks is the one that is paired."""
    if again := password_first(back=url_for("sign_ins.shop")):
        return again
    form = ComputerForm()
    if not form.validate():
        return _shop_page(form, _rules_form()), 422
    with transaction():
        token = counters.pair_computer(
            by=current_actor(), name=form.name.data, session_id=current_session_id()
        )
    remember_computer(token)
    return say_done("computer_paired", redirect(url_for("sign_ins.shop")))


@sign_ins.post("/shop/computers/<int:computer_id>/revoke")
@staff_only(Right.MANAGE)
def revoke(computer_id: int) -> ResponseReturnValue:
    with transaction():
        counters.revoke_computer(computer_id, by=current_actor())
    return redirect(url_for("sign_ins.shop"))


@sign_ins.post("/shop/sign-ins/rules")
@staff_only(Right.OWN)
def change_rules() -> ResponseReturnValue:
    if again := password_first(back=url_for("sign_ins.shop")):
        return again
    form = SignInRulesForm()
    if not form.validate():
        return _shop_page(ComputerForm(formdata=None), form), 422
    with transaction():
        counters.change_rules(
            by=current_actor(),
            second_factor_roles=form.second_factor_roles.data,
            lock_after_minutes=form.lock_after_minutes.data,
        )
    return say_done("rules_saved", redirect(url_for("sign_ins.shop")))


@sign_ins.post("/staff/<int:staff_id>/second-factor/remove")
@staff_only(Right.OWN)
def reset_factor(staff_id: int) -> ResponseReturnValue:
    if again := password_first(back=url_for("staff.person", staff_id=staff_id)):
        return again
    with transaction():
        second_factor.reset_factors(staff_id, by=current_actor())
    return say_done("factor_removed", redirect(url_for("staff.person", staff_id=staff_id)))


def _rules_form() -> SignInRulesForm:
    rules = counters.get_rules(current_actor().shop_id)
    return SignInRulesForm(
        formdata=None,
        second_factor_roles=[Role(role) for role in rules.second_factor_roles],
        lock_after_minutes=rules.lock_after_minutes,
    )


def _own_page(form: PinForm) -> str:
    me = current_staff()
    return render_template(
        "staff/own_sign_ins.html",
        form=form,
        confirm=ConfirmForm(formdata=None),
        sessions=counters.list_sessions(current_actor().shop_id, staff_id=me.id, at=now()),
        this_id=current_session_id(),
        has_pin=counters.find_pin_hash(me.id) is not None,
    )


def _shop_page(form: Form, rules_form: SignInRulesForm) -> str:
    shop_id = current_actor().shop_id
    return render_template(
        "staff/sign_ins.html",
        form=form,
        rules_form=rules_form,
        sessions=counters.list_sessions(shop_id, at=now()),
        computers=counters.list_computers(shop_id),
        this_id=current_session_id(),
        this_computer_id=current_computer_id(),
    )
