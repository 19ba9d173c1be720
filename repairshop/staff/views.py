"""Pages about the people of a shop, their own settings, and the shop itself."""

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.staff import accounts, queries, service
from repairshop.staff.forms import (
    ChangePasswordForm,
    ConfirmForm,
    InviteForm,
    ProfileForm,
    RoleForm,
    ShopForm,
)
from repairshop.staff.fresh import password_first
from repairshop.staff.rules import PasswordNotYours, Right, Role, require_good_password
from repairshop.staff.session import (
    current_actor,
    current_shop,
    current_staff,
    find_signed_in,
    sign_in,
)
from repairshop.transaction import transaction
from repairshop.web.access import public, staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.headers import no_store
from repairshop.web.once import once
from repairshop.web.saying import say_done

staff = Blueprint("staff", __name__)


@staff.get("/")
@public
def home() -> ResponseReturnValue:
    """Technicians start at the bench, everybody else at the counter."""
    signed_in = find_signed_in()
    if signed_in is None:
        return redirect(url_for("security.login"))
    return redirect("/bench" if signed_in.actor.role is Role.TECHNICIAN else "/counter")


@staff.get("/staff")
@staff_only(Right.OWN)
def people() -> ResponseReturnValue:
    return _people_page(InviteForm())


@staff.post("/staff")
@staff_only(Right.OWN)
@no_store
def invite() -> ResponseReturnValue:
    if again := password_first(back=url_for("staff.people")):
        return again
    form = InviteForm()
    if not form.validate():
        return _people_page(form), 422
    try:
        with transaction():
            once(form)
            token = service.invite(
                by=current_actor(),
                first_name=form.first_name.data,
                email=form.email.data,
                role=form.role.data,
            )
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _people_page(form), 422
    return _link_page(token, first_name=form.first_name.data)


@staff.post("/staff/invitations/<int:invitation_id>/withdraw")
@staff_only(Right.OWN)
def withdraw_invitation(invitation_id: int) -> ResponseReturnValue:
    with transaction():
        service.withdraw_invitation(invitation_id, by=current_actor())
    return redirect(url_for("staff.people"))


@staff.get("/staff/<int:staff_id>")
@staff_only(Right.OWN)
def person(staff_id: int) -> ResponseReturnValue:
    row = queries.get_staff_row(current_actor().shop_id, staff_id)
    return _person_page(staff_id, RoleForm(role=row.role, version=row.version))


@staff.post("/staff/<int:staff_id>")
@staff_only(Right.OWN)
def change_role(staff_id: int) -> ResponseReturnValue:
    if again := password_first(back=url_for("staff.person", staff_id=staff_id)):
        return again
    form = RoleForm()
    if not form.validate():
        return _person_page(staff_id, form), 422
    try:
        with transaction():
            service.change_role(
                staff_id, by=current_actor(), expected_version=form.expected_version, role=form.role.data
            )
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _person_page(staff_id, form), 422
    return redirect(url_for("staff.people"))


@staff.post("/staff/<int:staff_id>/disable")
@staff_only(Right.OWN)
def disable(staff_id: int) -> ResponseReturnValue:
    form = ConfirmForm()
    try:
        with transaction():
            service.disable_staff(staff_id, by=current_actor(), expected_version=form.expected_version)
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _person_page(staff_id, form), 422
    return redirect(url_for("staff.people"))


@staff.post("/staff/<int:staff_id>/enable")
@staff_only(Right.OWN)
def enable(staff_id: int) -> ResponseReturnValue:
    if again := password_first(back=url_for("staff.person", staff_id=staff_id)):
        return again
    form = ConfirmForm()
    with transaction():
        service.enable_staff(staff_id, by=current_actor(), expected_version=form.expected_version)
    return redirect(url_for("staff.people"))


@staff.post("/staff/<int:staff_id>/sign-out")
@staff_only(Right.OWN)
def end_sessions(staff_id: int) -> ResponseReturnValue:
    with transaction():
        service.end_sessions_of(staff_id, by=current_actor())
    return redirect(url_for("staff.people"))


