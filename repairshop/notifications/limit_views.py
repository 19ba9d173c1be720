"""The manager's page about quiet hours, limits and countries, and the switch that lets held messages go."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import Refused
from repairshop.notifications import operating, spending
from repairshop.notifications.channels.listed import trouble_of
from repairshop.notifications.limit_forms import LimitsForm
from repairshop.notifications.rules import Channel
from repairshop.notifications.verb_pages import VerbForm
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal

limits = Blueprint("limits", __name__)


@limits.app_template_filter("trouble")
def _trouble(code: str) -> str:
    return trouble_of(code).value


@limits.get("/messages/limits")
@staff_only(Right.MANAGE)
def show() -> ResponseReturnValue:
    form, shop_id = LimitsForm(), current_actor().shop_id
    form.fill(spending.get_limits(shop_id), spending.get_quiet(shop_id))
    return _page(form)


@limits.post("/messages/limits")
@staff_only(Right.MANAGE)
def change() -> ResponseReturnValue:
    form = LimitsForm()
    if form.validate():
        try:
            with transaction():
                spending.set_limits(
                    form.limits(),
                    quiet_from=form.quiet_from.data or "",
                    quiet_to=form.quiet_to.data or "",
                    by=current_actor(),
                )
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(url_for("limits.show"))
    return _page(form), 422


@limits.post("/messages/limits/release")
@staff_only(Right.MANAGE)
def release() -> ResponseReturnValue:
    with transaction():
        operating.release_over_limits(by=current_actor())
    return redirect(url_for("limits.show"))


def _page(form: LimitsForm) -> str:
    shop_id = current_actor().shop_id
    return render_template(
        "notifications/limits.html",
        form=form,
        release_form=VerbForm(),
        held=spending.count_held_back(shop_id),
        sent=spending.sent_by_day(shop_id, Channel.SMS, days=31),
    )
