"""Work that turns up during the repair is added inside the customer's spend limit, or not at all.

An addition is an act on the ticket and moves nothing. More than the limit is a re-quote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.money import Money
from repairshop.notifications.rules import Notice
from repairshop.notifications.service import queue_notice
from repairshop.notifications.sharing import withdraw_event
from repairshop.quotes.addition_rules import (
    AdditionNeedsAgreement,
    addition_price_minor,
    most_with_addition,
    require_addition,
    require_addition_stage,
    require_addition_undoable,
)
from repairshop.quotes.draft_additions import add_to_draft, take_from_draft
from repairshop.quotes.fingerprint import addition_hash
from repairshop.quotes.models import QuoteAddition, QuoteAdditionLine
from repairshop.quotes.queries import find_agreed_quote
from repairshop.quotes.rows import QuoteRow
from repairshop.quotes.rules import NoSpendLimit
from repairshop.quotes.terms import QuoteLine
from repairshop.staff.queries import get_shop
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts
from repairshop.tickets.service import get_ticket_for_change


@dataclass(frozen=True, kw_only=True)
class _Basis:
    """Why nobody has to be asked; amounts in minor units."""

    quote: QuoteRow
    decision_id: int
    agreed_minor: int
    limit_minor: int
    at_most: Money


def add_work(
    reference: str,
    lines: Sequence[QuoteLine],
    *,
    reason: str,
    by: Actor,
    expected_version: int | None = None,
) -> int:
    """Add parts or work to what was agreed, without asking; the id of the addition.

    Refuses with OverSpendLimit as soon as everything agreed and the addition together can cost more than the
    customer's limit. Of two at once the second sees the first, because the ticket's row is locked.
    """
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_addition_stage(ticket.stage)
    require_addition(lines, reason=reason)
    basis = _basis_of(ticket, lines)
    addition = _write(ticket, lines, basis, reason=reason, by=by)
    add_to_draft(ticket, basis.quote, lines, by=by)
    queue_notice(
        Notice.WORK_ADDED,
        ticket,
        event_key=_event_key(addition),
        facts=MoveFacts(price_at_most=basis.at_most),
        send_after=addition.undo_until,
    )
    return addition.id


def _basis_of(ticket: Ticket, lines: Sequence[QuoteLine]) -> _Basis:
    quote = find_agreed_quote(ticket.id)
    agreed, limit_minor = quote.agreed if quote else None, ticket.spend_limit_minor
    if quote is None or quote.approval is None or agreed is None:
        raise AdditionNeedsAgreement
    if limit_minor is None:
        raise NoSpendLimit
    at_most = most_with_addition(lines, agreed_at_most=agreed.at_most, limit_minor=limit_minor)
    return _Basis(
        quote=quote,
        decision_id=quote.approval.id,
        agreed_minor=agreed.at_most.minor,
        limit_minor=limit_minor,
        at_most=at_most,
    )


def _write(
    ticket: Ticket, lines: Sequence[QuoteLine], basis: _Basis, *, reason: str, by: Actor
) -> QuoteAddition:
    at, window = clock.now(), get_shop(ticket.shop_id).undo_window_seconds
    price_minor = addition_price_minor(lines)
    digest = addition_hash(lines, ticket_code=ticket.code, reason=reason, quote_hash=basis.quote.hash)
    entry = record_history(
        ticket,
        "work_added",
        by=by,
        after={
            "quote": basis.quote.version,
            "price": price_minor,
            "agreed": basis.agreed_minor,
            "limit": basis.limit_minor,
            "hash": digest,
        },
    )
    addition = QuoteAddition(
        ticket_id=ticket.id,
        decision_id=basis.decision_id,
        history_seq=entry.seq,
        added_at=at,
        added_by_id=by.staff_id,
        undo_until=at + timedelta(seconds=window),
        reason=reason,
        limit_minor=basis.limit_minor,
        agreed_minor=basis.agreed_minor,
        price_minor=price_minor,
        hash=digest,
        lines=[_line(line, position) for position, line in enumerate(lines)],
    )
    db.session.add(addition)
    db.session.flush()  # the notice is named after the addition
    return addition


def take_work_back(reference: str, addition_id: int, *, by: Actor) -> None:
    """Undo an addition inside its window, as a move is undone: nothing is told, nothing is owed."""
    ticket = get_ticket_for_change(reference, by=by)
    addition = db.session.get(QuoteAddition, addition_id)
    if addition is None or addition.ticket_id != ticket.id:
        raise NotFound
    at = clock.now()
    require_addition_undoable(
        added_by_id=addition.added_by_id,
        undo_until=addition.undo_until,
        undone=addition.undone_at is not None,
        overtaken=ticket.history_seq != addition.history_seq,
        by=by,
        at=at,
    )
    addition.undone_at = at
    record_history(
        ticket, "added_work_undone", by=by, before={"price": addition.price_minor, "hash": addition.hash}
    )
    take_from_draft(ticket, [_typed(line) for line in addition.lines], by=by)
    withdraw_event(_event_key(addition))


def _event_key(addition: QuoteAddition) -> str:
    return f"addition:{addition.id}"


def _line(line: QuoteLine, position: int) -> QuoteAdditionLine:
    return QuoteAdditionLine(position=position, **_terms(line))


def _typed(line: QuoteAdditionLine) -> QuoteLine:
    return QuoteLine(**_terms(line))


# What a line says, as it is typed and as it is kept.
_TERMS = (
    *("kind", "description", "quantity", "unit_price_minor", "origin", "device_will_show", "minutes"),
    *("hourly_rate_minor", "feature_lost", "source", "warranty_days", "part_id"),
)


def _terms(line: QuoteLine | QuoteAdditionLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _TERMS}
