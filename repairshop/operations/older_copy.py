"""An older copy of the database is noticed: what it believes to be on its way is held, and the shop is told.

The newest mark (notifications/marks) is kept beside the passcodes' keys, of which there is one copy only. It
is a random name and a moment: nothing about anybody.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from repairshop.catalogue.rules import DeviceType
from repairshop.database import UtcDateTime, db
from repairshop.notifications import marks
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.moments import database_now
from repairshop.notifications.operating import hold_everything
from repairshop.notifications.rules import Notice
from repairshop.notifications.staff_mails import list_managers, mail_staff
from repairshop.notifications.texts import TextFacts
from repairshop.privacy.vault_keys import the_vault
from repairshop.staff.models import Shop
from repairshop.staff.rules import ShopId, system_actor
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.worker")
_TABLE = Table(
    "delivery_mark",
    MetaData(),
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("token", String(32), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
)
_ONE = 1
_TRIES = 3  # other workers move the mark on at the same time
# The web's clocks, by which messages are dated, may be so far from the database's.
_CLOCKS_APART = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """The newest moment that the database is known to have lived through."""

    token: str
    at: datetime


def compare() -> None:
    """Look whether the database has the newest mark, hold everything where it has not, and move the mark on.

    For a worker, at its start and every few seconds. Costs one statement while nothing was sent.
    """
    watch = marks.the_watch()
    if watch is None or (_is_known(watch, watch.known) and not watch.must_mark()):
        return
    for _ in range(_TRIES):
        kept = read_mark()
        if kept is not None:
            if not _is_known(watch, kept.token):
                _hold_everything(kept)
                _is_known(watch, kept.token)
            watch.known = kept.token
        if (kept is not None and not watch.must_mark()) or _move_on(watch, kept):
            return


def _is_known(watch: marks.Watch, token: str) -> bool:
    is_here, watch.noticed_at = marks.look_for(token)
    return is_here


def read_mark() -> Mark | None:
    """As the keys' database has it; None where no worker has sent anything yet."""
    with the_vault().keys.open() as connection:
        _TABLE.create(connection, checkfirst=True)
        row = connection.execute(select(_TABLE)).one_or_none()
    return None if row is None else Mark(token=row.token, at=row.at)


def _move_on(watch: marks.Watch, kept: Mark | None) -> bool:
    """The next mark, here first and then beside the keys; False where another worker was faster."""
    began, token = time.monotonic(), uuid.uuid4().hex
    watch.has_sent = False  # a call that is made meanwhile calls for another one
    with transaction():
        at = marks.add_mark(token, after=kept.token if kept else None)
    if at is None or not _replace_mark(kept, Mark(token=token, at=at)):
        watch.has_sent = True
        return False
    watch.known, watch.marked_at = token, began
    return True


def _replace_mark(kept: Mark | None, new: Mark) -> bool:
    """Only while it still is the one that was read: marks never go back."""
    with the_vault().keys.open() as connection:
        _TABLE.create(connection, checkfirst=True)
        if kept is None:
            return _insert_mark(connection, new)
        update = _TABLE.update().where(_TABLE.c.one == _ONE, _TABLE.c.token == kept.token)
        return bool(connection.execute(update.values(token=new.token, at=new.at)).rowcount)


def _insert_mark(connection: Connection, new: Mark) -> bool:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(_TABLE).values(one=_ONE, token=new.token, at=new.at).on_conflict_do_nothing()
    return connection.scalars(statement.returning(_TABLE.c.one)).first() is not None


def _hold_everything(kept: Mark) -> None:
    """Once, whichever of several workers comes first; all of it or nothing is committed."""
    held: dict[int, int] = {}
    with transaction():
        if not marks.adopt_mark(kept.token, at=kept.at):
            return
        at, before = database_now(), kept.at + _CLOCKS_APART
        for shop in db.session.scalars(select(Shop).order_by(Shop.id)).all():
            held[shop.id] = hold_everything(by=system_actor(ShopId(shop.id)), written_before=before)
            if _had_messages(shop, before=before):
                _tell(shop, held[shop.id], kept, at=at)
    log.error(
        "the database is an older copy: what it believes to be on its way is held",
        lived_until=kept.at.isoformat(),
        held=sum(held.values()),
    )


def _had_messages(shop: Shop, *, before: datetime) -> bool:
    """A new database beside old keys is no copy of anything."""
    query = select(OutgoingMessage.id).where(
        OutgoingMessage.shop_id == shop.id, OutgoingMessage.created_at < before
    )
    return db.session.scalars(query.limit(1)).first() is not None


def _tell(shop: Shop, held: int, kept: Mark, *, at: datetime) -> None:
    facts = TextFacts(shop=shop.name, tickets=(), device_type=DeviceType.OTHER, waiting=held)
    mail_staff(
        Notice.OLDER_COPY,
        facts,
        list_managers(shop.id),
        shop_id=shop.id,
        event_key=f"older_copy:{kept.token}",
        at=at,
    )
