"""Reads of the privacy protocol: a ticket's tasks with their answers, notices, openings."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from repairshop.database import db
from repairshop.privacy import standard
from repairshop.privacy.models import (
    DataAccess,
    PrivacyNotice,
    PrivacyTask,
    PrivacyTaskList,
    TicketTask,
    VaultSecret,
)
from repairshop.privacy.rules import (
    Choice,
    Opened,
    Task,
    TaskKind,
    TaskPart,
    TaskState,
    VaultState,
    access_minutes,
    derived,
)
from repairshop.staff.models import Shop, Staff


@dataclass(frozen=True, kw_only=True)
class TaskRow(Task):
    """A task of a ticket's list with its answer. Words go through gettext."""

    id: int
    list_version: int
    title: str
    staff_words: str
    customer_words: str
    choices: tuple[dict[str, str], ...]
    reason: str
    seal: str
    details: dict[str, Any]
    notice_version: int | None
    answered_at: datetime | None
    answered_by: str | None  # first name; None for what answers itself

    @property
    def choice_words(self) -> str:
        """The words of the given answer, as the list has them."""
        return next((choice["words"] for choice in self.choices if choice["key"] == self.choice), "")


def list_tasks(ticket_id: int) -> list[TaskRow]:
    """The ticket's list in its order, what answers itself answered; empty where none was opened."""
    return list_tasks_of([ticket_id]).get(ticket_id, [])


def list_tasks_of(ticket_ids: Collection[int]) -> dict[int, list[TaskRow]]:
    """The lists of several tickets, by ticket."""
    openings = (
        select(func.count()).where(DataAccess.ticket_id == TicketTask.ticket_id).correlate(TicketTask)
    ).scalar_subquery()
    taken, purged = (
        select(column)
        .where(VaultSecret.ticket_id == TicketTask.ticket_id)
        .correlate(TicketTask)
        .scalar_subquery()
        for column in (func.count(VaultSecret.id), func.count(VaultSecret.purged_at))
    )
    rows = db.session.execute(
        select(
            TicketTask,
            PrivacyTask,
            PrivacyTaskList.version,
            PrivacyNotice.version,
            Staff.first_name,
            openings,
            taken,
            purged,
        )
        .join(PrivacyTask, PrivacyTask.id == TicketTask.task_id)
        .join(PrivacyTaskList, PrivacyTaskList.id == PrivacyTask.task_list_id)
        .outerjoin(PrivacyNotice, PrivacyNotice.id == TicketTask.notice_id)
        .outerjoin(Staff, Staff.id == TicketTask.answered_by_id)
        .where(TicketTask.ticket_id.in_(ticket_ids))
        .order_by(TicketTask.ticket_id, PrivacyTask.position)
    )
    return {
        ticket_id: _derived_list([*of_ticket])
        for ticket_id, of_ticket in groupby(rows, lambda row: row[0].ticket_id)
    }


def vault_state(taken: int, purged: int) -> VaultState:
    """From how many passcodes were stored for a ticket, and how many of them destroyed."""
    if taken > purged:
        return VaultState.STORED
    return VaultState.PURGED if taken else VaultState.NONE


def _derived_list(rows: list[Any]) -> list[TaskRow]:
    tasks = [_task_row(*row[:5]) for row in rows]
    openings, passcode = rows[0][5], vault_state(*rows[0][6:])
    credential = next((task.choice for task in tasks if task.kind is TaskKind.CREDENTIAL), None)
    return [_derived_row(task, credential=credential, openings=openings, passcode=passcode) for task in tasks]


def _task_row(
    answer: TicketTask,
    task: PrivacyTask,
    list_version: int,
    notice_version: int | None,
    first_name: str | None,
) -> TaskRow:
    return TaskRow(
        id=answer.id,
        kind=task.kind,
        part=task.part,
        optional=task.optional,
        state=answer.state,
        choice=answer.choice,
        list_version=list_version,
        title=task.title,
        staff_words=task.staff_words,
        customer_words=task.customer_words,
        choices=tuple(task.choices),
        reason=answer.reason,
        seal=answer.seal,
        details=answer.details,
        notice_version=notice_version,
        answered_at=answer.answered_at,
        answered_by=first_name,
    )


def _derived_row(task: TaskRow, *, credential: Choice | None, openings: int, passcode: VaultState) -> TaskRow:
    settled = derived(task, credential=credential, openings=openings, passcode=passcode)
    return replace(task, state=settled.state, choice=settled.choice)


