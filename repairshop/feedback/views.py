"""Pages of the shop: customers to call back, what was said, what is asked."""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.errors import Refused
from repairshop.feedback import queries, service
from repairshop.feedback.forms import CallBackForm, SettingsForm
from repairshop.feedback.rules import FollowUpEnding, recommendation
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import done_once, once
from repairshop.web.saying import say_done

feedback = Blueprint("feedback", __name__)
_PERIOD = timedelta(days=90)


@feedback.get("/follow-ups")
@staff_only(Right.SEE_TICKETS)
def waiting() -> ResponseReturnValue:
    by = current_actor()
    return render_template(
        "feedback/waiting.html",
        follow_ups=queries.list_open(by.shop_id),
        own=by.staff_id,
        at=clock.now(),
    )


@feedback.get("/follow-ups/<int:follow_up_id>")
@staff_only(Right.SEE_TICKETS)
def call_back_form(follow_up_id: int) -> ResponseReturnValue:
    queries.get_open(follow_up_id, shop_id=current_actor().shop_id)
    return _render(follow_up_id, CallBackForm())


@feedback.post("/follow-ups/<int:follow_up_id>")
@staff_only(Right.SEE_TICKETS)
def call_back(follow_up_id: int) -> ResponseReturnValue:
    form, there = CallBackForm(), url_for("feedback.waiting")
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                service.close_follow_up(
                    follow_up_id,
                    FollowUpEnding(form.ending.data),
                    form.note.data or "",
                    by=current_actor(),
                )
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return say_done("call_closed", redirect(there))
    return _render(follow_up_id, form), 422


def _render(follow_up_id: int, form: CallBackForm) -> str:
    found = queries.get_follow_up(follow_up_id, shop_id=current_actor().shop_id)
    return render_template("feedback/call_back.html", form=form, found=found, at=clock.now())


@feedback.get("/feedback")
@staff_only(Right.MANAGE)
def answers() -> ResponseReturnValue:
    """What customers said, with the recommendation of the last 90 days."""
    settings = queries.get_settings(current_actor().shop_id)
    stages = [stage.value for stage in settings.stages]
    return _render_answers(SettingsForm(data={"stages": stages, "surveys": settings.surveys}))


@feedback.post("/feedback")
@staff_only(Right.MANAGE)
def choose() -> ResponseReturnValue:
    form = SettingsForm()

    def act() -> None:
        stages = [Stage(name) for name in form.stages.data or []]
        service.choose(stages, surveys=bool(form.surveys.data), by=current_actor())

    return done_once(form, act, leads_to=url_for("feedback.answers")) or (_render_answers(form), 422)


def _render_answers(form: SettingsForm) -> str:
    shop_id = current_actor().shop_id
    scores = queries.list_survey_scores(shop_id, since=clock.now() - _PERIOD)
    return render_template(
        "feedback/answers.html",
        form=form,
        answers=queries.list_answers(shop_id),
        recommendation=recommendation(scores),
    )
