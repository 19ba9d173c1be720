"""A one-time code for those who came by receipt, paper or look-up and want to agree to money."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.service import queue_notice
from repairshop.portal.codes import (
    LENGTH,
    LIFE,
    CodeHasNoWay,
    CodesTooOften,
    Sent,
    Standing,
    digest_of,
    is_right,
    proves,
    standing,
)
from repairshop.portal.models import PortalCode
from repairshop.staff.rules import Actor, Throttle
from repairshop.staff.throttle import Subject, begin_attempt, digest
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.service import get_ticket_for_change

_SENT_TO_VISIT = Throttle(free=3, longest=timedelta(minutes=15))
_SENT_FROM_ADDRESS = Throttle(free=10, longest=timedelta(minutes=15))
_TRIED_FROM_ADDRESS = Throttle(free=20, longest=timedelta(minutes=15))


def send_code(reference: str, *, by: Actor, address: str, key: str) -> PortalCode:
    """Send the customer six digits by their own channel; the codes before it open nothing any more.

    CodesTooOften past the limits of the visit and of the address the wish came from; CodeHasNoWay where no
    number or address may get one, or it got its share of today (notifications.rules).
    """
    ticket, at = get_ticket_for_change(reference, by=by), clock.now()
    if not begin_attempt(
        (
            Subject(key=f"code-visit:{ticket.visit_id}", throttle=_SENT_TO_VISIT),
            Subject(key=f"code-address:{digest(address)}", throttle=_SENT_FROM_ADDRESS),
        ),
        now=at,
    ):
        raise CodesTooOften
    if ticket.visit_id is None:
        raise NotFound
    _end_all(ticket.visit_id)
    row = PortalCode(visit_id=ticket.visit_id, created_at=at)
    db.session.add(row)
    db.session.flush()  # the hash is bound to the id
    code = f"{secrets.randbelow(10**LENGTH):0{LENGTH}}"
    row.digest = digest_of(code, code_id=row.id, key=key)
    messages = queue_notice(Notice.CODE, ticket, event_key=f"code:{row.id}", code=code)
    if not messages:
        raise CodeHasNoWay
    row.by_mail = messages[0].channel is Channel.EMAIL
    return row


def try_code(visit_id: int, typed: str, *, address: str, key: str) -> LinkOrigin | None:
    """What the right code proves; None for every other. The try is counted in the caller's transaction,
    which must be committed also when it was wrong."""
    at = clock.now()
    subject = Subject(key=f"code-try:{digest(address)}", throttle=_TRIED_FROM_ADDRESS)
    may_try = begin_attempt((subject,), now=at)
    row = db.session.scalars(_current(visit_id).with_for_update()).one_or_none()
    if row is None:
        return None
    row.tries += 1
    sent = Sent(digest=row.digest, created_at=row.created_at, tries=row.tries)
    if not is_right(sent, typed, code_id=row.id, key=key, at=at) or not may_try:
        return None
    row.ended_at = at
    return proves(by_mail=row.by_mail)


@dataclass(frozen=True, kw_only=True)
class LastCode:
    """What the customer's page says of the code that counts now; no times where there is none."""

    standing: Standing
    by_mail: bool = False
    sent_at: datetime | None = None
    works_until: datetime | None = None


def get_last_code(visit_id: int) -> LastCode:
    row = db.session.scalars(_current(visit_id)).one_or_none()
    if row is None:
        return LastCode(standing=Standing.NONE)
    sent = Sent(digest=row.digest, created_at=row.created_at, tries=row.tries)
    return LastCode(
        standing=standing(sent, at=clock.now()),
        by_mail=row.by_mail,
        sent_at=row.created_at,
        works_until=row.created_at + LIFE,
    )


def _current(visit_id: int) -> Select[PortalCode]:
    return (
        select(PortalCode)
        .where(PortalCode.visit_id == visit_id, PortalCode.ended_at.is_(None))
        .order_by(PortalCode.id.desc())
        .limit(1)
    )


def _end_all(visit_id: int) -> None:
    db.session.execute(
        update(PortalCode)
        .where(PortalCode.visit_id == visit_id, PortalCode.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
