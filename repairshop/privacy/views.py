"""Pages of the privacy protocol: the task list, one page per task, openings of the data."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.errors import NotFound, Refused
from repairshop.privacy import access_queries, notice_queries, queries, service
from repairshop.privacy.forms import OpenAccessForm, TaskForm, WaiveForm, put_refusal
from repairshop.privacy.queries import TaskRow
from repairshop.privacy.rules import TaskKind, TaskUnanswered
from repairshop.privacy.wipe_queries import list_certificates
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets import queries as tickets
from repairshop.tickets.queries import TicketHead
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal, refusal_sentence
from repairshop.web.once import done_once, once

privacy = Blueprint("privacy", __name__)


@privacy.get("/tickets/<reference>/privacy")
@staff_only(Right.SEE_TICKETS)
def show(reference: str) -> ResponseReturnValue:
    return _render_list(_head(reference), OpenAccessForm())


@privacy.get("/tickets/<reference>/privacy/<kind>")
@staff_only(Right.TAKE_IN)
def task_form(reference: str, kind: str) -> ResponseReturnValue:
    head = _head(reference)
    task, form = _task(head, kind), TaskForm()
    form.answer.form.offer(task)
    form.answer.form.prefill(task)
    return _render_task(head, task, form)


@privacy.post("/tickets/<reference>/privacy/<kind>")
@staff_only(Right.TAKE_IN)
def answer(reference: str, kind: str) -> ResponseReturnValue:
    head = _head(reference)
    task, form = _task(head, kind), TaskForm()
    form.answer.form.offer(task)
    if form.validate():
        given = form.answer.form.answer(task.kind)
        try:
            if given is None:
                raise TaskUnanswered(field="choice", kind=task.kind)
            with transaction():
                once(form, leads_to=url_for("privacy.show", reference=reference))
                service.answer_task(reference, task.kind, given, by=current_actor())
        except Refused as refusal:
            if not put_refusal(form.answer.form, refusal, refusal_sentence(refusal)):
                apply_refusal(form, refusal)
        else:
            return redirect(url_for("privacy.show", reference=reference))
    return _render_task(head, task, form), 422


@privacy.get("/tickets/<reference>/privacy/<kind>/not-possible")
@staff_only(Right.WAIVE)
def waive_form(reference: str, kind: str) -> ResponseReturnValue:
    head = _head(reference)
    return render_template("privacy/waive.html", head=head, task=_task(head, kind), form=WaiveForm())


@privacy.post("/tickets/<reference>/privacy/<kind>/not-possible")
@staff_only(Right.WAIVE)
def waive(reference: str, kind: str) -> ResponseReturnValue:
    head = _head(reference)
    task, form = _task(head, kind), WaiveForm()
    done = _done(
        reference,
        form,
        lambda: service.waive_task(reference, task.kind, form.reason.data or "", by=current_actor()),
    )
    return done or (render_template("privacy/waive.html", head=head, task=task, form=form), 422)


@privacy.post("/tickets/<reference>/data-access")
@staff_only(Right.WORK_ON)
def open_access(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), OpenAccessForm()
    done = _done(
        reference,
        form,
        lambda: service.open_data_access(reference, form.reason.data or "", by=current_actor()),
    )
    return done or (_render_list(head, form), 422)


@privacy.post("/tickets/<reference>/data-access/<int:access_id>/close")
@staff_only(Right.WORK_ON)
def close_access(reference: str, access_id: int) -> ResponseReturnValue:
    form = Form()
    if form.validate():
        with transaction():
            once(form, leads_to=url_for("privacy.show", reference=reference))
            service.close_data_access(reference, access_id, by=current_actor())
    return redirect(url_for("privacy.show", reference=reference))


def _done(reference: str, form: Form, act: Callable[[], object]) -> ResponseReturnValue | None:
    return done_once(form, act, leads_to=url_for("privacy.show", reference=reference))


def _head(reference: str) -> TicketHead:
    return tickets.get_head(reference, shop_id=current_actor().shop_id)


def _task(head: TicketHead, kind: str) -> TaskRow:
    task = queries.find_task(head.id, TaskKind(kind)) if kind in set(TaskKind) else None
    if task is None:
        raise NotFound
    return task


def _render_list(head: TicketHead, form: OpenAccessForm) -> str:
    return render_template(
        "privacy/show.html",
        head=head,
        form=form,
        close_form=Form(),
        tasks=queries.list_tasks(head.id),
        openings=access_queries.list_data_access(head.id),
        may_waive=current_actor().may(Right.WAIVE),
        certificates=list_certificates(head.id),
        now=now(),
    )


def _render_task(head: TicketHead, task: TaskRow, form: TaskForm) -> str:
    return render_template(
        "privacy/task.html",
        head=head,
        task=task,
        form=form,
        fields=form.answer.form,
        notice=notice_queries.get_notice(head.shop_id),
        usually_needed=task.kind is TaskKind.CREDENTIAL and queries.usually_needs_credential(head),
        may_waive=current_actor().may(Right.WAIVE),
    )
