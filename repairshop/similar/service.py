"""Keeps what past repairs are found by: in the transaction that changed it, or all of it at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from repairshop.database import db
from repairshop.diagnostics.models import Conclusion, Finding
from repairshop.parts.models import PartFitted
from repairshop.quotes.models import Quote, QuoteDecision, QuoteDecisionLine, SentLine
from repairshop.quotes.rules import DecisionKind
from repairshop.quotes.terms import LineKind
from repairshop.similar.index import put_words
from repairshop.similar.models import RepairText
from repairshop.similar.rules import PAST_STAGES, Scope, index_text
from repairshop.tickets.models import Ticket, TicketNote
from repairshop.tickets.stages import Outcome

_WORKED = frozenset({Outcome.REPAIRED, Outcome.PARTLY_REPAIRED})
_BATCH = 500


def refresh(ticket_id: int) -> None:
    """Write anew what one ticket is found by; a ticket whose work is not over is not found."""
    db.session.flush()  # what the verb has just written counts
    refresh_all([ticket_id])


def refresh_all(ticket_ids: Sequence[int]) -> None:
    """The same for a batch, with as many queries as for one."""
    tickets = db.session.execute(
        select(Ticket.id, Ticket.shop_id, Ticket.device_type, Ticket.device_label, Ticket.stage).where(
            Ticket.id.in_(ticket_ids)
        )
    ).all()
    past = [ticket for ticket in tickets if ticket.stage in PAST_STAGES]
    ids = [ticket.id for ticket in past]
    found, fixed = _found(ids), _fixed(ids)
    kept = {
        row.ticket_id: row
        for row in db.session.scalars(select(RepairText).where(RepairText.ticket_id.in_(ticket_ids)))
    }
    words = {}
    for ticket in past:
        texts = ("\n".join(found[ticket.id]), "\n".join(fixed[ticket.id]))
        if not any(texts):
            continue
        row = kept.pop(ticket.id, None)
        if row is None:
            row = RepairText(ticket_id=ticket.id)
            db.session.add(row)
        row.found, row.fixed = texts
        scope = Scope(shop_id=ticket.shop_id, device_type=ticket.device_type, model=ticket.device_label)
        words[ticket.id] = index_text(scope, texts)
    for row in kept.values():
        db.session.delete(row)
    db.session.flush()  # the index's rows hang on these
    put_words(words, remove=kept)


def rebuild_after(last_id: int) -> int | None:
    """The next batch of all tickets, in the order of their ids; its last id, None when there is none left."""
    ids = list(
        db.session.scalars(select(Ticket.id).where(Ticket.id > last_id).order_by(Ticket.id).limit(_BATCH))
    )
    if not ids:
        return None
    refresh_all(ids)
    return ids[-1]


def _found(ids: Sequence[int]) -> dict[int, list[str]]:
    """By ticket, the findings that stand and how the diagnosis ended."""
    findings = (
        select(Finding.ticket_id, Finding.seen)
        .where(Finding.ticket_id.in_(ids), Finding.removed_at.is_(None))
        .order_by(Finding.id)
    )
    ends = (
        select(Conclusion.ticket_id, Conclusion.note)
        .where(Conclusion.ticket_id.in_(ids), Conclusion.undone_at.is_(None))
        .order_by(Conclusion.id)
    )
    return _by_ticket([*db.session.execute(findings), *db.session.execute(ends)])


def _fixed(ids: Sequence[int]) -> dict[int, list[str]]:
    """By ticket, the parts that stayed in, the agreed work that was done, what customers were told."""
    parts = (
        select(PartFitted.ticket_id, PartFitted.name)
        .where(PartFitted.ticket_id.in_(ids), PartFitted.removed_at.is_(None))
        .order_by(PartFitted.id)
    )
    newest = (
        select(func.max(QuoteDecision.id))
        .join(Quote, Quote.id == QuoteDecision.quote_id)
        .where(
            Quote.ticket_id.in_(ids),
            QuoteDecision.kind == DecisionKind.APPROVED,
            QuoteDecision.undone_at.is_(None),
        )
        .group_by(Quote.ticket_id)
    )
    work = (
        select(Quote.ticket_id, SentLine.description)
        .join(QuoteDecision, QuoteDecision.quote_id == Quote.id)
        .join(QuoteDecisionLine, QuoteDecisionLine.decision_id == QuoteDecision.id)
        .join(SentLine, SentLine.id == QuoteDecisionLine.line_id)
        .join(Ticket, Ticket.id == Quote.ticket_id)
        .where(QuoteDecision.id.in_(newest), SentLine.kind == LineKind.WORK, Ticket.outcome.in_(_WORKED))
        .order_by(SentLine.id)
    )
    notes = (
        select(TicketNote.ticket_id, TicketNote.text)
        .where(TicketNote.ticket_id.in_(ids), TicketNote.for_customer.is_(True))
        .order_by(TicketNote.id)
    )
    queries = (parts, work, notes)
    return _by_ticket([row for query in queries for row in db.session.execute(query)])


def _by_ticket(rows: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    """Each text once, in the order they came."""
    found: dict[int, list[str]] = defaultdict(list)
    for ticket_id, words in rows:
        if words and words not in found[ticket_id]:
            found[ticket_id].append(words)
    return found
