"""The first part on paper: the sheet to print, and where staff copy the ticks."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from repairshop.errors import Refused
from repairshop.privacy import answering, notice_queries, queries
from repairshop.privacy.forms import AnswersForm
from repairshop.privacy.queries import TaskRow
from repairshop.privacy.rules import CUSTOMERS_OWN, DETAILS, TaskPart, TaskState
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets import queries as tickets
from repairshop.tickets.queries import TicketHead
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.locale import speak
from repairshop.web.once import once

paper = Blueprint("paper", __name__)


@paper.get("/tickets/<reference>/privacy-sheet")
@staff_only(Right.SEE_TICKETS)
def sheet(reference: str) -> ResponseReturnValue:
    """In the customer's language: the notice, the questions, a box for each answer."""
    head, shop = _head(reference), current_shop()
    speak(language=queries.get_readers_language(head.id), country=shop.country, time_zone=shop.time_zone)
    refresh()
    return render_template(
        "privacy/sheet.html",
        head=head,
        tasks=[task for task in queries.list_tasks(head.id) if task.kind in CUSTOMERS_OWN],
        notice=notice_queries.get_notice(head.shop_id),
        detail_values={name: values for details in DETAILS.values() for name, values in details.items()},
    )


@paper.get("/tickets/<reference>/privacy-paper")
@staff_only(Right.TAKE_IN)
def copy_form(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), AnswersForm()
    form.ask(_first_part(head))
    form.prefill(notice=notice_queries.get_notice(head.shop_id))
    return render_template("privacy/paper.html", head=head, form=form)


@paper.post("/tickets/<reference>/privacy-paper")
@staff_only(Right.TAKE_IN)
def copy(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), AnswersForm()
    form.ask(_first_part(head))
    there = url_for("privacy.show", reference=reference)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                answering.record_paper(reference, form.given(), by=current_actor())
        except Refused as refusal:
            form.put(refusal)
        else:
            return redirect(there)
    return render_template("privacy/paper.html", head=head, form=form), 422


def _head(reference: str) -> TicketHead:
    return tickets.get_head(reference, shop_id=current_actor().shop_id)


def _first_part(head: TicketHead) -> list[TaskRow]:
    """What a customer may have answered; not what a manager let off."""
    return [
        task
        for task in queries.list_tasks(head.id)
        if task.part is TaskPart.CUSTOMER_PRESENT and task.state is not TaskState.NOT_POSSIBLE
    ]
