"""Verbs about shops, people and their sessions."""

import re
import secrets
import unicodedata
from dataclasses import fields
from datetime import timedelta

from sqlalchemy import delete, select, update

from repairshop.clock import now
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.staff import queries
from repairshop.staff.models import Invitation, Membership, Shop, Staff, StaffSession
from repairshop.staff.rules import (
    INVITATION_LIFETIME,
    SESSIONS_KEPT_FOR,
    SET_UP_LINK_LIFETIME,
    Actor,
    AlreadyWorksHere,
    LastOwner,
    LinkUsedUp,
    NotYourself,
    Role,
    ShopNameTaken,
    ShopSettings,
    ShopUnknown,
    StaffId,
    WorksElsewhereToo,
    require_sound_settings,
    require_time_zone,
)
from repairshop.staff.tokens import hash_of, new_token

DEFAULT_OPENING_HOURS = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def create_shop(
    *, name: str, country: str, currency: str, time_zone: str, languages: list[str] | None = None
) -> Shop:
    """A new shop with plain defaults; its owner changes them."""
    require_time_zone(time_zone)
    if queries.find_shop_by_name(name) is not None:
        raise ShopNameTaken(field="name", name=name)
    shop = Shop(
        name=name,
        slug=_free_slug(name),
        country=country.upper(),
        currency=currency.upper(),
        time_zone=time_zone,
        languages=languages or ["en"],
        opening_hours=dict(DEFAULT_OPENING_HOURS),
    )
    db.session.add(shop)
    db.session.flush()  # the set-up link needs the shop's id
    return shop


def invite_owner(shop_id: int) -> str:
    """The one-time link's token for a shop that has no owner yet."""
    return _invite(shop_id=shop_id, role=Role.OWNER, lifetime=SET_UP_LINK_LIFETIME)


def add_staff(
    *, shop_id: int, email: str, first_name: str, role: Role, password_hash: str, language: str = "en"
) -> Staff:
    """A person with an account of their own and a role in one shop."""
    staff = Staff(
        email=email.casefold(),
        first_name=first_name,
        language=language,
        password=password_hash,
        fs_uniquifier=secrets.token_hex(32),
        created_at=now(),
    )
    staff.memberships.append(Membership(shop_id=shop_id, role=role))
    db.session.add(staff)
    db.session.flush()  # callers go on with the id
    return staff


def start_session(
    staff_id: int, *, shop_id: int, browser: str = "", computer_id: int | None = None, by_pin: bool = False
) -> str:
    """The token for the browser's cookie. A PIN's second factor is the paired computer."""
    token = new_token()
    moment = now()
    db.session.execute(delete(StaffSession).where(StaffSession.last_seen_at < moment - SESSIONS_KEPT_FOR))
    db.session.add(
        StaffSession(
            token_hash=hash_of(token),
            staff_id=staff_id,
            shop_id=shop_id,
            created_at=moment,
            last_seen_at=moment,
            browser=browser,
            computer_id=computer_id,
            factor_at=moment if by_pin else None,
        )
    )
    return token


def touch_session(session_id: int) -> None:
    db.session.execute(update(StaffSession).where(StaffSession.id == session_id).values(last_seen_at=now()))


def end_session(token: str) -> None:
    _end_sessions(StaffSession.token_hash == hash_of(token))


def _end_sessions(*which: object) -> None:
    db.session.execute(
        update(StaffSession).where(*which, StaffSession.ended_at.is_(None)).values(ended_at=now())  # type: ignore[arg-type]
    )


def _invite(
    *,
    shop_id: int,
    role: Role,
    lifetime: timedelta,
    first_name: str = "",
    email: str = "",
    staff_id: int | None = None,
    invited_by_id: int | None = None,
) -> str:
    token = new_token()
    moment = now()
    db.session.add(
        Invitation(
            token_hash=hash_of(token),
            shop_id=shop_id,
            role=role,
            first_name=first_name,
            email=email.casefold(),
            staff_id=staff_id,
            invited_by_id=invited_by_id,
            created_at=moment,
            expires_at=moment + lifetime,
        )
    )
    return token


