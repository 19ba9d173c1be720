"""Verbs and reads about open sessions, and about the counter computers where people switch by PIN."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from repairshop.clock import now
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.staff.models import CounterComputer, CounterPin, Membership, SignInRules, Staff, StaffSession
from repairshop.staff.rules import (
    ABSOLUTE_LIFETIME,
    DEFAULT_LOCK_AFTER_MINUTES,
    IDLE_LIFETIME,
    Actor,
    Role,
    ShopId,
    StaffId,
)
from repairshop.staff.tokens import hash_of, new_token


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """One browser somebody is signed in with."""

    id: int
    staff_id: StaffId
    first_name: str
    browser: str
    computer: str | None
    created_at: datetime
    last_seen_at: datetime
    is_locked: bool


@dataclass(frozen=True, kw_only=True)
class ComputerRow:
    """One paired browser."""

    id: int
    name: str
    paired_by: str
    paired_at: datetime


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the owner demands of sign-ins."""

    second_factor_roles: list[str]
    lock_after_minutes: int


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """Somebody who can take over a counter computer by PIN."""

    staff_id: StaffId
    first_name: str


def list_sessions(shop_id: ShopId, *, staff_id: int | None = None, at: datetime) -> list[SessionRow]:
    """Who is signed in, the latest first; `staff_id` for one person's."""
    query = (
        select(StaffSession, Staff.first_name, CounterComputer.name)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .outerjoin(CounterComputer, CounterComputer.id == StaffSession.computer_id)
        .where(
            StaffSession.shop_id == shop_id,
            StaffSession.ended_at.is_(None),
            StaffSession.last_seen_at > at - IDLE_LIFETIME,
            StaffSession.created_at > at - ABSOLUTE_LIFETIME,
        )
        .order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc())
        .limit(200)
    )
    if staff_id is not None:
        query = query.where(StaffSession.staff_id == staff_id)
    return [
        SessionRow(
            id=row.id,
            staff_id=StaffId(row.staff_id),
            first_name=first_name,
            browser=row.browser,
            computer=computer,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            is_locked=row.locked_at is not None,
        )
        for row, first_name, computer in db.session.execute(query)
    ]


def end_session(session_id: int, *, by: Actor, own_only: bool) -> None:
    """Sign one browser out, at its next request; NotFound for sessions of other shops or other people."""
    row = db.session.get(StaffSession, session_id)
    if row is None or row.shop_id != by.shop_id or (own_only and row.staff_id != by.id):
        raise NotFound
    row.ended_at = row.ended_at or now()


def end_other_sessions(*, by: Actor, session_id: int) -> None:
    """Every browser of the actor but this one."""
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == by.id, StaffSession.id != session_id, StaffSession.ended_at.is_(None))
        .values(ended_at=now())
    )


def get_rules(shop_id: ShopId) -> Rules:
    row = db.session.get(SignInRules, shop_id)
    if row is None:
        return Rules(second_factor_roles=[], lock_after_minutes=DEFAULT_LOCK_AFTER_MINUTES)
    return Rules(second_factor_roles=list(row.second_factor_roles), lock_after_minutes=row.lock_after_minutes)


def change_rules(*, by: Actor, second_factor_roles: list[Role], lock_after_minutes: int) -> None:
    row = db.session.get(SignInRules, by.shop_id)
    if row is None:
        row = SignInRules(shop_id=by.shop_id)
        db.session.add(row)
    row.second_factor_roles = [role.value for role in second_factor_roles]
    row.lock_after_minutes = lock_after_minutes


def pair_computer(*, by: Actor, name: str, session_id: int) -> str:
    """The token for the browser's cookie; the session that paired it belongs to the computer from now on."""
    token = new_token()
    computer = CounterComputer(
        shop_id=by.shop_id, name=name, token_hash=hash_of(token), paired_by_id=by.staff_id, paired_at=now()
    )
    db.session.add(computer)
    db.session.flush()  # the session needs its id
    db.session.get_one(StaffSession, session_id).computer_id = computer.id
    return token


def revoke_computer(computer_id: int, *, by: Actor) -> None:
    """PINs count there no more, and whoever is signed in there by PIN or password is out."""
    computer = db.session.get(CounterComputer, computer_id)
    if computer is None or computer.shop_id != by.shop_id:
        raise NotFound
    computer.revoked_at = computer.revoked_at or now()
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.computer_id == computer_id, StaffSession.ended_at.is_(None))
        .values(ended_at=now())
    )


def list_computers(shop_id: ShopId) -> list[ComputerRow]:
    rows = db.session.execute(
        select(CounterComputer, Staff.first_name)
        .join(Staff, Staff.id == CounterComputer.paired_by_id)
        .where(CounterComputer.shop_id == shop_id, CounterComputer.revoked_at.is_(None))
        .order_by(CounterComputer.name, CounterComputer.id)
    )
    return [
        ComputerRow(id=row.id, name=row.name, paired_by=first_name, paired_at=row.paired_at)
        for row, first_name in rows
    ]


def find_computer(token: str, *, shop_id: int) -> int | None:
    """The paired computer of this shop behind a cookie."""
    return db.session.scalar(
        select(CounterComputer.id).where(
            CounterComputer.token_hash == hash_of(token),
            CounterComputer.shop_id == shop_id,
            CounterComputer.revoked_at.is_(None),
        )
    )


def list_colleagues(shop_id: ShopId) -> list[Colleague]:
    """Who has a PIN and works here today."""
    rows = db.session.execute(
        select(Staff.id, Staff.first_name)
        .join(CounterPin, CounterPin.staff_id == Staff.id)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.shop_id == shop_id, Membership.disabled_at.is_(None), Staff.active)
        .order_by(Staff.first_name, Staff.id)
    )
    return [Colleague(staff_id=StaffId(row.id), first_name=row.first_name) for row in rows]


def find_pin_hash(staff_id: int) -> str | None:
    return db.session.scalar(select(CounterPin.pin_hash).where(CounterPin.staff_id == staff_id))


def set_pin(*, by: Actor, pin_hash: str) -> None:
    row = db.session.get(CounterPin, by.id)
    if row is None:
        db.session.add(CounterPin(staff_id=by.id, pin_hash=pin_hash))
    else:
        row.pin_hash = pin_hash


def remove_pin(*, by: Actor) -> None:
    db.session.execute(delete(CounterPin).where(CounterPin.staff_id == by.id))


def lock_session(session_id: int) -> None:
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.computer_id.is_not(None))
        .values(locked_at=now())
    )


def unlock_session(session_id: int) -> None:
    """By the person's own PIN. It shows who stands there, and that they were let in with a factor before."""
    db.session.execute(
        update(StaffSession).where(StaffSession.id == session_id).values(locked_at=None, last_seen_at=now())
    )
