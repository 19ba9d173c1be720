"""The diagnosis fee: told when the device comes in, once, with its time and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from repairshop import clock
from repairshop.database import db
from repairshop.money import Money
from repairshop.quotes.models import FeeTold
from repairshop.quotes.terms import require_amount
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket, TicketMove
from repairshop.tickets.stages import Verb


@dataclass(frozen=True, kw_only=True)
class FeeToldRow:
    """What the customer heard before anybody looked for the fault."""

    fee: Money
    at: datetime
    by: str | None


def tell_fee(ticket: Ticket, fee_minor: int | None, *, by: Actor) -> None:
    """Write down that the customer hears the fee now; nothing where there is none, or it was told before."""
    require_amount(fee_minor or 0, field="diagnosis_fee")
    if not fee_minor or db.session.get(FeeTold, ticket.id) is not None:
        return
    db.session.add(
        FeeTold(ticket_id=ticket.id, fee_minor=fee_minor, told_at=clock.now(), told_by_id=by.staff_id)
    )
    record_history(ticket, "fee_told", by=by, after={"minor": fee_minor})


def find_fee_told(ticket_id: int) -> FeeToldRow | None:
    """None where no fee was told when the device came in."""
    return list_fees_told([ticket_id]).get(ticket_id)


def list_fees_told(ticket_ids: Sequence[int]) -> dict[int, FeeToldRow]:
    """By ticket; one query."""
    rows = db.session.execute(
        select(FeeTold.ticket_id, FeeTold.fee_minor, FeeTold.told_at, Staff.first_name, Shop.currency)
        .join(Ticket, Ticket.id == FeeTold.ticket_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Staff, Staff.id == FeeTold.told_by_id)
        .where(FeeTold.ticket_id.in_(ticket_ids))
    )
    return {
        row.ticket_id: FeeToldRow(
            fee=Money(minor=row.fee_minor, currency=row.currency), at=row.told_at, by=row.first_name
        )
        for row in rows
    }


def find_diagnosis_began(ticket_id: int) -> datetime | None:
    """When somebody first began to look for the fault; None while nobody has."""
    return db.session.scalars(
        select(func.min(TicketMove.at)).where(
            TicketMove.ticket_id == ticket_id,
            TicketMove.verb == Verb.START_DIAGNOSIS,
            TicketMove.undone_at.is_(None),
        )
    ).one()
