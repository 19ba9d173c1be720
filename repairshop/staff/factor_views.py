"""The second step of signing in, and where a person sets it up."""

from collections.abc import Callable
from urllib.parse import urlsplit

import segno
from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.staff import accounts, passkeys, second_factor
from repairshop.staff.forms import CodeForm, ConfirmForm, PasskeyAnswerForm, PasskeyForm
from repairshop.staff.rules import Barrier, FactorNotRight, Right
from repairshop.staff.second_factor import CodeApps
from repairshop.staff.session import (
    CHALLENGE,
    OFFERED_SECRET,
    current_actor,
    current_barrier,
    current_session_id,
    current_staff,
    is_factor_demanded,
    is_fresh,
)
from repairshop.transaction import transaction
from repairshop.web.access import safe_next, staff_only
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.headers import no_store
from repairshop.web.saying import say_done

# The page that asks, open while nothing else is.
factor = Blueprint("factor", __name__)
# Setting up: open too while the shop demands a factor that is not there yet.
own_factor = Blueprint("own_factor", __name__)


@factor.get("/sign-in/second-step")
@staff_only(Right.SEE_TICKETS)
@no_store
def ask() -> ResponseReturnValue:
    return _ask_page(CodeForm(formdata=None))


@factor.post("/sign-in/second-step")
@staff_only(Right.SEE_TICKETS)
@no_store
def answer_with_code() -> ResponseReturnValue:
    form, staff_id = CodeForm(), current_staff().id
    if not form.validate():
        return _ask_page(form), 422

    def is_right() -> bool:
        with transaction():
            code = form.code.data.replace(" ", "")
            return second_factor.use_code_app(staff_id, code, apps=_apps()) or (
                second_factor.use_recovery_code(staff_id, code)
            )

    if not accounts.is_factor_of(staff_id, is_right):
        apply_refusal(form, FactorNotRight(field="code"))
        return _ask_page(form), 422
    return _passed()


@factor.post("/sign-in/second-step/passkey")
@staff_only(Right.SEE_TICKETS)
@no_store
def answer_with_passkey() -> ResponseReturnValue:
    form, staff_id = PasskeyAnswerForm(), current_staff().id
    if not form.validate() or not accounts.is_factor_of(staff_id, lambda: _is_key_right(staff_id, form)):
        code_form = CodeForm(formdata=None)
        apply_refusal(code_form, FactorNotRight())
        return _ask_page(code_form), 422
    return _passed()


def _is_key_right(staff_id: int, form: PasskeyAnswerForm) -> bool:
    answer, challenge = form.answer.data or "", session.pop(CHALLENGE, "")
    with transaction():
        return bool(challenge) and second_factor.use_passkey(
            staff_id, site=_site(), answer=answer, challenge=challenge
        )


def _passed() -> ResponseReturnValue:
    with transaction():
        second_factor.pass_factor(current_session_id())
    return redirect(safe_next(request.args.get("next")) or "/")


def _ask_page(form: CodeForm) -> str:
    known = second_factor.list_credential_ids(current_staff().id)
    question = passkeys.ask_known(_site(), known=known) if known else None
    if question:
        session[CHALLENGE] = question.challenge
    return render_template(
        "staff/second_step.html",
        form=form,
        question=question,
        has_app=second_factor.find_sealed_secret(current_staff().id) is not None,
        next=safe_next(request.args.get("next")) or "",
        is_named=_is_named(),
        current_staff=None,
    )


@own_factor.get("/profile/second-factor")
@staff_only(Right.SEE_TICKETS)
@no_store
def show() -> ResponseReturnValue:
    return _again() or _own_page()


@own_factor.get("/profile/second-factor/app")
@staff_only(Right.SEE_TICKETS)
@no_store
def app_form() -> ResponseReturnValue:
    if again := _again():
        return again
    session[OFFERED_SECRET] = _apps().new_secret()
    return _app_page(CodeForm(formdata=None))


@own_factor.post("/profile/second-factor/app")
@staff_only(Right.SEE_TICKETS)
@no_store
def add_app() -> ResponseReturnValue:
    if again := _again():
        return again
    form, sealed = CodeForm(), session.get(OFFERED_SECRET)
    if not sealed:
        return redirect(url_for("own_factor.app_form"))
    if not form.validate():
        return _app_page(form), 422
    counter = _apps().find_counter(sealed, form.code.data.replace(" ", ""), at=now())
    if counter is None:
        apply_refusal(form, FactorNotRight(field="code"))
        return _app_page(form), 422
    with transaction():
        codes = second_factor.add_code_app(
            by=current_actor(), sealed_secret=sealed, counter=counter, session_id=current_session_id()
        )
    session.pop(OFFERED_SECRET)
    return _added(codes)


