"""What a newcomer needs to look around: a ticket for every stage."""

from dataclasses import dataclass

from sqlalchemy import func, select

from repairshop.database import db
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.stages import Stage


@dataclass(frozen=True, kw_only=True)
class StageTicket:
    stage: Stage
    code: str
    number: str
    visit_id: int
    customer_id: int


def list_stage_tickets(shop_id: int) -> list[StageTicket]:
    """The youngest ticket of each stage, in the order of the stages."""
    youngest = (
        select(func.max(Ticket.id))
        .where(Ticket.shop_id == shop_id, Ticket.visit_id.is_not(None))
        .group_by(Ticket.stage)
    )
    query = (
        select(
            Ticket.stage, Ticket.code, Ticket.number, Shop.number_prefix, Ticket.visit_id, Visit.customer_id
        )
        .join(Visit, Visit.id == Ticket.visit_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .where(Ticket.id.in_(youngest))
    )
    by_stage = {
        row.stage: StageTicket(
            stage=row.stage,
            code=row.code,
            number=f"{row.number_prefix}{row.number}",
            visit_id=row.visit_id,
            customer_id=row.customer_id,
        )
        for row in db.session.execute(query)
    }
    return [by_stage[stage] for stage in Stage if stage in by_stage]