def _free_slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30] or "shop"
    taken = set(db.session.scalars(select(Shop.slug).where(Shop.slug.startswith(slug, autoescape=True))))
    if slug not in taken:
        return slug
    return next(f"{slug}-{number}" for number in range(2, len(taken) + 3) if f"{slug}-{number}" not in taken)


def accept_invitation(
    token: str, *, first_name: str, email: str, password_hash: str, language: str
) -> StaffId:
    """A new person takes the role the link was made for."""
    invitation = _use_invitation(token)
    address = (invitation.email or email).casefold()
    if queries.find_staff_by_email(address) is not None:
        raise AlreadyWorksHere(field="email", email=address)
    staff = add_staff(
        shop_id=invitation.shop_id,
        email=address,
        first_name=first_name,
        role=invitation.role,
        password_hash=password_hash,
        language=language,
    )
    return StaffId(staff.id)


def _use_invitation(token: str) -> Invitation:
    """The link's row, used up in one statement so that two clicks at once cannot both win."""
    moment = now()
    used = db.session.execute(
        update(Invitation)
        .where(
            Invitation.token_hash == hash_of(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > moment,
        )
        .values(used_at=moment)
        .returning(Invitation.id)
    ).scalar_one_or_none()
    if used is None:
        raise LinkUsedUp
    return db.session.get_one(Invitation, used)


def invite_owner_by_name(name: str) -> str:
    """A set-up link for a shop that exists; NotFound when none has the name."""
    shop = queries.find_shop_by_name(name)
    if shop is None:
        raise ShopUnknown(name=name)
    return invite_owner(shop.id)


def store_password_hash(staff_id: int, password_hash: str) -> None:
    db.session.get_one(Staff, staff_id).password = password_hash


def invite(*, by: Actor, first_name: str, email: str, role: Role) -> str:
    """The token of a link with which somebody joins the actor's shop; it works once, for 72 hours."""
    person = queries.find_staff_by_email(email)
    if person is not None and any(row.staff_id == person.id for row in queries.list_staff(by.shop_id)):
        raise AlreadyWorksHere(field="email", email=email)
    return _invite(
        shop_id=by.shop_id,
        role=role,
        lifetime=INVITATION_LIFETIME,
        first_name=first_name,
        email=email,
        invited_by_id=by.id,
    )


def withdraw_invitation(invitation_id: int, *, by: Actor) -> None:
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None or invitation.shop_id != by.shop_id:
        raise NotFound
    invitation.used_at = invitation.used_at or now()


def join_shop(token: str, *, staff_id: StaffId) -> None:
    """Somebody who has an account at another shop of this installation takes a role here too.

    The caller has checked the person's own password: a link alone must not open another shop's account.
    """
    invitation = _use_invitation(token)
    staff = db.session.get_one(Staff, staff_id)
    if staff.email != invitation.email:
        raise NotFound
    db.session.add(Membership(shop_id=invitation.shop_id, staff_id=staff_id, role=invitation.role))


def make_password_link(staff_id: int, *, by: Actor) -> str:
    """The token of a link with which somebody of this shop chooses a new password."""
    membership = _get_membership(staff_id, by=by)
    if _works_elsewhere(membership):
        raise WorksElsewhereToo(name=membership.staff.first_name)
    return _invite(
        shop_id=by.shop_id,
        role=membership.role,
        lifetime=INVITATION_LIFETIME,
        first_name=membership.staff.first_name,
        email=membership.staff.email,
        staff_id=staff_id,
        invited_by_id=by.id,
    )


def choose_new_password(token: str, *, password_hash: str) -> StaffId:
    """By a password link. Whoever was signed in with the old password is signed out."""
    invitation = _use_invitation(token)
    if invitation.staff_id is None:
        raise NotFound
    change_password(invitation.staff_id, password_hash=password_hash)
    return StaffId(invitation.staff_id)


def change_password(staff_id: int, *, password_hash: str) -> None:
    """Store the new hash and end every session of the person; the caller opens a new one."""
    store_password_hash(staff_id, password_hash)
    _end_sessions(StaffSession.staff_id == staff_id)


def change_role(staff_id: int, *, by: Actor, expected_version: int | None, role: Role) -> None:
    membership = _get_membership(staff_id, by=by, expected_version=expected_version)
    if membership.role is role:
        return
    if staff_id == by.id:
        raise NotYourself
    if role is not Role.OWNER:
        _require_another_owner(membership)
    membership.role = role


def disable_staff(staff_id: int, *, by: Actor, expected_version: int | None) -> None:
    """Close the shop's door for a leaver at once; nothing of theirs is deleted."""
    membership = _get_membership(staff_id, by=by, expected_version=expected_version)
    if staff_id == by.id:
        raise NotYourself
    _require_another_owner(membership)
    membership.disabled_at = membership.disabled_at or now()
    _end_sessions(StaffSession.staff_id == staff_id, StaffSession.shop_id == by.shop_id)


def enable_staff(staff_id: int, *, by: Actor, expected_version: int | None) -> None:
    _get_membership(staff_id, by=by, expected_version=expected_version).disabled_at = None


def end_sessions_of(staff_id: int, *, by: Actor) -> None:
    """Sign a person out of this shop in every browser."""
    _get_membership(staff_id, by=by)
    _end_sessions(StaffSession.staff_id == staff_id, StaffSession.shop_id == by.shop_id)


def change_own_settings(*, by: Actor, expected_version: int | None, language: str, single_keys: bool) -> None:
    staff = db.session.get_one(Staff, by.id)
    _require_version("staff", staff.id, staff.version, expected_version)
    staff.language = language
    staff.single_keys = single_keys


def change_shop(*, by: Actor, expected_version: int | None, settings: ShopSettings) -> None:
    shop = db.session.get_one(Shop, by.shop_id)
    _require_version("shop", shop.id, shop.version, expected_version)
    require_sound_settings(settings, currency_now=shop.currency, has_tickets=shop.next_ticket_number > 1)
    other = queries.find_shop_by_name(settings.name)
    if other is not None and other.id != shop.id:
        raise ShopNameTaken(field="name", name=settings.name)
    for field in fields(settings):
        setattr(shop, field.name, getattr(settings, field.name))
    shop.languages = list(settings.languages)
    shop.opening_hours = {day: list(hours) for day, hours in settings.opening_hours.items()}


def _get_membership(staff_id: int, *, by: Actor, expected_version: int | None = None) -> Membership:
    membership = db.session.scalar(
        select(Membership).where(Membership.staff_id == staff_id, Membership.shop_id == by.shop_id)
    )
    if membership is None:
        raise NotFound
    _require_version("membership", staff_id, membership.version, expected_version)
    return membership


def _require_version(kind: str, reference: int, version: int, expected: int | None) -> None:
    if expected is not None and version != expected:
        raise Conflict(kind, str(reference))


def _require_another_owner(membership: Membership) -> None:
    """The rows are locked, so that two owners cannot remove each other in the same moment."""
    if membership.role is not Role.OWNER:
        return
    owners = db.session.scalars(
        select(Membership)
        .where(
            Membership.shop_id == membership.shop_id,
            Membership.role == Role.OWNER,
            Membership.disabled_at.is_(None),
        )
        .order_by(Membership.id)
        .with_for_update()
    ).all()
    if not any(owner.id != membership.id for owner in owners):
        raise LastOwner(name=membership.staff.first_name)


def _works_elsewhere(membership: Membership) -> bool:
    return any(other.shop_id != membership.shop_id for other in membership.staff.memberships)
