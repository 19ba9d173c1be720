"""Reads about shops and staff."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select

from repairshop.database import db, read
from repairshop.errors import NotFound
from repairshop.staff.models import (
    CodeApp,
    Invitation,
    Membership,
    Passkey,
    Shop,
    SignInRules,
    Staff,
    StaffSession,
)
from repairshop.staff.rules import (
    DEFAULT_LOCK_AFTER_MINUTES,
    Actor,
    ActorKind,
    FormPolicy,
    Role,
    SessionState,
    ShopId,
    StaffId,
    is_session_over,
)
from repairshop.staff.tokens import hash_of


@dataclass(frozen=True, kw_only=True)
class ShopFacts:
    """What the owner set about the shop."""

    id: int
    name: str
    slug: str
    country: str
    currency: str
    time_zone: str
    languages: list[str]
    opening_hours: dict[str, list[str]]
    street: str
    city: str
    phone: str
    email: str
    tax_name: str
    tax_rate_basis_points: int
    hourly_rate_minor: int | None
    number_prefix: str
    undo_window_seconds: int
    price_in_texts: bool
    quote_valid_days: int
    quote_close_after_days: int | None
    repair_form: FormPolicy
    warranty_days: int
    comeback_days: int
    unclaimed_after_days: int
    portal_days_after_handover: int
    passcode_days: int
    openings_by_name: bool
    keeps_accents: bool
    part_prices: dict[str, int]
    is_demo: bool
    version: int


@dataclass(frozen=True, kw_only=True)
class StaffFacts:
    """The signed-in person."""

    id: StaffId
    first_name: str
    email: str
    language: str
    single_keys: bool
    version: int


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """Who sits at the browser, where, and in which role."""

    session_id: int
    last_seen_at: datetime
    actor: Actor
    staff: StaffFacts
    shop: ShopFacts
    fs_uniquifier: str
    computer_id: int | None  # the paired counter computer this is, if it is one
    state: SessionState


@dataclass(frozen=True, kw_only=True)
class StaffRow:
    """One line of the staff list."""

    membership_id: int
    staff_id: StaffId
    first_name: str
    email: str
    role: Role
    disabled_at: datetime | None
    last_seen_at: datetime | None
    version: int


@dataclass(frozen=True, kw_only=True)
class OpenInvitation:
    """A link somebody may still use."""

    id: int
    shop_id: int
    shop_name: str
    role: Role
    first_name: str
    email: str
    staff_id: StaffId | None
    knows_account: bool
    expires_at: datetime


_SHOP_COLUMNS = [getattr(Shop, field.name).label(f"shop_{field.name}") for field in fields(ShopFacts)]


def _shop_facts(row: Any) -> ShopFacts:
    return ShopFacts(**{field.name: getattr(row, f"shop_{field.name}") for field in fields(ShopFacts)})


def get_shop(shop_id: int) -> ShopFacts:
    row = db.session.execute(select(*_SHOP_COLUMNS).where(Shop.id == shop_id)).one_or_none()
    if row is None:
        raise NotFound
    return _shop_facts(row)


def find_shop_by_name(name: str) -> ShopFacts | None:
    row = db.session.execute(select(*_SHOP_COLUMNS).where(Shop.name == name)).one_or_none()
    return _shop_facts(row) if row else None


_SIGNED_IN = (
    select(
        StaffSession.id.label("session_id"),
        StaffSession.created_at,
        StaffSession.last_seen_at,
        Membership.role,
        Staff.id,
        Staff.first_name,
        Staff.email,
        Staff.language,
        Staff.single_keys,
        Staff.version,
        Staff.fs_uniquifier,
        StaffSession.factor_at,
        StaffSession.locked_at,
        StaffSession.computer_id,
        SignInRules.second_factor_roles,
        SignInRules.lock_after_minutes,
        or_(exists().where(CodeApp.staff_id == Staff.id), exists().where(Passkey.staff_id == Staff.id)).label(
            "has_factor"
        ),
        *_SHOP_COLUMNS,
    )
    .join(Staff, Staff.id == StaffSession.staff_id)
    .join(
        Membership,
        (Membership.staff_id == Staff.id) & (Membership.shop_id == StaffSession.shop_id),
    )
    .join(Shop, Shop.id == StaffSession.shop_id)
    .outerjoin(SignInRules, SignInRules.shop_id == StaffSession.shop_id)
    .where(
        StaffSession.token_hash == bindparam("token_hash"),
        StaffSession.ended_at.is_(None),
        Staff.active,
        Membership.disabled_at.is_(None),
    )
)


def find_signed_in(token: str, *, now: datetime) -> SignedIn | None:
    """The person behind a session token, in one query; None when the session is over or the person left."""
    row = read(_SIGNED_IN, token_hash=hash_of(token)).one_or_none()
    if row is None or is_session_over(created_at=row.created_at, last_seen_at=row.last_seen_at, now=now):
        return None
    return SignedIn(
        session_id=row.session_id,
        last_seen_at=row.last_seen_at,
        actor=Actor(kind=ActorKind.STAFF, shop_id=ShopId(row.shop_id), id=row.id, role=row.role),
        staff=StaffFacts(
            id=StaffId(row.id),
            first_name=row.first_name,
            email=row.email,
            language=row.language,
            single_keys=row.single_keys,
            version=row.version,
        ),
        shop=_shop_facts(row),
        fs_uniquifier=row.fs_uniquifier,
        computer_id=row.computer_id,
        state=SessionState(
            role=row.role,
            has_factor=row.has_factor,
            factor_shown=row.factor_at is not None,
            factor_roles=frozenset(row.second_factor_roles or ()),
            is_at_counter=row.computer_id is not None,
            is_locked=row.locked_at is not None,
            last_seen_at=row.last_seen_at,
            lock_after=timedelta(minutes=row.lock_after_minutes or DEFAULT_LOCK_AFTER_MINUTES),
        ),
    )


def find_staff_by_email(email: str) -> Staff | None:
    return db.session.scalar(select(Staff).where(Staff.email == email.casefold()))


def find_staff_by_uniquifier(fs_uniquifier: str) -> Staff | None:
    return db.session.scalar(select(Staff).where(Staff.fs_uniquifier == fs_uniquifier))


def find_working_shop(staff_id: int) -> ShopId | None:
    """The shop a person enters when signing in: the first that has not let them go."""
    found = db.session.scalar(
        select(Membership.shop_id)
        .where(Membership.staff_id == staff_id, Membership.disabled_at.is_(None))
        .order_by(Membership.id)
        .limit(1)
    )
    return None if found is None else ShopId(found)


def list_staff(shop_id: ShopId) -> list[StaffRow]:
    """Everybody who works or worked in the shop, present people first."""
    seen = (
        select(func.max(StaffSession.last_seen_at))
        .where(StaffSession.staff_id == Staff.id, StaffSession.shop_id == shop_id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Membership, Staff, seen.label("seen"))
        .join(Staff, Staff.id == Membership.staff_id)
        .where(Membership.shop_id == shop_id)
        .order_by(Membership.disabled_at.is_not(None), Staff.first_name, Staff.id)
    )
    return [
        StaffRow(
            membership_id=membership.id,
            staff_id=StaffId(staff.id),
            first_name=staff.first_name,
            email=staff.email,
            role=membership.role,
            disabled_at=membership.disabled_at,
            last_seen_at=seen,
            version=membership.version,
        )
        for membership, staff, seen in rows
    ]


def get_staff_row(shop_id: ShopId, staff_id: int) -> StaffRow:
    """One line of the list; NotFound for people of other shops."""
    for row in list_staff(shop_id):
        if row.staff_id == staff_id:
            return row
    raise NotFound


def list_open_invitations(shop_id: ShopId, *, now: datetime) -> list[OpenInvitation]:
    rows = db.session.scalars(
        select(Invitation)
        .where(Invitation.shop_id == shop_id, Invitation.used_at.is_(None), Invitation.expires_at > now)
        .order_by(Invitation.expires_at)
    )
    return [_open_invitation(row) for row in rows]


def find_invitation(token: str, *, now: datetime) -> OpenInvitation | None:
    row = db.session.scalar(
        select(Invitation).where(
            Invitation.token_hash == hash_of(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
    )
    return _open_invitation(row) if row else None


def _open_invitation(row: Invitation) -> OpenInvitation:
    return OpenInvitation(
        id=row.id,
        shop_id=row.shop_id,
        shop_name=row.shop.name,
        role=row.role,
        first_name=row.first_name,
        email=row.email,
        staff_id=None if row.staff_id is None else StaffId(row.staff_id),
        knows_account=row.staff_id is None and bool(row.email) and find_staff_by_email(row.email) is not None,
        expires_at=row.expires_at,
    )
