"""Pages about the people of a shop and the shop itself."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.errors import NotFound, Refused
from repairshop.staff import accounts, queries, service
from repairshop.staff.forms import InvitationForm
from repairshop.staff.queries import OpenInvitation
from repairshop.staff.rules import Role, require_good_password
from repairshop.staff.session import find_signed_in, sign_in
from repairshop.transaction import transaction
from repairshop.web.access import public
from repairshop.web.forms import apply_refusal
from repairshop.web.headers import no_store
from repairshop.web.locale import language_offered

staff = Blueprint("staff", __name__)


@staff.get("/")
@public
def home() -> ResponseReturnValue:
    """Technicians start at the bench, everybody else at the counter."""
    signed_in = find_signed_in()
    if signed_in is None:
        return redirect(url_for("security.login"))
    return redirect("/bench" if signed_in.actor.role is Role.TECHNICIAN else "/counter")


@staff.get("/join/<token>")
@public
@no_store
def show_invitation(token: str) -> ResponseReturnValue:
    invitation = _get_invitation(token)
    form = InvitationForm(first_name=invitation.first_name, email=invitation.email)
    return _render_invitation(token, invitation, form)


@staff.post("/join/<token>")
@public
@no_store
def accept_invitation(token: str) -> ResponseReturnValue:
    invitation = _get_invitation(token)
    form = InvitationForm()
    if not form.validate():
        return _render_invitation(token, invitation, form), 422
    try:
        require_good_password(form.password.data, email=form.email.data)
        password_hash = accounts.hashed(form.password.data)
        with transaction():
            staff_id = service.accept_invitation(
                token,
                first_name=form.first_name.data,
                email=form.email.data,
                password_hash=password_hash,
                language=language_offered(),
            )
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _render_invitation(token, invitation, form), 422
    sign_in(staff_id)
    return redirect(url_for("staff.home"))


def _get_invitation(token: str) -> OpenInvitation:
    invitation = queries.find_invitation(token, now=now())
    if invitation is None:
        raise NotFound
    return invitation


def _render_invitation(token: str, invitation: OpenInvitation, form: InvitationForm) -> str:
    return render_template("staff/invitation.html", token=token, invitation=invitation, form=form)
