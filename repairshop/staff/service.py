"""Verbs about shops, people and their sessions."""

import re
import secrets
import unicodedata
from datetime import timedelta

from sqlalchemy import select, update

from repairshop.clock import now
from repairshop.database import db
from repairshop.staff import queries
from repairshop.staff.models import Invitation, Membership, Shop, Staff, StaffSession
from repairshop.staff.rules import (
    SET_UP_LINK_LIFETIME,
    AlreadyWorksHere,
    LinkUsedUp,
    Role,
    ShopNameTaken,
    ShopUnknown,
    StaffId,
)
from repairshop.staff.tokens import hash_of, new_token

DEFAULT_OPENING_HOURS = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def create_shop(
    *, name: str, country: str, currency: str, time_zone: str, languages: list[str] | None = None
) -> Shop:
    """A new shop with plain defaults; its owner changes them."""
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


def start_session(staff_id: int, *, shop_id: int) -> str:
    """The token for the browser's cookie."""
    token = new_token()
    moment = now()
    db.session.add(
        StaffSession(
            token_hash=hash_of(token),
            staff_id=staff_id,
            shop_id=shop_id,
            created_at=moment,
            last_seen_at=moment,
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
