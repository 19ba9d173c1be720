"""Whose repairs held: credited to who finished the work, once nobody can come back with it any more."""

from dataclasses import dataclass

from sqlalchemy import Integer, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from repairshop.database import db
from repairshop.staff.models import Staff
from repairshop.staff.rules import ActorKind
from repairshop.tickets.models import Ticket, TicketMove
from repairshop.tickets.stages import WORK_DONE_OUTCOMES, Stage, Verb
from repairshop.warranty.models import WarrantyClaim
from repairshop.warranty.rules import Window, share_of


@dataclass(frozen=True, kw_only=True)
class FixerRow:
    """One technician. `repairs` have their window behind them; `came_back` of them did."""

    name: str | None  # None where a machine or nobody finished it, as in loaded records
    repairs: int
    came_back: int

    @property
    def fixed(self) -> int:
        return self.repairs - self.came_back

    @property
    def share(self) -> int | None:
        return share_of(self.fixed, self.repairs)


def list_fixers(shop_id: int, window: Window) -> list[FixerRow]:
    """Most repairs first; one query."""
    repair = _repairs(shop_id).subquery()
    came_back = func.sum(func.cast(repair.c.came_back, Integer))
    rows = db.session.execute(
        select(Staff.first_name, func.count().label("repairs"), came_back.label("came_back"))
        .select_from(repair)
        .outerjoin(Staff, Staff.id == repair.c.staff_id)
        .where(repair.c.closed_at <= window.left_before, repair.c.closed_at > window.left_after)
        .group_by(repair.c.staff_id, Staff.first_name)
        .order_by(func.count().desc(), Staff.first_name)
    )
    return [FixerRow(name=row.first_name, repairs=row.repairs, came_back=row.came_back) for row in rows]


def count_waiting(shop_id: int, window: Window) -> int:
    """Repairs that left and may still come back: they count for nobody yet."""
    repair = _repairs(shop_id).subquery()
    query = select(func.count()).select_from(repair).where(repair.c.closed_at > window.left_before)
    return db.session.scalars(query).one()


def _repairs(shop_id: int) -> Select[int, int | None, object, bool]:
    """Repairs that left the shop, who finished each last, and whether it came back with the same fault."""
    claim = aliased(Ticket)
    finisher = (
        select(TicketMove.actor_id)
        .where(
            TicketMove.ticket_id == Ticket.id,
            TicketMove.verb == Verb.FINISH,
            TicketMove.actor_kind == ActorKind.STAFF,
            TicketMove.undone_at.is_(None),
        )
        .correlate(Ticket)
        .order_by(TicketMove.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    came_back = exists().where(
        and_(
            claim.claim_of_id == Ticket.id,
            WarrantyClaim.ticket_id == claim.id,
            WarrantyClaim.comeback.is_(True),
            # It never came, or it turned out to be about nothing that was repaired.
            claim.stage != Stage.CANCELLED,
            or_(
                WarrantyClaim.covered.is_(None),
                WarrantyClaim.covered.is_(True),
                WarrantyClaim.no_cover.is_(False),
            ),
        )
    )
    return select(
        Ticket.id, finisher.label("staff_id"), Ticket.closed_at, came_back.label("came_back")
    ).where(
        Ticket.shop_id == shop_id,
        Ticket.stage == Stage.HANDED_OVER,
        Ticket.outcome.in_(WORK_DONE_OUTCOMES),
    )
