"""The page behind a one-time link: join a shop, or choose a new password."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.errors import NotFound, Refused
from repairshop.staff import accounts, queries, service
from repairshop.staff.forms import InvitationForm, NewPasswordForm, OwnPasswordForm
from repairshop.staff.queries import OpenInvitation
from repairshop.staff.rules import PasswordNotYours, StaffId, require_good_password
from repairshop.staff.session import sign_in
from repairshop.transaction import transaction
from repairshop.web.access import public
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.headers import no_store
from repairshop.web.locale import language_offered

join = Blueprint("join", __name__)


@join.get("/join/<token>")
@public
@no_store
def show(token: str) -> ResponseReturnValue:
    invitation = _get_invitation(token)
    form = _form_for(invitation)
    if isinstance(form, InvitationForm):
        form.first_name.data = invitation.first_name
        form.email.data = invitation.email
    return _page(token, invitation, form)


@join.post("/join/<token>")
@public
@no_store
def accept(token: str) -> ResponseReturnValue:
    invitation = _get_invitation(token)
    form = _form_for(invitation)
    if not form.validate():
        return _page(token, invitation, form), 422
    try:
        staff_id = _accept(token, invitation, form)
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _page(token, invitation, form), 422
    sign_in(staff_id)
    return redirect(url_for("staff.home"))


def _accept(token: str, invitation: OpenInvitation, form: Form) -> StaffId:
    """What the link is for decides: a new account, another shop for an account, or a new password."""
    if isinstance(form, InvitationForm):
        return _open_account(token, form)
    if isinstance(form, OwnPasswordForm):
        return _join_with_own_account(token, invitation, form)
    require_good_password(form.password.data, email=invitation.email)
    password_hash = accounts.hashed(form.password.data)
    with transaction():
        return service.choose_new_password(token, password_hash=password_hash)


def _open_account(token: str, form: InvitationForm) -> StaffId:
    require_good_password(form.password.data, email=form.email.data)
    password_hash = accounts.hashed(form.password.data)
    with transaction():
        return service.accept_invitation(
            token,
            first_name=form.first_name.data,
            email=form.email.data,
            password_hash=password_hash,
            language=language_offered(),
        )


def _join_with_own_account(token: str, invitation: OpenInvitation, form: OwnPasswordForm) -> StaffId:
    staff = queries.find_staff_by_email(invitation.email)
    if staff is None:
        raise NotFound
    staff_id = StaffId(staff.id)
    if not accounts.is_password_of(staff_id, form.password.data):
        raise PasswordNotYours(field="password")
    with transaction():
        service.join_shop(token, staff_id=staff_id)
    return staff_id


def _get_invitation(token: str) -> OpenInvitation:
    invitation = queries.find_invitation(token, now=now())
    if invitation is None:
        raise NotFound
    return invitation


def _form_for(invitation: OpenInvitation) -> InvitationForm | OwnPasswordForm | NewPasswordForm:
    if invitation.staff_id is not None:
        return NewPasswordForm()
    return OwnPasswordForm() if invitation.knows_account else InvitationForm()


def _page(token: str, invitation: OpenInvitation, form: Form) -> str:
    return render_template("staff/join.html", token=token, invitation=invitation, form=form)
