"""Pages of release, unclaimed devices and surrender."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from repairshop.handover import service
from repairshop.handover.forms import (
    CustomerAnswersForm,
    FaultFoundForm,
    ReleaseForm,
    SurrenderForm,
)
from repairshop.handover.leaving import with_things_apart
from repairshop.handover.rules import SurrenderBasis, SurrenderKind
from repairshop.handover.service import ReleaseAnswers
from repairshop.notifications.verb_pages import VerbForm, do_verb, show_verb
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.tickets.stages import Verb
from repairshop.web.access import staff_only

handover = Blueprint("handover", __name__)


@handover.get("/tickets/<reference>/release")
@staff_only(Right.WORK_ON)
def release_form(reference: str) -> ResponseReturnValue:
    return show_verb("handover/release.html", reference, Verb.RELEASE, ReleaseForm())


@handover.post("/tickets/<reference>/release")
@staff_only(Right.WORK_ON)
def release(reference: str) -> ResponseReturnValue:
    form = ReleaseForm()
    return do_verb(
        "handover/release.html",
        reference,
        Verb.RELEASE,
        form,
        lambda: service.release(
            reference,
            ReleaseAnswers(put_together=form.put_together.data, no_part_used=form.no_part_used.data),
            by=current_actor(),
            expected_version=form.expected_version,
        ),
    )


@handover.get("/tickets/<reference>/not-collected")
@staff_only(Right.TAKE_IN)
def not_collected_form(reference: str) -> ResponseReturnValue:
    return show_verb("handover/not_collected.html", reference, Verb.NOT_COLLECTED, VerbForm())


@handover.post("/tickets/<reference>/not-collected")
@staff_only(Right.TAKE_IN)
def not_collected(reference: str) -> ResponseReturnValue:
    form = VerbForm()
    return do_verb(
        "handover/not_collected.html",
        reference,
        Verb.NOT_COLLECTED,
        form,
        lambda: service.not_collected(reference, by=current_actor(), expected_version=form.expected_version),
    )


@handover.get("/tickets/<reference>/customer-answers")
@staff_only(Right.TAKE_IN)
def customer_answers_form(reference: str) -> ResponseReturnValue:
    return show_verb(
        "handover/customer_answers.html", reference, Verb.CUSTOMER_ANSWERS, CustomerAnswersForm()
    )


@handover.post("/tickets/<reference>/customer-answers")
@staff_only(Right.TAKE_IN)
def customer_answers(reference: str) -> ResponseReturnValue:
    form = CustomerAnswersForm()
    return do_verb(
        "handover/customer_answers.html",
        reference,
        Verb.CUSTOMER_ANSWERS,
        form,
        lambda: service.customer_answers(
            reference, by=current_actor(), expected_version=form.expected_version, note=form.note.data or ""
        ),
    )


@handover.get("/tickets/<reference>/customer-finds-fault")
@staff_only(Right.TAKE_IN)
def customer_finds_fault_form(reference: str) -> ResponseReturnValue:
    return show_verb(
        "handover/customer_finds_fault.html", reference, Verb.CUSTOMER_FINDS_FAULT, FaultFoundForm()
    )


@handover.post("/tickets/<reference>/customer-finds-fault")
@staff_only(Right.TAKE_IN)
def customer_finds_fault(reference: str) -> ResponseReturnValue:
    form = FaultFoundForm()
    return do_verb(
        "handover/customer_finds_fault.html",
        reference,
        Verb.CUSTOMER_FINDS_FAULT,
        form,
        lambda: service.customer_finds_fault(
            reference, note=form.note.data, by=current_actor(), expected_version=form.expected_version
        ),
    )


@handover.get("/tickets/<reference>/surrender")
@staff_only(Right.TAKE_IN)
def surrender_form(reference: str) -> ResponseReturnValue:
    return show_verb(
        "handover/surrender.html",
        reference,
        Verb.SURRENDER,
        with_things_apart(SurrenderForm(), _head(reference)),
    )


@handover.post("/tickets/<reference>/surrender")
@staff_only(Right.TAKE_IN)
def surrender(reference: str) -> ResponseReturnValue:
    form = with_things_apart(SurrenderForm(), _head(reference))
    return do_verb(
        "handover/surrender.html",
        reference,
        Verb.SURRENDER,
        form,
        lambda: service.surrender(
            reference,
            kind=SurrenderKind(form.kind.data),
            basis=SurrenderBasis(form.basis.data),
            confirmed=form.confirmed.data,
            by=current_actor(),
            leaving=form.leaving(),
            expected_version=form.expected_version,
        ),
    )


def _head(reference: str) -> TicketHead:
    return get_head(reference, shop_id=current_actor().shop_id)
