"""Reads of what a shop's repairs told, and what that says about the open ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Integer, bindparam, select

from repairshop.database import db, enum_column, read
from repairshop.promises.estimates import (
    ESTIMATED_STAGES,
    Cell,
    CellKey,
    EstimatedDates,
    Factors,
    Kind,
    Summary,
    dates_of,
    estimate_from,
    is_at_risk,
)
from repairshop.promises.models import LearntCell, LearntFactors, PromiseRisk
from repairshop.promises.queries import get_calendar
from repairshop.promises.rules import Calendar, open_hours_between
from repairshop.tickets.models import Ticket
from repairshop.tickets.stages import Stage


def find_estimate(
    shop_id: int, kind: Kind, stage: Stage, *, at: datetime, since: datetime | None = None
) -> EstimatedDates | None:
    """When half, and 8 in 10, of like repairs would be ready; None below 20 like repairs.

    `since` is when the ticket entered its stage: only repairs that lasted as long speak for it.
    """
    if stage not in ESTIMATED_STAGES:
        return None
    calendar = get_calendar(shop_id)
    spent = open_hours_between(calendar, since, at) if since is not None else 0.0
    keys = [key for _, key in kind.cells()]
    rows = {row.key: row for row in read(_CELLS, shop_id=shop_id, stage=stage, keys=keys)}
    estimate = estimate_from(
        kind,
        _factors_of(next(iter(rows.values()), None)),
        find=lambda key: _cell_of(rows[key]).summary(spent=spent) if key in rows else None,
    )
    return dates_of(estimate, calendar=calendar, at=at) if estimate else None


_STAGE = bindparam("stage", type_=enum_column(Stage, name="stage"))
_SHOP = bindparam("shop_id", type_=Integer)
_OF_STAGE = (LearntFactors.shop_id == LearntCell.shop_id) & (LearntFactors.stage == LearntCell.stage)
_CELLS = (
    select(LearntCell.key, LearntCell.samples, LearntFactors.half, LearntFactors.most)
    .outerjoin(LearntFactors, _OF_STAGE)
    .where(
        LearntCell.shop_id == _SHOP,
        LearntCell.stage == _STAGE,
        LearntCell.key.in_(bindparam("keys", expanding=True)),
    )
)


def _cell_of(row: Any) -> Cell:
    return Cell((spent, hours) for spent, hours in row.samples)


def _factors_of(row: Any) -> Factors:
    return Factors() if row is None or row.half is None else Factors(half=row.half, most=row.most)


_SUMMARIES = (
    select(
        LearntCell.key,
        LearntCell.like_count,
        LearntCell.half_hours,
        LearntCell.most_hours,
        LearntFactors.half,
        LearntFactors.most,
    )
    .outerjoin(LearntFactors, _OF_STAGE)
    .where(LearntCell.shop_id == _SHOP, LearntCell.stage == _STAGE)
)


@dataclass(frozen=True, kw_only=True)
class Experience:
    """What a shop knows about one stage, read once for many kinds of repair."""

    calendar: Calendar
    factors: Factors
    summaries: Mapping[CellKey, Summary]

    def find_dates(self, kind: Kind, *, at: datetime) -> EstimatedDates | None:
        estimate = estimate_from(kind, self.factors, find=self.summaries.get)
        return dates_of(estimate, calendar=self.calendar, at=at) if estimate else None


def get_experience(shop_id: int, stage: Stage) -> Experience:
    """For repairs that enter the stage now; two queries, however many groups there are."""
    rows = read(_SUMMARIES, shop_id=shop_id, stage=stage).all()
    return Experience(
        calendar=get_calendar(shop_id),
        factors=_factors_of(rows[0] if rows else None),
        summaries={
            CellKey(row.key): Summary(like=row.like_count, half=row.half_hours, most=row.most_hours)
            for row in rows
        },
    )


_PROMISED = (
    select(Ticket.id, Ticket.device_type, Ticket.fault_key, Ticket.stage, Ticket.stage_since, Ticket.due_at)
    .where(
        Ticket.shop_id == _SHOP,
        Ticket.stage.in_(ESTIMATED_STAGES),
        Ticket.source.is_(None),
        Ticket.due_at.is_not(None),
    )
    .order_by(Ticket.id)
)


def list_at_risk(shop_id: int, *, at: datetime, part_dates: Mapping[int, date]) -> list[int]:
    """The open tickets, by id, whose promise is more likely broken than kept; late ones are among them."""
    calendar, factors, cells = get_calendar(shop_id), _list_factors(shop_id), _list_cells(shop_id)
    found = []
    for row in read(_PROMISED, shop_id=shop_id):
        stage, begin, spent = row.stage, at, open_hours_between(calendar, row.stage_since, at)
        part_on = part_dates.get(row.id)
        if stage is Stage.AWAITING_PARTS and part_on is not None:
            stage, begin, spent = Stage.APPROVED, max(at, calendar.opening(part_on)), 0.0
        estimate = estimate_from(
            Kind(device_type=row.device_type, fault_key=row.fault_key),
            factors.get(stage, Factors()),
            find=partial(_summary_in, cells, stage, spent),
        )
        if begin > row.due_at or is_at_risk(
            estimate, hours_left=open_hours_between(calendar, begin, row.due_at)
        ):
            found.append(row.id)
    return found


def _summary_in(
    cells: Mapping[tuple[Stage, CellKey], Cell], stage: Stage, spent: float, key: CellKey
) -> Summary | None:
    cell = cells.get((stage, key))
    return cell.summary(spent=spent) if cell else None


def _list_factors(shop_id: int) -> dict[Stage, Factors]:
    rows = db.session.execute(select(LearntFactors).where(LearntFactors.shop_id == shop_id)).scalars()
    return {row.stage: Factors(half=row.half, most=row.most) for row in rows}


def _list_cells(shop_id: int) -> dict[tuple[Stage, CellKey], Cell]:
    rows = db.session.execute(
        select(LearntCell.stage, LearntCell.key, LearntCell.samples).where(LearntCell.shop_id == shop_id)
    )
    return {(row.stage, CellKey(row.key)): _cell_of(row) for row in rows}


def list_marked(shop_id: int) -> set[int]:
    """The tickets, by id, that are marked as at risk now."""
    rows = db.session.scalars(
        select(PromiseRisk.ticket_id)
        .join(Ticket, Ticket.id == PromiseRisk.ticket_id)
        .where(Ticket.shop_id == shop_id)
    )
    return set(rows)
