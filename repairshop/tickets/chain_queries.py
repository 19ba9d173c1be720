"""Reading a ticket's chain as it is stored."""

from sqlalchemy import select

from repairshop.database import db
from repairshop.tickets.chain import Entry, find_break
from repairshop.tickets.models import HistoryEntry, Ticket


def entry_of(row: HistoryEntry) -> Entry:
    """The act as it entered the chain."""
    kind = row.actor_kind.value
    actor = kind if row.actor_id is None else f"{kind}:{row.actor_id}"
    return Entry(seq=row.seq, at=row.at, actor=actor, act=row.act, before=row.before, after=row.after)


def has_head(ticket_id: int, *, seq: int, head: str) -> bool:
    """Whether the stored entries up to `seq` still lead to this head, which was published earlier."""
    code = db.session.scalar(select(Ticket.code).where(Ticket.id == ticket_id))
    rows = db.session.scalars(
        select(HistoryEntry)
        .where(HistoryEntry.ticket_id == ticket_id, HistoryEntry.seq <= seq)
        .order_by(HistoryEntry.seq)
    )
    entries = [(entry_of(row), row.previous_hash, row.hash) for row in rows]
    return code is not None and find_break(code, entries, last_seq=seq, last_hash=head) is None