@own_factor.get("/profile/second-factor/passkey")
@staff_only(Right.SEE_TICKETS)
@no_store
def passkey_form() -> ResponseReturnValue:
    return _again() or _passkey_page(PasskeyForm(formdata=None))


@own_factor.post("/profile/second-factor/passkey")
@staff_only(Right.SEE_TICKETS)
@no_store
def add_passkey() -> ResponseReturnValue:
    if again := _again():
        return again
    form, challenge = PasskeyForm(), session.pop(CHALLENGE, "")
    if not form.validate():
        return _passkey_page(form), 422
    key = (
        passkeys.find_new(_site(), answer=form.answer.data or "", challenge=challenge) if challenge else None
    )
    try:
        if key is None:
            raise FactorNotRight
        with transaction():
            codes = second_factor.add_passkey(
                by=current_actor(), key=key, name=form.name.data, session_id=current_session_id()
            )
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _passkey_page(form), 422
    return _added(codes)


@own_factor.post("/profile/second-factor/app/remove")
@staff_only(Right.SEE_TICKETS)
def remove_app() -> ResponseReturnValue:
    return _again() or _removed(
        lambda: second_factor.remove_code_app(
            by=current_actor(), is_demanded=is_factor_demanded(), session_id=current_session_id()
        )
    )


@own_factor.post("/profile/second-factor/passkey/<int:passkey_id>/remove")
@staff_only(Right.SEE_TICKETS)
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    return _again() or _removed(
        lambda: second_factor.remove_passkey(
            passkey_id, by=current_actor(), is_demanded=is_factor_demanded(), session_id=current_session_id()
        )
    )


@own_factor.post("/profile/second-factor/codes")
@staff_only(Right.SEE_TICKETS)
@no_store
def renew_codes() -> ResponseReturnValue:
    if again := _again():
        return again
    if second_factor.get_factors(current_staff().id).count == 0:
        return redirect(url_for("own_factor.show"))
    with transaction():
        codes = second_factor.renew_recovery_codes(by=current_actor())
    return _codes_page(codes)


def _removed(verb: Callable[[], None]) -> ResponseReturnValue:
    try:
        with transaction():
            verb()
    except Refused as refusal:
        form = ConfirmForm(formdata=None)
        apply_refusal(form, refusal)
        return _own_page(form), 422
    return redirect(url_for("own_factor.show"))


def _added(codes: list[str]) -> ResponseReturnValue:
    if codes:
        return _codes_page(codes)
    return say_done("factor_added", redirect(url_for("own_factor.show")))


def _again() -> ResponseReturnValue | None:
    """The password once more, unless it was typed minutes ago: a factor decides who gets in from now on."""
    if is_fresh():
        return None
    return redirect(url_for("security.verify", next=url_for("own_factor.show")))


def _own_page(form: Form | None = None) -> str:
    demanded = current_barrier() is Barrier.SET_UP_FACTOR
    bar = {"current_staff": None} if demanded else {}
    return render_template(
        "staff/second_factor.html",
        form=form or ConfirmForm(formdata=None),
        factors=second_factor.get_factors(current_staff().id),
        is_demanded=is_factor_demanded(),
        is_barred=demanded,
        **bar,
    )


def _app_page(form: CodeForm) -> str:
    sealed, apps = session[OFFERED_SECRET], _apps()
    address = apps.address(sealed, email=current_staff().email)
    bar = {"current_staff": None} if current_barrier() else {}
    return render_template(
        "staff/code_app.html",
        form=form,
        picture=segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="#fff"),
        secret=apps.readable(sealed),
        **bar,
    )


def _passkey_page(form: PasskeyForm) -> str:
    me = current_staff()
    question = passkeys.ask_new(
        _site(), staff_id=me.id, email=me.email, known=second_factor.list_credential_ids(me.id)
    )
    session[CHALLENGE] = question.challenge
    bar = {"current_staff": None} if current_barrier() else {}
    return render_template("staff/passkey.html", form=form, question=question, is_named=_is_named(), **bar)


def _codes_page(codes: list[str]) -> str:
    bar = {"current_staff": None} if current_barrier() else {}
    return render_template("staff/recovery_codes.html", codes=codes, **bar)


def _apps() -> CodeApps:
    return CodeApps(str(current_app.config["SECRET_KEY"]))


def _site() -> passkeys.Site:
    """The address in the browser's bar; Flask has refused every host that is not ours."""
    origin = request.host_url.rstrip("/")
    return passkeys.Site(host=urlsplit(origin).hostname or "", origin=origin)


def _is_named() -> bool:
    """Browsers bind passkeys to names: none works at an address of numbers."""
    host = _site().host
    return ":" not in host and not host.replace(".", "").isdigit()
