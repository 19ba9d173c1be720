"""How a ticket's shots stand, and what a phone's link opens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.shots.models import GuidedShot, PhotoLink
from repairshop.shots.rules import LinkFacts, Shot, shots_of
from repairshop.tickets.models import Ticket


@dataclass(frozen=True, kw_only=True)
class ShotRow:
    """One of the six; neither photo nor reason: still to take."""

    shot: Shot
    photo_id: int | None = None
    reason: str = ""

    @property
    def is_settled(self) -> bool:
        return self.photo_id is not None or bool(self.reason)


def list_shots(ticket_id: int, device_type: DeviceType) -> list[ShotRow]:
    """The six shots of this device, in order, in one query."""
    rows = db.session.execute(
        select(GuidedShot.shot, GuidedShot.photo_id, GuidedShot.reason).where(
            GuidedShot.ticket_id == ticket_id
        )
    )
    found = {row.shot: ShotRow(shot=row.shot, photo_id=row.photo_id, reason=row.reason) for row in rows}
    return [found.get(shot, ShotRow(shot=shot)) for shot in shots_of(device_type)]


@dataclass(frozen=True, kw_only=True)
class LinkRow:
    """A link, and the ticket it may add photos to; nothing of the customer."""

    id: int
    staff_id: int
    facts: LinkFacts
    ticket_id: int
    reference: str
    shop_id: int
    device_type: DeviceType

    @property
    def expires_at(self) -> datetime:
        return self.facts.expires_at


_LINK = select(
    PhotoLink.id,
    PhotoLink.staff_id,
    PhotoLink.expires_at,
    PhotoLink.ended_at,
    PhotoLink.photos,
    PhotoLink.size_bytes,
    PhotoLink.ticket_id,
    Ticket.code,
    Ticket.shop_id,
    Ticket.device_type,
).join(Ticket, Ticket.id == PhotoLink.ticket_id)


def find_link(link_id: int) -> LinkRow | None:
    row = db.session.execute(_LINK.where(PhotoLink.id == link_id)).one_or_none()
    return None if row is None else _link(row)


def find_open_link(ticket_id: int, *, at: datetime) -> LinkRow | None:
    """The link whose code the counter shows now."""
    query = _LINK.where(
        PhotoLink.ticket_id == ticket_id, PhotoLink.ended_at.is_(None), PhotoLink.expires_at > at
    )
    row = db.session.execute(query.order_by(PhotoLink.id.desc()).limit(1)).one_or_none()
    return None if row is None else _link(row)


def _link(row: Row[*tuple[Any, ...]]) -> LinkRow:
    return LinkRow(
        id=row.id,
        staff_id=row.staff_id,
        facts=LinkFacts(
            expires_at=row.expires_at, ended_at=row.ended_at, photos=row.photos, size_bytes=row.size_bytes
        ),
        ticket_id=row.ticket_id,
        reference=row.code,
        shop_id=row.shop_id,
        device_type=row.device_type,
    )
