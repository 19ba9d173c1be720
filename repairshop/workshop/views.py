"""Pages of the bench's verbs."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.notifications.verb_pages import VerbForm, do_verb, show_verb
from repairshop.parts.catalogue_queries import find_part, suggest_parts
from repairshop.promises.queries import get_calendar
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import get_head
from repairshop.tickets.stages import Outcome, Verb
from repairshop.web.access import staff_only
from repairshop.workshop import service
from repairshop.workshop.forms import ArrivedForm, FinishForm, OrderPartForm, ReturnForm, TestFailedForm
from repairshop.workshop.rules import ReturnReason

workshop = Blueprint("workshop", __name__)

_ONE_KEY = "workshop/one_key.html"


@workshop.get("/tickets/<reference>/start-repair")
@staff_only(Right.WORK_ON)
def start_repair_form(reference: str) -> ResponseReturnValue:
    return show_verb(_ONE_KEY, reference, Verb.START_REPAIR, VerbForm())


@workshop.post("/tickets/<reference>/start-repair")
@staff_only(Right.WORK_ON)
def start_repair(reference: str) -> ResponseReturnValue:
    form = VerbForm()
    return do_verb(
        _ONE_KEY,
        reference,
        Verb.START_REPAIR,
        form,
        lambda: service.start_repair(reference, by=current_actor(), expected_version=form.expected_version),
    )


@workshop.get("/tickets/<reference>/last-part-arrived")
@staff_only(Right.WORK_ON)
def last_part_arrived_form(reference: str) -> ResponseReturnValue:
    return show_verb(_ONE_KEY, reference, Verb.LAST_PART_ARRIVED, VerbForm())


@workshop.post("/tickets/<reference>/last-part-arrived")
@staff_only(Right.WORK_ON)
def last_part_arrived(reference: str) -> ResponseReturnValue:
    form = VerbForm()
    return do_verb(
        _ONE_KEY,
        reference,
        Verb.LAST_PART_ARRIVED,
        form,
        lambda: service.last_part_arrived(
            reference, by=current_actor(), expected_version=form.expected_version
        ),
    )


@workshop.post("/tickets/<reference>/parts/orders/<int:order_id>/arrived")
@staff_only(Right.WORK_ON)
def part_arrived(reference: str, order_id: int) -> ResponseReturnValue:
    """One of several; the last one moves the ticket."""
    form = ArrivedForm()
    return do_verb(
        "workshop/part_arrived.html",
        reference,
        Verb.LAST_PART_ARRIVED,
        form,
        lambda: service.part_arrived(
            reference,
            order_id,
            serial=form.serial.data or "",
            lot=form.lot.data or "",
            by=current_actor(),
        ),
    )


@workshop.get("/tickets/<reference>/order-part")
@staff_only(Right.WORK_ON)
def order_part_form(reference: str) -> ResponseReturnValue:
    return _show_order(reference, Verb.ORDER_PART)


@workshop.post("/tickets/<reference>/order-part")
@staff_only(Right.WORK_ON)
def order_part(reference: str) -> ResponseReturnValue:
    form = OrderPartForm()
    return do_verb(
        "workshop/order_part.html",
        reference,
        Verb.ORDER_PART,
        form,
        lambda: service.order_part(
            reference,
            form.order(),
            by=current_actor(),
            expected_version=form.expected_version,
            note=form.note.data or "",
        ),
        context=_offers(reference),
    )


@workshop.get("/tickets/<reference>/needs-part")
@staff_only(Right.WORK_ON)
def needs_part_form(reference: str) -> ResponseReturnValue:
    return _show_order(reference, Verb.NEEDS_PART)


@workshop.post("/tickets/<reference>/needs-part")
@staff_only(Right.WORK_ON)
def needs_part(reference: str) -> ResponseReturnValue:
    form = OrderPartForm()
    return do_verb(
        "workshop/order_part.html",
        reference,
        Verb.NEEDS_PART,
        form,
        lambda: service.needs_part(
            reference,
            form.order(),
            by=current_actor(),
            expected_version=form.expected_version,
            note=form.note.data or "",
        ),
        context=_offers(reference),
    )


def _show_order(reference: str, verb: Verb) -> ResponseReturnValue:
    """Filled in from the catalogue's part that the address names."""
    form, actor = OrderPartForm(), current_actor()
    part_id = request.args.get("part", type=int)
    part = find_part(part_id, shop_id=actor.shop_id) if part_id and part_id < 2**31 else None
    if part is not None:
        form.show(part, today=get_calendar(actor.shop_id).local_day(now()))
    return show_verb("workshop/order_part.html", reference, verb, form, context=_offers(reference))


def _offers(reference: str) -> dict[str, Any]:
    return {"suggested": suggest_parts(get_head(reference, shop_id=current_actor().shop_id))}


@workshop.get("/tickets/<reference>/finish")
@staff_only(Right.WORK_ON)
def finish_form(reference: str) -> ResponseReturnValue:
    return show_verb("workshop/finish.html", reference, Verb.FINISH, FinishForm())


@workshop.post("/tickets/<reference>/finish")
@staff_only(Right.WORK_ON)
def finish(reference: str) -> ResponseReturnValue:
    form = FinishForm()
    return do_verb(
        "workshop/finish.html",
        reference,
        Verb.FINISH,
        form,
        lambda: service.finish(
            reference,
            by=current_actor(),
            expected_version=form.expected_version,
            outcome=Outcome(form.outcome.data),
            note=form.note.data or "",
        ),
    )


@workshop.get("/tickets/<reference>/test-failed")
@staff_only(Right.WORK_ON)
def test_failed_form(reference: str) -> ResponseReturnValue:
    return show_verb("workshop/test_failed.html", reference, Verb.TEST_FAILED, TestFailedForm())


@workshop.post("/tickets/<reference>/test-failed")
@staff_only(Right.WORK_ON)
def test_failed(reference: str) -> ResponseReturnValue:
    form = TestFailedForm()
    return do_verb(
        "workshop/test_failed.html",
        reference,
        Verb.TEST_FAILED,
        form,
        lambda: service.test_failed(
            reference, by=current_actor(), expected_version=form.expected_version, note=form.note.data
        ),
    )


@workshop.get("/tickets/<reference>/return-unrepaired")
@staff_only(Right.WORK_ON)
def return_unrepaired_form(reference: str) -> ResponseReturnValue:
    return show_verb("workshop/return_unrepaired.html", reference, Verb.RETURN_UNREPAIRED, ReturnForm())


@workshop.post("/tickets/<reference>/return-unrepaired")
@staff_only(Right.WORK_ON)
def return_unrepaired(reference: str) -> ResponseReturnValue:
    form = ReturnForm()
    return do_verb(
        "workshop/return_unrepaired.html",
        reference,
        Verb.RETURN_UNREPAIRED,
        form,
        lambda: service.return_unrepaired(
            reference,
            reason=ReturnReason(form.reason.data),
            by=current_actor(),
            expected_version=form.expected_version,
            note=form.note.data or "",
        ),
    )
