"""Reads of the bench: column selects only, and none that grows with the past of the shop."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select

from repairshop.board.rules import COLUMN_OF, DONE_STAGES, Job, Pace, Terms, pace_of
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.staff.models import Membership, Shop, Staff
from repairshop.staff.rules import Actor, ActorKind
from repairshop.tickets.models import HistoryEntry, Ticket, TicketMove
from repairshop.tickets.rules import IN_SHOP_HOLDERS
from repairshop.tickets.stages import NEVER_UNDONE, Stage, Verb

CARDS_MAX = 400
_PACE_SAMPLE = 400


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the board was asked to show."""

    assignee_id: int | None = None
    device_type: DeviceType | None = None


def _on_the_board(shop_id: int, filters: Filters | None = None) -> ColumnElement[bool]:
    found = and_(Ticket.shop_id == shop_id, Ticket.stage.in_(COLUMN_OF), Ticket.source.is_(None))
    if filters and filters.assignee_id is not None:
        found = and_(found, Ticket.assignee_id == filters.assignee_id)
    if filters and filters.device_type is not None:
        found = and_(found, Ticket.device_type == filters.device_type)
    return found


def get_stamp(shop_id: int) -> str:
    """Changes whenever a ticket of the board changed: what the page's ETag is made of.

    The newest change alone would miss an older one that is committed later; the sums of the open rows do not.
    """
    newest = select(func.max(Ticket.changed_at)).where(Ticket.shop_id == shop_id).scalar_subquery()
    row = db.session.execute(
        select(func.count(), func.sum(Ticket.history_seq), newest).where(_on_the_board(shop_id))
    ).one()
    return f"{row[0]}.{row[1] or 0}.{row[2]}"


def list_jobs(shop_id: int, filters: Filters, *, limit: int = CARDS_MAX) -> list[Job]:
    """The jobs of the board; when there are too many, done work is what is left out."""
    is_done = case((Ticket.stage.in_(DONE_STAGES), 1), else_=0)
    rows = db.session.execute(
        select(
            Ticket.id,
            Ticket.code,
            Shop.number_prefix,
            Ticket.number,
            Ticket.device_label,
            Ticket.fault_label,
            Ticket.stage,
            Ticket.stage_since,
            Ticket.stage_version,
            Ticket.device_type,
            Ticket.fault_key,
            Ticket.assignee_id,
            Ticket.due_at,
            Ticket.opened_at,
            Ticket.checked_in_at,
            Ticket.claim_of_id,
            Ticket.fixed_price_minor,
            Ticket.spend_limit_minor,
        )
        .join(Shop, Shop.id == Ticket.shop_id)
        .where(_on_the_board(shop_id, filters))
        .order_by(is_done, Ticket.id)
        .limit(limit)
    )
    return [
        Job(
            id=row.id,
            reference=row.code,
            number=f"{row.number_prefix}{row.number}",
            device_label=row.device_label,
            fault_label=row.fault_label,
            stage=row.stage,
            stage_since=row.stage_since,
            stage_version=row.stage_version,
            device_type=row.device_type,
            fault_key=row.fault_key,
            assignee_id=row.assignee_id,
            due_at=row.due_at,
            opened_at=row.opened_at,
            has_open_check_in=row.checked_in_at is None,
            terms=Terms(
                is_claim=row.claim_of_id is not None,
                has_fixed_price=row.fixed_price_minor is not None,
                has_spend_limit=row.spend_limit_minor is not None,
            ),
        )
        for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The whole board in numbers, whatever the filters leave out."""

    in_shop: int
    late: int
    due_today: int


def get_figures(shop_id: int, *, at: datetime, end_of_day: datetime) -> Figures:
    is_open = Ticket.stage.not_in(DONE_STAGES)
    row = db.session.execute(
        select(
            func.count(case((Ticket.holder.in_(IN_SHOP_HOLDERS), 1))),
            func.count(case((and_(is_open, Ticket.due_at < at), 1))),
            func.count(case((and_(is_open, Ticket.due_at >= at, Ticket.due_at < end_of_day), 1))),
        ).where(_on_the_board(shop_id))
    ).one()
    return Figures(in_shop=row[0], late=row[1], due_today=row[2])


def get_pace(shop_id: int, *, before: datetime) -> Pace:
    """What the shop's latest repairs that were ready before a moment took, from intake to ready."""
    latest = (
        select(Ticket.id, Ticket.device_type, Ticket.fault_key, Ticket.opened_at)
        .where(
            Ticket.shop_id == shop_id,
            Ticket.stage.in_((Stage.HANDED_OVER, *DONE_STAGES)),
            Ticket.source.is_(None),
        )
        .order_by(Ticket.changed_at.desc())
        .limit(_PACE_SAMPLE)
        .subquery()
    )
    rows = db.session.execute(
        select(latest.c.device_type, latest.c.fault_key, latest.c.opened_at, func.max(TicketMove.at))
        .join(TicketMove, TicketMove.ticket_id == latest.c.id)
        .where(TicketMove.verb == Verb.RELEASE, TicketMove.undone_at.is_(None), TicketMove.at < before)
        .group_by(latest.c.id, latest.c.device_type, latest.c.fault_key, latest.c.opened_at)
    )
    return pace_of((kind, fault, ready_at - opened_at) for kind, fault, opened_at, ready_at in rows)


def list_colleagues(shop_id: int) -> dict[int, str]:
    """Who works here now, by staff id."""
    rows = db.session.execute(
        select(Staff.id, Staff.first_name)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.shop_id == shop_id, Membership.disabled_at.is_(None), Staff.active.is_(True))
        .order_by(Staff.first_name, Staff.id)
    )
    return {row.id: row.first_name for row in rows}


@dataclass(frozen=True, kw_only=True)
class FreshMove:
    """A move its maker may still take back."""

    reference: str
    number: str
    title: str
    verb: Verb
    undo_until: datetime
    stage_version: int


def find_fresh_move(by: Actor, *, at: datetime, window: timedelta) -> FreshMove | None:
    """The person's own last move, as long as its undo window is open and nothing else happened since."""
    overtaken = (
        select(HistoryEntry.id)
        .where(
            HistoryEntry.ticket_id == TicketMove.ticket_id,
            HistoryEntry.seq > TicketMove.history_seq,
            HistoryEntry.move_id.is_distinct_from(TicketMove.id),
        )
        .exists()
    )
    row = db.session.execute(
        select(
            Ticket.code,
            Shop.number_prefix,
            Ticket.number,
            Ticket.device_label,
            TicketMove.verb,
            TicketMove.undo_until,
            Ticket.stage_version,
        )
        .join(Ticket, Ticket.id == TicketMove.ticket_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .where(
            Ticket.shop_id == by.shop_id,
            Ticket.changed_at > at - window,
            TicketMove.actor_kind == ActorKind.STAFF,
            TicketMove.actor_id == by.id,
            TicketMove.undone_at.is_(None),
            TicketMove.undo_until > at,
            TicketMove.verb.not_in(NEVER_UNDONE),
            ~overtaken,
        )
        .order_by(TicketMove.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return FreshMove(
        reference=row.code,
        number=f"{row.number_prefix}{row.number}",
        title=row.device_label,
        verb=row.verb,
        undo_until=row.undo_until,
        stage_version=row.stage_version,
    )
