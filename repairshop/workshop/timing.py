"""The clocks of the bench: who works on what. One runs per person; moves start and stop it by themselves.

A clock is no act of the ticket's history, or starting a second job would take the undo of the first away. The
ticket's page shows it all the same, so whoever touches a clock touches the ticket.
"""

from datetime import datetime

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.promises.queries import get_calendar
from repairshop.staff.rules import Actor, Right
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import get_ticket_for_change, mark_changed
from repairshop.workshop.models import WorkSpan
from repairshop.workshop.rules import (
    WORK_STAGES,
    CorrectionByOthers,
    NothingToWorkOn,
    NotRunning,
    StillRunning,
    StopReason,
    minutes_of,
)


def start_work(reference: str, *, by: Actor) -> None:
    """Begin, or go on, to work on a job; the person's clock on another one is parked.

    A second click does nothing.
    """
    ticket = get_ticket_for_change(reference, by=by)
    if ticket.stage not in WORK_STAGES:
        raise NothingToWorkOn
    _start(ticket, by=by, move_id=None)


def pause_work(reference: str, *, by: Actor) -> None:
    ticket = get_ticket_for_change(reference, by=by)
    span = _find_running(by)
    if span is None or span.ticket_id != ticket.id:
        raise NotRunning
    _stop(span, because=StopReason.PAUSED, at=clock.now())
    mark_changed(ticket)


def correct_work(reference: str, span_id: int, *, minutes: int, because: str, by: Actor) -> None:
    """Other minutes for a span that is over: one's own, or anybody's for a manager."""
    ticket = get_ticket_for_change(reference, by=by)
    span = db.session.get(WorkSpan, span_id)
    if span is None or span.ticket_id != ticket.id:
        raise NotFound
    if span.staff_id != by.id and not by.may(Right.MANAGE):
        raise CorrectionByOthers
    if span.stopped_at is None:
        raise StillRunning
    before, span.minutes = span.minutes, minutes
    span.corrected_because, span.corrected_at, span.corrected_by_id = because, clock.now(), by.id
    record_history(
        ticket,
        "work_corrected",
        by=by,
        before={"span": span.id, "minutes": before},
        after={"span": span.id, "minutes": minutes},
    )


def follow_move(ticket_id: int, *, move_id: int, starts: bool, goes_on: bool, by: Actor) -> None:
    """What a move does to the clocks: `starts` the mover's, and stops everybody's unless work `goes_on`."""
    at = clock.now()
    if not goes_on:
        for span in _list_running(ticket_id):
            _stop(span, because=StopReason.MOVED, at=at, move_id=move_id)
    elif starts and by.id is not None:
        _start(db.session.get_one(Ticket, ticket_id), by=by, move_id=move_id)


def undo_move(move_id: int) -> None:
    """Forget the clock that a move started; those that it stopped run on, unless another runs by now."""
    for span in db.session.scalars(select(WorkSpan).where(WorkSpan.started_move_id == move_id)):
        db.session.delete(span)
    db.session.flush()
    for span in db.session.scalars(select(WorkSpan).where(WorkSpan.stopped_move_id == move_id)):
        if _find_running_of(span.staff_id) is None:
            span.stopped_at = span.stopped_because = span.stopped_move_id = span.minutes = None
            db.session.flush()


def stop_forgotten(span_id: int) -> bool:
    """End a clock that ran overnight when the shop closed on its day; False if it was stopped meanwhile."""
    span = db.session.get(WorkSpan, span_id)
    ticket = db.session.get_one(Ticket, span.ticket_id) if span else None
    if span is None or ticket is None or span.stopped_at is not None:
        return False
    _stop(span, because=StopReason.FORGOTTEN, at=clock.now())
    mark_changed(ticket)
    return True


def _start(ticket: Ticket, *, by: Actor, move_id: int | None) -> None:
    """Nothing where the person's clock runs on this job already."""
    at, running = clock.now(), _find_running(by)
    if running is not None and running.ticket_id == ticket.id:
        return
    if running is not None:
        _stop(running, because=StopReason.OTHER_JOB, at=at)
        mark_changed(db.session.get_one(Ticket, running.ticket_id))
        db.session.flush()  # the index knows one running clock per person
    assert by.id is not None  # noqa: S101 - only staff have clocks
    mark_changed(ticket)
    db.session.add(WorkSpan(ticket_id=ticket.id, staff_id=by.id, started_at=at, started_move_id=move_id))


def _stop(span: WorkSpan, *, because: StopReason, at: datetime, move_id: int | None = None) -> None:
    """One that ran overnight ended when the shop closed on its day, whoever notices first."""
    calendar = get_calendar(db.session.get_one(Ticket, span.ticket_id).shop_id)
    day = calendar.local_day(span.started_at)
    if calendar.local_day(at) > day:
        because, at = StopReason.FORGOTTEN, calendar.closing(day)
    span.stopped_at, span.stopped_because, span.stopped_move_id = max(at, span.started_at), because, move_id
    span.minutes = minutes_of(span.started_at, span.stopped_at)


def _find_running(by: Actor) -> WorkSpan | None:
    return _find_running_of(by.id) if by.id is not None else None


def _find_running_of(staff_id: int) -> WorkSpan | None:
    query = select(WorkSpan).where(WorkSpan.staff_id == staff_id, WorkSpan.stopped_at.is_(None))
    return db.session.scalars(query).one_or_none()


def _list_running(ticket_id: int) -> list[WorkSpan]:
    query = select(WorkSpan).where(WorkSpan.ticket_id == ticket_id, WorkSpan.stopped_at.is_(None))
    return list(db.session.scalars(query.order_by(WorkSpan.id)))
