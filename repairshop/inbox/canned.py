"""Replies a shop has prepared: in each of its languages, changed by managers, put away and never deleted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.inbox.models import CannedReply
from repairshop.inbox.rules import (
    LONGEST_VALUES,
    ReplyNameTaken,
    filled,
    require_known_placeholders,
)
from repairshop.notifications.lengths import Length, folded, length_of, longest_link
from repairshop.staff.models import Staff
from repairshop.staff.rules import Actor


@dataclass(frozen=True, kw_only=True)
class ReplyRow:
    """One prepared reply."""

    id: int
    language: str
    name: str
    text: str
    version: int
    changed_at: datetime
    changed_by: str | None
    is_retired: bool

    @property
    def length(self) -> Length:
        """With values as long as they get, and the shop's name and number before it."""
        return longest(self.text)


def longest(text: str) -> Length:
    """How long a prepared reply gets as a text."""
    about = f"{LONGEST_VALUES['shop']}, {LONGEST_VALUES['ticket']}: "
    return length_of(folded(about + filled(text, LONGEST_VALUES)).replace("{link}", longest_link()))


def list_replies(shop_id: int, *, with_retired: bool = False) -> list[ReplyRow]:
    """By language and name."""
    query = (
        select(CannedReply, Staff.first_name)
        .outerjoin(Staff, Staff.id == CannedReply.changed_by_id)
        .where(CannedReply.shop_id == shop_id)
        .order_by(CannedReply.language, CannedReply.name, CannedReply.id)
        .limit(500)
    )
    if not with_retired:
        query = query.where(CannedReply.retired_at.is_(None))
    return [_row(reply, name) for reply, name in db.session.execute(query)]


def get_reply(reply_id: int, *, shop_id: int) -> ReplyRow:
    """NotFound for another shop's."""
    found = db.session.execute(
        select(CannedReply, Staff.first_name)
        .outerjoin(Staff, Staff.id == CannedReply.changed_by_id)
        .where(CannedReply.id == reply_id, CannedReply.shop_id == shop_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return _row(*found)


def _row(reply: CannedReply, changed_by: str | None) -> ReplyRow:
    return ReplyRow(
        id=reply.id,
        language=reply.language,
        name=reply.name,
        text=reply.text,
        version=reply.version,
        changed_at=reply.changed_at,
        changed_by=changed_by,
        is_retired=reply.retired_at is not None,
    )


def add_reply(*, language: str, name: str, text: str, by: Actor) -> CannedReply:
    require_known_placeholders(text)
    _require_free(name, language, by=by)
    reply = CannedReply(
        shop_id=by.shop_id,
        language=language,
        name=name,
        text=text,
        changed_at=clock.now(),
        changed_by_id=by.staff_id,
    )
    db.session.add(reply)
    return reply


def change_reply(
    reply_id: int, *, language: str, name: str, text: str, by: Actor, expected_version: int | None = None
) -> None:
    """Conflict when somebody changed it since the page was drawn."""
    reply = _get(reply_id, by=by)
    if expected_version is not None and reply.version != expected_version:
        raise Conflict("canned_reply", str(reply_id))
    require_known_placeholders(text)
    _require_free(name, language, by=by, apart_from=reply_id)
    reply.language, reply.name, reply.text = language, name, text
    reply.changed_at, reply.changed_by_id = clock.now(), by.staff_id


def retire_reply(reply_id: int, *, by: Actor) -> None:
    """Offered no more."""
    reply = _get(reply_id, by=by)
    reply.retired_at = reply.retired_at or clock.now()


def bring_back(reply_id: int, *, by: Actor) -> None:
    """Offered again."""
    reply = _get(reply_id, by=by)
    _require_free(reply.name, reply.language, by=by, apart_from=reply_id)
    reply.retired_at = None


def _get(reply_id: int, *, by: Actor) -> CannedReply:
    reply = db.session.get(CannedReply, reply_id, with_for_update=True, populate_existing=True)
    if reply is None or reply.shop_id != by.shop_id:
        raise NotFound
    return reply


def _require_free(name: str, language: str, *, by: Actor, apart_from: int | None = None) -> None:
    taken = db.session.scalars(
        select(CannedReply.id).where(
            CannedReply.shop_id == by.shop_id,
            CannedReply.language == language,
            CannedReply.name == name,
            CannedReply.retired_at.is_(None),
            CannedReply.id != (apart_from or 0),
        )
    ).first()
    if taken is not None:
        raise ReplyNameTaken(field="name", name=name)
