"""Starting, pausing and correcting the clock of a job."""

from functools import partial

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import NotFound
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.web.access import safe_next, staff_only
from repairshop.web.once import done_once
from repairshop.workshop import queries, timing
from repairshop.workshop.forms import ClockForm, CorrectionForm
from repairshop.workshop.rules import WORK_STAGES

work_time = Blueprint("work_time", __name__)


@work_time.get("/tickets/<reference>/work")
@staff_only(Right.SEE_TICKETS)
def show(reference: str) -> ResponseReturnValue:
    return _render(_head(reference))


@work_time.post("/tickets/<reference>/work/start")
@staff_only(Right.WORK_ON)
def start(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), ClockForm()

    def act() -> None:
        timing.start_work(reference, by=current_actor())

    return done_once(form, act, leads_to=_there(reference)) or (_render(head, clock_form=form), 422)


@work_time.post("/tickets/<reference>/work/pause")
@staff_only(Right.WORK_ON)
def pause(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), ClockForm()

    def act() -> None:
        timing.pause_work(reference, by=current_actor())

    return done_once(form, act, leads_to=_there(reference)) or (_render(head, clock_form=form), 422)


@work_time.get("/tickets/<reference>/work/<int:span_id>")
@staff_only(Right.WORK_ON)
def correct_form(reference: str, span_id: int) -> ResponseReturnValue:
    head, span, form = _head(reference), _span(reference, span_id), CorrectionForm()
    form.minutes.data = span.minutes
    return render_template("workshop/correct_work.html", head=head, span=span, form=form)


@work_time.post("/tickets/<reference>/work/<int:span_id>")
@staff_only(Right.WORK_ON)
def correct(reference: str, span_id: int) -> ResponseReturnValue:
    head, span, form = _head(reference), _span(reference, span_id), CorrectionForm()

    def act() -> None:
        timing.correct_work(
            reference, span_id, minutes=form.minutes.data, because=form.because.data, by=current_actor()
        )

    there = url_for("work_time.show", reference=reference)
    page = partial(render_template, "workshop/correct_work.html", head=head, span=span, form=form)
    return done_once(form, act, leads_to=there) or (page(), 422)


def _span(reference: str, span_id: int) -> queries.SpanRow:
    """One that is over; NotFound for any other."""
    found = next((span for span in queries.list_spans(_head(reference).id) if span.id == span_id), None)
    if found is None or found.minutes is None:
        raise NotFound
    return found


def _there(reference: str) -> str:
    return safe_next(request.form.get("next")) or url_for("work_time.show", reference=reference)


def _head(reference: str) -> TicketHead:
    return get_head(reference, shop_id=current_actor().shop_id)


def _render(head: TicketHead, *, clock_form: ClockForm | None = None) -> str:
    spans = queries.list_spans(head.id)
    mine = [span for span in spans if span.minutes is None and span.staff_id == current_actor().id]
    return render_template(
        "workshop/work.html",
        head=head,
        form=clock_form or ClockForm(formdata=None),
        spans=spans,
        credits=queries.credit(spans, shop_id=head.shop_id),
        is_mine_running=bool(mine),
        may_work=head.stage in WORK_STAGES,
    )