@staff.post("/staff/<int:staff_id>/password-link")
@staff_only(Right.OWN)
@no_store
def make_password_link(staff_id: int) -> ResponseReturnValue:
    if again := password_first(back=url_for("staff.person", staff_id=staff_id)):
        return again
    row = queries.get_staff_row(current_actor().shop_id, staff_id)
    form = ConfirmForm()
    try:
        with transaction():
            once(form, leads_to=url_for("staff.person", staff_id=staff_id))
            token = service.make_password_link(staff_id, by=current_actor())
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _person_page(staff_id, form), 422
    return _link_page(token, first_name=row.first_name)


@staff.get("/shop")
@staff_only(Right.MANAGE)
def show_shop() -> ResponseReturnValue:
    return _shop_page(ShopForm.showing(current_shop()))


@staff.post("/shop")
@staff_only(Right.MANAGE)
def change_shop() -> ResponseReturnValue:
    form = ShopForm()
    if not form.validate():
        return _shop_page(form), 422
    try:
        settings = form.settings()
        with transaction():
            service.change_shop(by=current_actor(), expected_version=form.expected_version, settings=settings)
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _shop_page(form), 422
    return say_done("shop_saved", redirect(url_for("staff.show_shop")))


@staff.get("/profile")
@staff_only(Right.SEE_TICKETS)
def profile() -> ResponseReturnValue:
    return _profile_page(ProfileForm(obj=current_staff()), ChangePasswordForm())


@staff.post("/profile")
@staff_only(Right.SEE_TICKETS)
def change_profile() -> ResponseReturnValue:
    form = ProfileForm()
    if not form.validate():
        return _profile_page(form, ChangePasswordForm(formdata=None)), 422
    with transaction():
        service.change_own_settings(
            by=current_actor(),
            expected_version=form.expected_version,
            language=form.language.data,
            single_keys=form.single_keys.data,
        )
    return say_done("settings_saved", redirect(url_for("staff.profile")))


@staff.post("/profile/password")
@staff_only(Right.SEE_TICKETS)
@no_store
def change_password() -> ResponseReturnValue:
    form, me = ChangePasswordForm(), current_staff()
    if not form.validate():
        return _profile_page(ProfileForm(formdata=None, obj=me), form), 422
    try:
        require_good_password(form.password.data, email=me.email)
        if not accounts.is_password_of(me.id, form.current.data):
            raise PasswordNotYours(field="current")
        password_hash = accounts.hashed(form.password.data)
        with transaction():
            service.change_password(me.id, password_hash=password_hash)
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _profile_page(ProfileForm(formdata=None, obj=me), form), 422
    sign_in(me.id)
    return say_done("password_changed", redirect(url_for("staff.profile")))


def _people_page(form: InviteForm) -> str:
    shop_id = current_actor().shop_id
    return render_template(
        "staff/people.html",
        active="staff",
        form=form,
        people=queries.list_staff(shop_id),
        invitations=queries.list_open_invitations(shop_id, now=now()),
    )


def _person_page(staff_id: int, form: RoleForm | ConfirmForm) -> str:
    row = queries.get_staff_row(current_actor().shop_id, staff_id)
    return render_template(
        "staff/person.html",
        active="staff",
        person=row,
        is_me=row.staff_id == current_staff().id,
        form=form if isinstance(form, RoleForm) else RoleForm(formdata=None, role=row.role),
        errors=form.form_errors,
    )


def _link_page(token: str, *, first_name: str) -> str:
    """The link is shown this once; it is built from the configured address, never from a request's Host."""
    public_url = current_app.extensions["repairshop_config"].public_url.rstrip("/")
    link = public_url + url_for("join.show", token=token)
    return render_template("staff/link.html", active="staff", link=link, first_name=first_name)


def _shop_page(form: ShopForm) -> str:
    return render_template("staff/shop.html", active="shop", form=form)


def _profile_page(form: ProfileForm, password_form: ChangePasswordForm) -> str:
    return render_template("staff/profile.html", form=form, password_form=password_form)
