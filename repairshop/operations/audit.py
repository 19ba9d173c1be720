"""Walking every chain of the history and comparing it with the heads that were published."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select

from repairshop.database import db
from repairshop.operations.rules import PublishedHead, heads_of, list_missing_days
from repairshop.staff.models import Shop
from repairshop.tickets.chain import Break, find_break
from repairshop.tickets.chain_queries import entry_of
from repairshop.tickets.models import DayHead, HistoryEntry, Ticket

_AT_A_TIME = 500


@dataclass(frozen=True, kw_only=True)
class BrokenChain:
    """A ticket whose history is not what it was, from `seq` on."""

    shop: str
    number: str
    code: str
    seq: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class WrongHead:
    """A day whose head was published and no longer follows from the history."""

    shop: str
    day: date
    published: str
    computed: str


@dataclass(frozen=True, kw_only=True)
class MissingHead:
    """A day between published heads whose own head is gone."""

    shop: str
    day: date


@dataclass(kw_only=True)
class Audit:
    """What a walk over everything found."""

    tickets: int = 0
    entries: int = 0
    heads: int = 0
    broken: list[BrokenChain] = field(default_factory=list)
    wrong_heads: list[WrongHead] = field(default_factory=list)
    missing_heads: list[MissingHead] = field(default_factory=list)
    unmatched: list[PublishedHead] = field(default_factory=list)  # given heads that no shop has

    @property
    def holds(self) -> bool:
        return not (self.broken or self.wrong_heads or self.missing_heads or self.unmatched)


Changes = dict[date, dict[int, tuple[int, str]]]


def walk_everything(*, given: Sequence[PublishedHead] = ()) -> Audit:
    """Every ticket of every shop; each of the `given` heads has to be one shop's head of its day."""
    audit = Audit()
    unmatched = set(given)
    for shop in db.session.scalars(select(Shop).order_by(Shop.id)).all():
        changes: Changes = {}
        for ticket, entries in _chains(shop.id):
            _check(audit, shop, ticket, entries, changes)
        unmatched -= _check_heads(audit, shop, changes, given)
    audit.heads += len(given)
    audit.unmatched = sorted(unmatched, key=lambda published: published.day)
    return audit


def _chains(shop_id: int) -> Iterator[tuple[Ticket, list[HistoryEntry]]]:
    """Each ticket with its entries in order; a few hundred tickets are in memory at a time."""
    after = 0
    while True:
        query = select(Ticket).where(Ticket.shop_id == shop_id, Ticket.id > after).order_by(Ticket.id)
        tickets = db.session.scalars(query.limit(_AT_A_TIME)).all()
        if not tickets:
            return
        rows = db.session.scalars(
            select(HistoryEntry)
            .where(HistoryEntry.ticket_id.in_([ticket.id for ticket in tickets]))
            .order_by(HistoryEntry.ticket_id, HistoryEntry.seq)
        )
        entries = {ticket_id: list(group) for ticket_id, group in groupby(rows, lambda row: row.ticket_id)}
        for ticket in tickets:
            yield ticket, entries.get(ticket.id, [])
        after = tickets[-1].id
        db.session.expunge_all()


def _check(audit: Audit, shop: Shop, ticket: Ticket, rows: list[HistoryEntry], changes: Changes) -> None:
    audit.tickets += 1
    audit.entries += len(rows)
    zone = ZoneInfo(shop.time_zone)
    for row in rows:
        day = row.at.astimezone(zone).date()
        changes.setdefault(day, {})[ticket.id] = (row.seq, row.hash)
    found = find_break_in(ticket, rows)
    if found is not None:
        audit.broken.append(
            BrokenChain(
                shop=shop.name,
                number=f"{shop.number_prefix}{ticket.number}",
                code=ticket.code,
                seq=found.seq,
                reason=found.reason,
            )
        )


def find_break_in(ticket: Ticket, rows: list[HistoryEntry]) -> Break | None:
    """Where the ticket's stored chain stops being true; a ticket without any entry was never opened."""
    entries = [(entry_of(row), row.previous_hash, row.hash) for row in rows]
    if not rows and ticket.history_seq == 0:
        return Break(seq=1, reason="truncated")
    return find_break(ticket.code, entries, last_seq=ticket.history_seq, last_hash=ticket.history_hash)


def _check_heads(
    audit: Audit, shop: Shop, changes: Changes, given: Sequence[PublishedHead]
) -> set[PublishedHead]:
    """Compare the shop's own published heads; answers which of the given ones are its."""
    query = select(DayHead.day, DayHead.head).where(DayHead.shop_id == shop.id).order_by(DayHead.day)
    stored = {date.fromisoformat(day): head for day, head in db.session.execute(query)}
    audit.missing_heads += [MissingHead(shop=shop.name, day=day) for day in list_missing_days(stored)]
    computed = compute_heads(changes, days={*stored, *(published.day for published in given)})
    for day, head in stored.items():
        audit.heads += 1
        if computed[day] != head:
            audit.wrong_heads.append(
                WrongHead(shop=shop.name, day=day, published=head, computed=computed[day])
            )
    return {published for published in given if computed[published.day] == published.head}


def compute_heads(changes: Changes, *, days: Collection[date]) -> dict[date, str]:
    """The chain of heads over `days`."""
    listed = {day: [(ticket, *last) for ticket, last in of_day.items()] for day, of_day in changes.items()}
    return heads_of(listed, days=days)
