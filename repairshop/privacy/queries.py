"""Reads of the privacy protocol: a ticket's tasks with their answers, notices, openings."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, or_, select

from repairshop.catalogue.models import FaultPreset
from repairshop.customers.models import Customer, Device
from repairshop.database import db
from repairshop.privacy.models import (
    DataAccess,
    PrivacyNotice,
    PrivacyTask,
    PrivacyTaskList,
    TicketTask,
    VaultSecret,
    WipeCertificate,
)
from repairshop.privacy.rules import (
    Answer,
    Circumstances,
    Task,
    TaskKind,
    TaskPart,
    TaskState,
    VaultState,
    Way,
    derived,
)
from repairshop.privacy.wording import ListChoice, ListTask, Wording, choice_of, fitting
from repairshop.staff.models import Shop, Staff
from repairshop.tickets.models import Ticket, Visit
from repairshop.tickets.queries import TicketHead


@dataclass(frozen=True, kw_only=True)
class TaskRow(Task):
    """A task of a ticket's list with its answer. Words go through the filter `translated`."""

    id: int
    list_version: int
    title: Wording
    staff_words: Wording
    customer_words: Wording
    choices: tuple[ListChoice, ...]  # those on offer for this device
    reason: str
    seal: str
    details: dict[str, Any]
    notice_version: int | None
    answered_by: str | None  # first name; None where no person of the shop was there

    def says(self, answer: Answer) -> bool:
        """Whether this very answer was given before, on the notice that is in force."""
        given = (self.state, self.choice, self.reason, self.seal, self.details)
        return given == (TaskState.DONE, answer.choice, answer.reason, answer.seal, dict(answer.details))

    @property
    def choice_words(self) -> str:
        """The words of the given answer, as the list has them."""
        return self._said("words")

    @property
    def choice_to_customer(self) -> str:
        """The same as the customer would say it."""
        return self._said("customer")

    def _said(self, name: str) -> str:
        return next((choice.said(name) for choice in self.choices if choice.key == self.choice), "")


def list_tasks(ticket_id: int) -> list[TaskRow]:
    """The ticket's list in its order, what answers itself answered; empty where none was opened."""
    return list_tasks_of([ticket_id]).get(ticket_id, [])


def list_tasks_of(ticket_ids: Collection[int]) -> dict[int, list[TaskRow]]:
    """The lists of several tickets, by ticket."""
    opened = DataAccess.ticket_id == TicketTask.ticket_id
    openings = select(func.count()).where(opened).correlate(TicketTask).scalar_subquery()
    last_opened_at = (
        select(func.max(DataAccess.opened_at)).where(opened).correlate(TicketTask).scalar_subquery()
    )
    certificates = (
        select(func.count()).where(WipeCertificate.ticket_id == TicketTask.ticket_id).correlate(TicketTask)
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
            Device.brand,
            openings,
            last_opened_at,
            certificates,
            taken,
            purged,
        )
        .join(PrivacyTask, PrivacyTask.id == TicketTask.task_id)
        .join(Ticket, Ticket.id == TicketTask.ticket_id)
        .join(Device, Device.id == Ticket.device_id)
        .join(PrivacyTaskList, PrivacyTaskList.id == PrivacyTask.task_list_id)
        .outerjoin(PrivacyNotice, PrivacyNotice.id == TicketTask.notice_id)
        .outerjoin(Staff, Staff.id == TicketTask.answered_by_id)
        .where(TicketTask.ticket_id.in_(ticket_ids))
        .order_by(TicketTask.ticket_id, PrivacyTask.position)
    )
    return {
        ticket_id: _derived_list(
            [
                _task_row(row[0], row[1], (row[2], row[3]), first_name=row[4], brand=row[5])
                for row in of_ticket
            ],
            *of_ticket[0][6:],
        )
        for ticket_id, of_ticket in (
            (ticket_id, list(group)) for ticket_id, group in groupby(rows, lambda row: row[0].ticket_id)
        )
    }


def vault_state(taken: int, purged: int) -> VaultState:
    """From how many passcodes were stored for a ticket, and how many of them destroyed."""
    if taken > purged:
        return VaultState.STORED
    return VaultState.PURGED if taken else VaultState.NONE


def _derived_list(
    tasks: list[TaskRow],
    openings: int,
    last_opened_at: datetime | None,
    certificates: int,
    *secrets: int,
) -> list[TaskRow]:
    choices = {task.kind: task.choice for task in tasks}
    given = Circumstances(
        credential=choices.get(TaskKind.CREDENTIAL),
        data_use=choices.get(TaskKind.DATA_USE),
        openings=openings,
        last_opened_at=last_opened_at,
        certificates=certificates,
        passcode=vault_state(*secrets),
    )
    return [_derived_row(task, given) for task in tasks]


def _task_row(
    answer: TicketTask,
    task: PrivacyTask,
    versions: tuple[int, int | None],
    *,
    first_name: str | None,
    brand: str,
) -> TaskRow:
    listed = as_list_task(task)
    return TaskRow(
        id=answer.id,
        kind=task.kind,
        part=task.part,
        optional=task.optional,
        state=answer.state,
        choice=answer.choice,
        list_version=versions[0],
        title=listed.said("title"),
        staff_words=listed.said("staff_words"),
        customer_words=listed.said("customer_words"),
        choices=tuple(fitting(listed.choices, brand=brand)),
        reason=answer.reason,
        seal=answer.seal,
        details=answer.details,
        notice_version=versions[1],
        answered_at=answer.answered_at,
        answered_by=first_name,
        way=Way(answer.way),
    )


def as_list_task(task: PrivacyTask) -> ListTask:
    return ListTask(
        kind=task.kind,
        part=task.part,
        optional=task.optional,
        title=task.title,
        staff_words=task.staff_words,
        customer_words=task.customer_words,
        choices=tuple(choice_of(row) for row in task.choices),
        own=task.own,
    )


def _derived_row(task: TaskRow, given: Circumstances) -> TaskRow:
    settled = derived(task, given=given)
    return replace(task, state=settled.state, choice=settled.choice)


def usually_needs_credential(head: TicketHead) -> bool:
    """What the catalogue says of this fault on this type of device; a fault it does not know needs none."""
    found = db.session.scalars(
        select(FaultPreset.credential_needed)
        .where(
            FaultPreset.device_type == head.device_type,
            FaultPreset.key == head.fault_key,
            or_(FaultPreset.shop_id == head.shop_id, FaultPreset.shop_id.is_(None)),
        )
        .order_by(FaultPreset.shop_id.is_(None))  # the shop's own first
        .limit(1)
    ).first()
    return bool(found)


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


def get_readers_language(ticket_id: int) -> str:
    """The customer's language; the shop's own where the ticket knows no customer."""
    row = db.session.execute(
        select(Customer.language, Shop.languages)
        .select_from(Ticket)
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Visit, Visit.id == Ticket.visit_id)
        .outerjoin(Customer, Customer.id == Visit.customer_id)
        .where(Ticket.id == ticket_id)
    ).one()
    return str(row[0] or row[1][0])
