"""Answers that come from the customer: on paper, at the counter's screen, by phone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from repairshop.errors import NotFound, Refused
from repairshop.privacy import notice_queries, queries
from repairshop.privacy.queries import TaskRow
from repairshop.privacy.rules import (
    Answer,
    NoticeChanged,
    TaskKind,
    TaskPart,
    Way,
    require_customers_answer,
)
from repairshop.privacy.service import answer_task_of, open_task_list
from repairshop.staff.rules import Actor, StaffId
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import get_ticket_for_change


def answer_as_customer(
    reference: str,
    answers: Mapping[TaskKind, Answer],
    *,
    by: Actor,
    way: Way,
    notice_shown: int | None,
    witness: StaffId | None = None,
) -> None:
    """What the customer answered themselves. A refusal names "backup-reason"; what is as before stays."""
    ticket = get_ticket_for_change(reference, by=by)
    known = {task.kind: task for task in queries.list_tasks(ticket.id)}
    for kind, answer in answers.items():
        task = _get(known, kind)
        if not _is_new(ticket, task, answer, way=way):
            continue
        with at_task(kind):
            require_customers_answer(task, answer, stage=ticket.stage, way=way)
            if kind is TaskKind.NOTICE:
                _require_notice(ticket, notice_shown)
            answer_task_of(ticket, kind, answer, by=by, way=way, witness=witness)


def record_paper(reference: str, answers: Mapping[TaskKind, Answer], *, by: Actor) -> None:
    """What the customer ticked on the printed sheet, copied by staff: all of the first part."""
    ticket = get_ticket_for_change(reference, by=by)
    open_task_list(ticket, by=by)
    known = {task.kind: task for task in queries.list_tasks(ticket.id)}
    for kind, answer in answers.items():
        task = _get(known, kind)
        if task.part is not TaskPart.CUSTOMER_PRESENT:
            raise NotFound
        if _is_new(ticket, task, answer, way=Way.PAPER):
            with at_task(kind):
                answer_task_of(ticket, kind, answer, by=by, way=Way.PAPER)


def _get(known: Mapping[TaskKind, TaskRow], kind: TaskKind) -> TaskRow:
    if kind not in known:
        raise NotFound
    return known[kind]


def _is_new(ticket: Ticket, task: TaskRow, answer: Answer, *, way: Way) -> bool:
    """A notice that has changed since is acknowledged anew, however the answer reads."""
    if not task.says(answer) or task.way is not way:
        return True
    return (
        task.kind is TaskKind.NOTICE
        and task.notice_version != notice_queries.get_notice(ticket.shop_id).version
    )


def _require_notice(ticket: Ticket, shown: int | None) -> None:
    """The version that was read is the version that is acknowledged."""
    current = notice_queries.get_notice(ticket.shop_id).version
    if (shown or 1) != (current or 1):
        raise NoticeChanged(field="choice")


@contextmanager
def at_task(kind: TaskKind) -> Iterator[None]:
    """A refusal names task and field, "backup-reason", because the page asks several tasks at once."""
    try:
        yield
    except Refused as refusal:
        refusal.field = f"{kind.value}-{refusal.field}"
        raise
