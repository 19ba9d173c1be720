"""Verbs of the guided photos. Everything here runs inside the caller's transaction."""

from collections.abc import Sequence

from sqlalchemy import select, update

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.media.rules import ReceivedPicture
from repairshop.media.service import store_picture
from repairshop.shots.models import GuidedShot, PhotoLink
from repairshop.shots.rules import (
    LINK_LIFE,
    STAFF_ONLY,
    LinkFacts,
    PhoneBusy,
    Shot,
    ShotNotOfDevice,
    ShotReasonMissing,
    ShotTaken,
    require_room,
    shots_of,
)
from repairshop.staff.rules import Actor
from repairshop.tickets.attachments import add_photo
from repairshop.tickets.chain import seal
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket, TicketPhoto
from repairshop.tickets.rules import PhotoStep
from repairshop.tickets.service import get_ticket_for_change


def keep_shot(reference: str, shot: Shot, picture: ReceivedPicture, *, by: Actor) -> None:
    """The photo of this shot. One taken before leaves every page and stays in the history."""
    ticket = get_ticket_for_change(reference, by=by)
    _require_asked(ticket, shot)
    photo = add_photo(
        ticket, store_picture(picture), step=PhotoStep.INTAKE, by=by, staff_only=shot in STAFF_ONLY
    )
    db.session.flush()  # the shot points at the photo
    row = _row(ticket, shot)
    if row.photo_id is not None:
        _retire(ticket, row.photo_id, by=by)
    row.photo_id, row.reason, row.salt = photo.id, "", ""
    row.at, row.staff_id = clock.now(), by.staff_id


def keep_other_photos(reference: str, pictures: Sequence[ReceivedPicture], *, by: Actor) -> None:
    """Photos that are none of the six."""
    ticket = get_ticket_for_change(reference, by=by)
    for picture in pictures:
        # Nobody at the counter has looked at it yet, so it stays with the staff.
        add_photo(ticket, store_picture(picture), step=PhotoStep.INTAKE, by=by, staff_only=True)


def skip_shot(reference: str, shot: Shot, *, reason: str, by: Actor) -> None:
    """ "Not possible because …". A later photo takes its place."""
    ticket = get_ticket_for_change(reference, by=by)
    _require_asked(ticket, shot)
    if not reason:
        raise ShotReasonMissing(field=f"why-{shot.value}")
    row = _row(ticket, shot)
    if row.photo_id is not None:
        raise ShotTaken(field=f"why-{shot.value}")
    sealed = seal(reason)
    row.reason, row.salt, row.at, row.staff_id = reason, sealed.salt, clock.now(), by.staff_id
    record_history(ticket, "shot_skipped", by=by, after={"shot": shot.value, "reason_digest": sealed.digest})


def open_phone_link(reference: str, *, by: Actor) -> PhotoLink:
    """Leave for one phone; codes shown before for this ticket end."""
    ticket = get_ticket_for_change(reference, by=by)
    if by.staff_id is None:
        raise NotFound
    _end_links(ticket)
    now = clock.now()
    link = PhotoLink(ticket_id=ticket.id, staff_id=by.staff_id, created_at=now, expires_at=now + LINK_LIFE)
    db.session.add(link)
    record_history(ticket, "photo_link_opened", by=by)
    return link


def end_phone_link(reference: str, *, by: Actor) -> None:
    _end_links(get_ticket_for_change(reference, by=by))


def claim_room(link_id: int, *, sizes: Sequence[int]) -> None:
    """Count what a phone sends before any of it is opened; what is refused later stays counted.

    PhoneLinkOver, PhoneLinkFull, PhoneBusy.
    """
    link = db.session.get(PhotoLink, link_id)
    if link is None:
        raise NotFound
    facts = LinkFacts(
        expires_at=link.expires_at, ended_at=link.ended_at, photos=link.photos, size_bytes=link.size_bytes
    )
    require_room(facts, sizes=sizes, at=clock.now())
    # Of two sendings at once the second finds the counts changed and asks the phone to send again.
    claimed = db.session.execute(
        update(PhotoLink)
        .where(PhotoLink.id == link_id, PhotoLink.photos == facts.photos, PhotoLink.ended_at.is_(None))
        .values(photos=facts.photos + len(sizes), size_bytes=facts.size_bytes + sum(sizes))
        .execution_options(synchronize_session=False)
    )
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        raise PhoneBusy


def _require_asked(ticket: Ticket, shot: Shot) -> None:
    if shot not in shots_of(ticket.device_type):
        raise ShotNotOfDevice


def _row(ticket: Ticket, shot: Shot) -> GuidedShot:
    """The shot's row; the ticket is locked, so nobody else adds one meanwhile."""
    row = db.session.scalars(select(GuidedShot).filter_by(ticket_id=ticket.id, shot=shot)).one_or_none()
    if row is None:
        row = GuidedShot(ticket_id=ticket.id, shot=shot)
        db.session.add(row)
    return row


def _retire(ticket: Ticket, photo_id: int, *, by: Actor) -> None:
    old = db.session.get_one(TicketPhoto, photo_id)
    old.removed_at, old.removed_because = clock.now(), "retaken"
    record_history(ticket, "photo_retaken", by=by, before={"media": old.media_id})


def _end_links(ticket: Ticket) -> None:
    db.session.execute(
        update(PhotoLink)
        .where(PhotoLink.ticket_id == ticket.id, PhotoLink.ended_at.is_(None))
        .values(ended_at=clock.now())
        .execution_options(synchronize_session=False)
    )
