"""Reads of the bench: column selects only, and none that grows with the past of the shop."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, case, func, select

from repairshop.board.limits import Filled, filled
from repairshop.board.models import BoardLimit
from repairshop.board.rules import (
    COLUMN_OF,
    DONE_STAGES,
    USUAL_LIMITS,
    Column,
    Job,
    Pace,
    Terms,
    pace_of,
)
from repairshop.catalogue.rules import DeviceType
from repairshop.database import UtcDateTime, db, read
from repairshop.parts.models import PartOrder
from repairshop.promises.models import PromiseRisk
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
    lanes: bool = False  # one row per technician


_SHOP = bindparam("shop_id", type_=Integer)
_ON_THE_BOARD = and_(Ticket.shop_id == _SHOP, Ticket.stage.in_(COLUMN_OF), Ticket.source.is_(None))
_NEWEST = select(func.max(Ticket.changed_at)).where(Ticket.shop_id == _SHOP).scalar_subquery()
_STAMP = select(func.count(), func.sum(Ticket.history_seq), _NEWEST).where(_ON_THE_BOARD)


def get_stamp(shop_id: int) -> str:
    """Changes whenever a ticket of the board changed: what the page's ETag is made of.

    The newest change alone would miss an older one that is committed later; the sums of the open rows do not.
    """
    row = read(_STAMP, shop_id=shop_id).one()
    return f"{row[0]}.{row[1] or 0}.{row[2]}"


_JOBS = (
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
        PromiseRisk.since.is_not(None).label("is_at_risk"),
    )
    .outerjoin(PromiseRisk, PromiseRisk.ticket_id == Ticket.id)
    .join(Shop, Shop.id == Ticket.shop_id)
    .where(_ON_THE_BOARD)
    .order_by(case((Ticket.stage.in_(DONE_STAGES), 1), else_=0), Ticket.id)
    .limit(bindparam("most", type_=Integer))
)


@cache
def _jobs_statement(*, of_somebody: bool, of_a_type: bool) -> Select[*tuple[Any, ...]]:
    statement = _JOBS
    if of_somebody:
        statement = statement.where(Ticket.assignee_id == bindparam("assignee_id"))
    if of_a_type:
        statement = statement.where(Ticket.device_type == bindparam("device_type"))
    return statement


def list_jobs(shop_id: int, filters: Filters, *, limit: int = CARDS_MAX) -> list[Job]:
    """The jobs of the board; when there are too many, done work is what is left out."""
    statement = _jobs_statement(
        of_somebody=filters.assignee_id is not None, of_a_type=filters.device_type is not None
    )
    wanted = {"assignee_id": filters.assignee_id, "device_type": filters.device_type}
    given = {name: value for name, value in wanted.items() if value is not None}
    rows = read(statement, shop_id=shop_id, most=limit, **given)
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
            is_at_risk=row.is_at_risk,
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


_AT = bindparam("at", type_=UtcDateTime)
_IS_OPEN = Ticket.stage.not_in(DONE_STAGES)
_FIGURES = select(
    func.count(case((Ticket.holder.in_(IN_SHOP_HOLDERS), 1))),
    func.count(case((and_(_IS_OPEN, Ticket.due_at < bindparam("at")), 1))),
    func.count(
        case((and_(_IS_OPEN, Ticket.due_at >= bindparam("at"), Ticket.due_at < bindparam("end_of_day")), 1))
    ),
).where(_ON_THE_BOARD)


def get_figures(shop_id: int, *, at: datetime, end_of_day: datetime) -> Figures:
    row = read(_FIGURES, shop_id=shop_id, at=at, end_of_day=end_of_day).one()
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


_COLLEAGUES = (
    select(Staff.id, Staff.first_name)
    .join(Membership, Membership.staff_id == Staff.id)
    .where(Membership.shop_id == _SHOP, Membership.disabled_at.is_(None), Staff.active.is_(True))
    .order_by(Staff.first_name, Staff.id)
)


def list_colleagues(shop_id: int) -> dict[int, str]:
    """Who works here now, by staff id."""
    rows = read(_COLLEAGUES, shop_id=shop_id)
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


_LIMITS = select(BoardLimit.board_column, BoardLimit.most).where(BoardLimit.shop_id == _SHOP)


def get_limits(shop_id: int) -> dict[Column, int]:
    """How many jobs each column takes at once; a column without a limit is not in it."""
    rows = read(_LIMITS, shop_id=shop_id).all()
    if not rows:
        return dict(USUAL_LIMITS)
    return {row.board_column: row.most for row in rows if row.most is not None}


def asks_when_full(shop_id: int) -> bool:
    return db.session.scalars(select(Shop.asks_when_full).where(Shop.id == shop_id)).one()


_LOCK_LIMIT = (
    select(BoardLimit.most)
    .join(Shop, Shop.id == BoardLimit.shop_id)
    .where(
        BoardLimit.shop_id == _SHOP,
        BoardLimit.board_column == bindparam("column", type_=BoardLimit.board_column.type),
        BoardLimit.most.is_not(None),
        Shop.asks_when_full.is_(True),
    )
    .with_for_update(of=BoardLimit)
)


def lock_limit(shop_id: int, column: Column) -> int | None:
    """How many a column takes where the shop wants to be asked beyond, its row locked; else None.

    Whoever else moves a job into the column waits, so that two do not both take its last place. On the
    connection itself: nothing that the session has not written yet matters here.
    """
    values = {"shop_id": shop_id, "column": column}
    return db.session.connection().execute(_LOCK_LIMIT, values).scalar_one_or_none()


_HELD = select(func.count()).where(
    Ticket.shop_id == _SHOP,
    Ticket.stage.in_(bindparam("stages", expanding=True)),
    Ticket.source.is_(None),
    Ticket.id != bindparam("apart_from", type_=Integer),
)


def count_held(shop_id: int, column: Column, *, apart_from: int) -> int:
    """The jobs in a column, one of them not counted."""
    stages = [stage for stage, its in COLUMN_OF.items() if its is column]
    return read(_HELD, shop_id=shop_id, stages=stages, apart_from=apart_from).scalar_one()


_FILLED = (
    select(BoardLimit.board_column, BoardLimit.most, Ticket.stage, func.count().label("held"))
    .join(Shop, Shop.id == BoardLimit.shop_id)
    .join(Ticket, Ticket.shop_id == Shop.id)
    .where(
        BoardLimit.shop_id == _SHOP,
        BoardLimit.most.is_not(None),
        Shop.asks_when_full.is_(True),
        Ticket.stage.in_(COLUMN_OF),
        Ticket.source.is_(None),
    )
    .group_by(BoardLimit.board_column, BoardLimit.most, Ticket.stage)
)


def get_filled(shop_id: int) -> dict[Column, Filled]:
    """The columns before which the shop wants to be asked, as full as they are now."""
    held: dict[Column, int] = {}
    most: dict[Column, int] = {}
    for row in read(_FILLED, shop_id=shop_id):
        if COLUMN_OF[row.stage] is row.board_column:
            held[row.board_column] = held.get(row.board_column, 0) + row.held
            most[row.board_column] = row.most
    found = (filled(column, held=count, most=most[column]) for column, count in held.items())
    return {one.column: one for one in found if one is not None}


def list_shop_ids() -> list[int]:
    """Every shop that has a job on its bench."""
    on_the_board = select(Ticket.id).where(
        Ticket.shop_id == Shop.id, Ticket.stage.in_(COLUMN_OF), Ticket.source.is_(None)
    )
    return list(db.session.scalars(select(Shop.id).where(on_the_board.exists()).order_by(Shop.id)))


_ARRIVED = (
    select(PartOrder.ticket_id)
    .where(
        PartOrder.ticket_id.in_(bindparam("ticket_ids", expanding=True)), PartOrder.arrived_at.is_not(None)
    )
    .distinct()
)


def list_with_part_here(ticket_ids: list[int]) -> set[int]:
    """Of these tickets those for which a part has arrived."""
    return {row.ticket_id for row in read(_ARRIVED, ticket_ids=ticket_ids)}


def list_waiting_for_parts(shop_id: int) -> list[int]:
    """The tickets, by id, that wait for a part."""
    return list(
        db.session.scalars(
            select(Ticket.id).where(Ticket.shop_id == shop_id, Ticket.stage == Stage.AWAITING_PARTS)
        )
    )
