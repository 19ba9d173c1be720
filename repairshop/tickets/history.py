"""What is written once and never changed: the hash-chained history and the custody steps."""

from collections.abc import Mapping
from typing import Any

from repairshop import clock
from repairshop.database import db
from repairshop.staff.rules import Actor
from repairshop.tickets.chain import Entry, first_hash, next_hash
from repairshop.tickets.models import (
    Custody,
    HistoryEntry,
    Ticket,
)
from repairshop.tickets.rules import (
    Holder,
)


def record_history(
    ticket: Ticket,
    act: str,
    *,
    by: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    move_id: int | None = None,
) -> HistoryEntry:
    """Append one act to the ticket's chain.

    `act` is a code with a sentence in templates/tickets/_acts.html. Values are plain JSON and not personal:
    seal() personal ones. Pass `move_id` when the act belongs to a move, so that undo stays possible.
    """
    at = clock.now()
    actor = by.kind.value if by.id is None else f"{by.kind.value}:{by.id}"
    entry = Entry(
        seq=ticket.history_seq + 1, at=at, actor=actor, act=act, before=before or {}, after=after or {}
    )
    previous = ticket.history_hash or first_hash(ticket.code)
    row = HistoryEntry(
        ticket_id=ticket.id,
        seq=entry.seq,
        move_id=move_id,
        at=at,
        actor_kind=by.kind,
        actor_id=by.id,
        act=act,
        before=dict(entry.before),
        after=dict(entry.after),
        previous_hash=previous,
        hash=next_hash(previous, entry),
    )
    db.session.add(row)
    ticket.history_seq, ticket.history_hash, ticket.changed_at = row.seq, row.hash, at
    return row


def record_custody(
    ticket: Ticket,
    origin: Holder,
    to: Holder,
    *,
    to_label: str,
    by: Actor,
    item: str = "device",
    from_label: str = "",
    salt: str = "",
) -> None:
    db.session.add(
        Custody(
            ticket_id=ticket.id,
            item=item,
            from_holder=origin,
            from_label=from_label,
            to_holder=to,
            to_label=to_label,
            salt=salt,
            at=clock.now(),
            staff_id=by.staff_id,
        )
    )