def find_task(ticket_id: int, kind: TaskKind) -> TaskRow | None:
    return next((task for task in list_tasks(ticket_id) if task.kind is kind), None)


def list_open_tasks(ticket_ids: list[int]) -> dict[int, int]:
    """How many customer-present tasks wait, by ticket, for lists of open check-ins."""
    rows = db.session.execute(
        select(TicketTask.ticket_id, func.count())
        .join(PrivacyTask, PrivacyTask.id == TicketTask.task_id)
        .where(
            TicketTask.ticket_id.in_(ticket_ids),
            TicketTask.state == TaskState.OPEN,
            PrivacyTask.part == TaskPart.CUSTOMER_PRESENT,
            PrivacyTask.optional.is_(False),
        )
        .group_by(TicketTask.ticket_id)
    )
    return {ticket_id: count for ticket_id, count in rows}


@dataclass(frozen=True, kw_only=True)
class NoticeText:
    """What is shown before the device changes hands; each paragraph goes through gettext."""

    version: int | None  # None until somebody acknowledged it
    paragraphs: tuple[str, ...]


def get_notice(shop_id: int) -> NoticeText:
    """The notice in force."""
    rows = db.session.execute(
        select(Shop.privacy_notice, PrivacyNotice.version, PrivacyNotice.text)
        .outerjoin(PrivacyNotice, PrivacyNotice.shop_id == Shop.id)
        .where(Shop.id == shop_id)
    ).all()
    text = rows[0].privacy_notice.strip() or standard.read_notice()
    version = next((row.version for row in rows if row.text == text), None)
    return NoticeText(version=version, paragraphs=paragraphs(text))


def get_notice_version(shop_id: int, version: int) -> NoticeText | None:
    """An earlier version, as a customer acknowledged it."""
    text = db.session.scalars(
        select(PrivacyNotice.text).where(PrivacyNotice.shop_id == shop_id, PrivacyNotice.version == version)
    ).one_or_none()
    return None if text is None else NoticeText(version=version, paragraphs=paragraphs(text))


def paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())


@dataclass(frozen=True, kw_only=True)
class DataAccessRow:
    """One opening of the customer's data, as staff and the customer see it."""

    id: int
    opened: Opened
    reason: str
    opened_at: datetime
    opened_by: str | None
    role: str  # shown to the customer instead of the name where the shop wants it so
    ends_at: datetime
    closed_at: datetime | None
    closed_by: str | None  # None: it closed by itself, or is open
    minutes: int | None  # None while it is open


def list_data_access(ticket_id: int) -> list[DataAccessRow]:
    """Every opening, newest first; an empty list is a fact the customer sees as "0 openings"."""
    opener, closer = aliased(Staff), aliased(Staff)
    rows = db.session.execute(
        select(DataAccess, opener.first_name, closer.first_name)
        .outerjoin(opener, opener.id == DataAccess.opened_by_id)
        .outerjoin(closer, closer.id == DataAccess.closed_by_id)
        .where(DataAccess.ticket_id == ticket_id)
        .order_by(DataAccess.id.desc())
    )
    return [
        DataAccessRow(
            id=access.id,
            opened=access.opened,
            reason=access.reason,
            opened_at=access.opened_at,
            opened_by=opened_by,
            role=access.opened_by_role,
            ends_at=access.ends_at,
            closed_at=access.closed_at,
            closed_by=closed_by,
            minutes=access_minutes(access.opened_at, access.closed_at) if access.closed_at else None,
        )
        for access, opened_by, closed_by in rows
    ]


def count_openings(ticket_id: int) -> int:
    return db.session.scalar(select(func.count()).where(DataAccess.ticket_id == ticket_id)) or 0


def find_open_access(ticket_id: int) -> int | None:
    """The opening that runs now."""
    return db.session.scalars(
        select(DataAccess.id).where(DataAccess.ticket_id == ticket_id, DataAccess.closed_at.is_(None))
    ).first()


def list_overdue_access(*, at: datetime, limit: int = 100) -> list[int]:
    """Openings past their end that nobody closed."""
    query = select(DataAccess.id).where(DataAccess.closed_at.is_(None), DataAccess.ends_at <= at)
    return list(db.session.scalars(query.order_by(DataAccess.id).limit(limit)))
