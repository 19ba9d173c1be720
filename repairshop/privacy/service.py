"""Verbs of the privacy protocol: bind a ticket to its list, answer tasks, open and close the data."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.privacy import access_queries, standard, vault_queries
from repairshop.privacy.models import DataAccess, PrivacyNotice, PrivacyTask, PrivacyTaskList, TicketTask
from repairshop.privacy.openings import (
    AccessId,
    DataAccessAlreadyOpen,
    DataAccessClosed,
    DataAccessNotAllowed,
    access_ends_at,
    access_minutes,
)
from repairshop.privacy.rules import (
    Answer,
    Choice,
    Circumstances,
    ReasonMissing,
    TaskKind,
    TaskState,
    WaiveNotAllowed,
    Way,
    require_answer,
)
from repairshop.privacy.wipe_queries import list_certificates
from repairshop.privacy.wording import ListTask, kept
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ActorKind, Right, ShopId, StaffId, system_actor
from repairshop.tickets.chain import seal
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import get_ticket_for_change


def open_task_list(ticket: Ticket, *, by: Actor) -> None:
    """Bind the ticket to the list in force for its device type; nothing happens when it has one."""
    known = select(TicketTask.id).where(TicketTask.ticket_id == ticket.id).limit(1)
    if db.session.scalars(known).first() is not None:
        return
    task_list = ensure_task_list(ticket.shop_id, ticket.device_type)
    for task in task_list.tasks:
        db.session.add(
            TicketTask(ticket_id=ticket.id, task_id=task.id, state=TaskState.OPEN, reason="", details={})
        )
    db.session.flush()  # answers of the same form point at the tasks
    record_history(ticket, "privacy_list_opened", by=by, after={"list_version": task_list.version})


def ensure_task_list(shop_id: int, device_type: DeviceType) -> PrivacyTaskList:
    """The shop's newest list for the type, made from the seeds at first need."""
    newest = (
        select(PrivacyTaskList)
        .where(PrivacyTaskList.shop_id == shop_id, PrivacyTaskList.device_type == device_type)
        .order_by(PrivacyTaskList.version.desc())
        .limit(1)
    )
    found = db.session.scalars(newest).one_or_none()
    if found is not None:
        return found
    lock_shop(shop_id)
    return db.session.scalars(newest).one_or_none() or _add_seed_list(shop_id, device_type)


def lock_shop(shop_id: int) -> Shop:
    """Hold the shop's row, so that of two first uses at once one waits and then finds what the other made."""
    # Not FOR UPDATE: rows that point at the shop may be added meanwhile, by this transaction and by others.
    query = select(Shop).where(Shop.id == shop_id).with_for_update(key_share=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _add_seed_list(shop_id: int, device_type: DeviceType) -> PrivacyTaskList:
    return add_list(shop_id, device_type, version=1, tasks=standard.read_task_list(device_type))


def add_list(
    shop_id: int,
    device_type: DeviceType,
    *,
    version: int,
    tasks: Sequence[ListTask],
    published_by_id: StaffId | None = None,
) -> PrivacyTaskList:
    """One version of a list; its order is the order of `tasks`."""
    task_list = PrivacyTaskList(
        shop_id=shop_id,
        device_type=device_type,
        version=version,
        created_at=clock.now(),
        published_by_id=published_by_id,
        tasks=[PrivacyTask(position=place, **kept(task)) for place, task in enumerate(tasks, start=1)],
    )
    db.session.add(task_list)
    db.session.flush()  # tickets are bound to its tasks
    return task_list


def ensure_notice(shop_id: int) -> PrivacyNotice:
    """The version of the notice that the shop shows now; the standard one is its first."""
    lock_shop(shop_id)
    newest = db.session.scalars(
        select(PrivacyNotice)
        .where(PrivacyNotice.shop_id == shop_id)
        .order_by(PrivacyNotice.version.desc())
        .limit(1)
    ).one_or_none()
    if newest is not None:
        return newest
    notice = PrivacyNotice(
        shop_id=shop_id, version=1, text=standard.read_notice(), own={}, created_at=clock.now()
    )
    db.session.add(notice)
    db.session.flush()  # the answer names the version
    return notice


def answer_task(reference: str, kind: TaskKind, answer: Answer, *, by: Actor) -> None:
    """Answer one task of the ticket's list; answering again is a further act in the history."""
    ticket = get_ticket_for_change(reference, by=by)
    answer_task_of(ticket, kind, answer, by=by)


def answer_task_of(
    ticket: Ticket,
    kind: TaskKind,
    answer: Answer,
    *,
    by: Actor,
    way: Way = Way.STAFF,
    witness: StaffId | None = None,
) -> None:
    """The same for a ticket that the caller has loaded for change.

    `way` says how the answer came; `witness` is who turned the screen round for a customer.
    """
    rows = _tasks_of(ticket)
    row = rows.get(kind)
    if row is None:
        raise NotFound
    require_answer(
        kind,
        answer,
        offered=[Choice(choice["key"]) for choice in row.task.choices if choice.get("offered", True)],
        given=_circumstances(ticket, rows),
    )
    if kind is TaskKind.NOTICE:
        row.notice_id = ensure_notice(ticket.shop_id).id
    _write_answer(ticket, row, TaskState.DONE, answer, by=by, way=way, witness=witness)


def _circumstances(ticket: Ticket, rows: Mapping[TaskKind, TicketTask]) -> Circumstances:
    choices = {kind: row.choice for kind, row in rows.items()}
    return Circumstances(
        credential=choices.get(TaskKind.CREDENTIAL),
        data_use=choices.get(TaskKind.DATA_USE),
        openings=access_queries.count_openings(ticket.id),
        certificates=len(list_certificates(ticket.id)),
        passcode=vault_queries.get_state(ticket.id),
    )


def waive_task(reference: str, kind: TaskKind, reason: str, *, by: Actor) -> None:
    """ "Not possible because …": a manager or owner answers for the shop, and the customer reads why."""
    ticket = get_ticket_for_change(reference, by=by)
    if not by.may(Right.WAIVE):
        raise WaiveNotAllowed
    if not reason:
        raise ReasonMissing(field="reason")
    row = _tasks_of(ticket).get(kind)
    if row is None:
        raise NotFound
    _write_answer(ticket, row, TaskState.NOT_POSSIBLE, Answer(choice=Choice.IMPOSSIBLE, reason=reason), by=by)


def find_answer(ticket: Ticket, kind: TaskKind) -> TicketTask | None:
    """The task of this kind with its answer."""
    return _tasks_of(ticket).get(kind)


def _tasks_of(ticket: Ticket) -> dict[TaskKind, TicketTask]:
    rows = db.session.scalars(select(TicketTask).where(TicketTask.ticket_id == ticket.id))
    return {row.task.kind: row for row in rows}


def _write_answer(
    ticket: Ticket,
    row: TicketTask,
    state: TaskState,
    answer: Answer,
    *,
    by: Actor,
    way: Way = Way.STAFF,
    witness: StaffId | None = None,
) -> None:
    before = _in_history(row)
    sealed = seal(answer.reason) if answer.reason else None
    row.state = state
    row.choice = answer.choice if state is TaskState.DONE else None
    row.reason, row.reason_salt = answer.reason, sealed.salt if sealed else ""
    row.seal = answer.seal
    row.details = dict(answer.details)
    row.answered_at, row.answered_by_id = clock.now(), by.staff_id or witness
    row.way = way.value
    after = _in_history(row)
    if sealed:
        after["reason_digest"] = sealed.digest
    record_history(ticket, "privacy_answered", by=by, before=before, after=after)


def _in_history(row: TicketTask) -> dict[str, Any]:
    """What the chain keeps of an answer: choices, no person's words."""
    facts: dict[str, Any] = {"task": row.task.kind.value, "state": row.state.value}
    if row.choice is not None:
        facts["choice"] = row.choice.value
    if row.details:
        facts["details"] = dict(row.details)
    if row.seal:
        facts["seal"] = row.seal
    if row.way not in {None, Way.STAFF.value}:
        facts["way"] = row.way
    return facts


def open_data_access(reference: str, reason: str, *, by: Actor) -> AccessId:
    """Begin an opening of the customer's data; the timer runs from here."""
    ticket = get_ticket_for_change(reference, by=by)
    if not reason:
        raise ReasonMissing(field="reason")
    use = _tasks_of(ticket).get(TaskKind.DATA_USE)
    if use is not None and use.choice is Choice.NONE:
        raise DataAccessNotAllowed(field="reason")
    if access_queries.find_open_access(ticket.id) is not None:
        raise DataAccessAlreadyOpen(field="reason")
    sealed, at = seal(reason), clock.now()
    access = DataAccess(
        ticket_id=ticket.id,
        reason=reason,
        reason_salt=sealed.salt,
        opened_at=at,
        opened_by_id=by.staff_id,
        opened_by_role=by.role.value if by.role else "",
        ends_at=access_ends_at(at),
    )
    db.session.add(access)
    db.session.flush()  # the history names the opening
    record_history(
        ticket,
        "data_access_opened",
        by=by,
        after={"access": access.id, "reason_digest": sealed.digest},
    )
    return AccessId(access.id)


def close_data_access(reference: str, access_id: int, *, by: Actor) -> None:
    """End the opening by hand."""
    ticket = get_ticket_for_change(reference, by=by)
    access = db.session.get(DataAccess, access_id)
    if access is None or access.ticket_id != ticket.id:
        raise NotFound
    if access.closed_at is not None:
        raise DataAccessClosed
    _close(ticket, access, by=by)


def close_overdue_access(access_id: int) -> None:
    """End an opening that nobody closed; nothing happens when somebody was faster."""
    found = db.session.get(DataAccess, access_id)
    ticket = db.session.get(Ticket, found.ticket_id) if found else None
    if ticket is None:
        return
    by = system_actor(ShopId(ticket.shop_id))
    ticket = get_ticket_for_change(ticket.code, by=by)
    access = db.session.get_one(DataAccess, access_id, populate_existing=True)
    if access.closed_at is None:
        _close(ticket, access, by=by)


def _close(ticket: Ticket, access: DataAccess, *, by: Actor) -> None:
    # One that closes by itself was open until its end, however late the job came by.
    ended_by_hand = by.kind is ActorKind.STAFF
    access.closed_at = min(clock.now(), access.ends_at) if not ended_by_hand else clock.now()
    access.closed_by_id = by.staff_id
    record_history(
        ticket,
        "data_access_closed",
        by=by,
        after={"access": access.id, "minutes": access_minutes(access.opened_at, access.closed_at)},
    )
