"""Another person named to collect, by the customer who has proved to be the customer."""

from collections.abc import Callable

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from config import Config
from repairshop.errors import Refused
from repairshop.handover.collectors import CollectorRow, end_collector, find_collector, name_collector
from repairshop.portal import repair, session
from repairshop.portal.forms import CollectorForm, SendCodeForm
from repairshop.portal.rules import may_approve, require_may_approve
from repairshop.tickets.links import COLLECT, token_for
from repairshop.tickets.stages import FINAL_STAGES
from repairshop.transaction import transaction
from repairshop.web.access import portal_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once
from repairshop.web.saying import say_done

collectors = Blueprint("collectors", __name__)


@collectors.get("/repair/<reference>/collector")
@portal_only
def show(reference: str) -> ResponseReturnValue:
    return _draw(reference, CollectorForm(formdata=None))


@collectors.post("/repair/<reference>/collector")
@portal_only
def name(reference: str) -> ResponseReturnValue:
    form, by = CollectorForm(), session.customer_of(session.current_guest())
    done = _act(reference, form, lambda: name_collector(reference, form.name.data or "", by=by))
    return say_done("collector_named", done)


@collectors.post("/repair/<reference>/collector/end")
@portal_only
def end(reference: str) -> ResponseReturnValue:
    form, by = CollectorForm(), session.customer_of(session.current_guest())
    form.require_no_name()
    return say_done("collector_ended", _act(reference, form, lambda: end_collector(reference, by=by)))


def _act(reference: str, form: CollectorForm, act: Callable[[], object]) -> ResponseReturnValue:
    guest = session.current_guest()
    repair.get_own_head(reference, guest=guest)
    there = url_for(".show", reference=reference)
    if form.validate():
        try:
            with transaction():
                require_may_approve(guest.origin)
                once(form, leads_to=there)
                act()
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(there, 303)
    return _draw(reference, form), 422


def _draw(reference: str, form: CollectorForm) -> str:
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    code_form, collector = SendCodeForm(formdata=None), find_collector(guest.visit_id)
    code_form.then.data = "collector"
    return render_template(
        "portal/collector.html",
        guest=guest,
        shop=guest.shop,
        head=head,
        form=form,
        code_form=code_form,
        collector=collector,
        pass_address=_pass_address(collector) if collector else "",
        is_over=head.stage in FINAL_STAGES,
        may_approve=may_approve(guest.origin),
    )


def _pass_address(collector: CollectorRow) -> str:
    """Where the person who was named finds their pass; only the proven customer sees it."""
    config: Config = current_app.extensions["repairshop_config"]
    token = token_for(collector.id, version=collector.version, key=config.link_key, purpose=COLLECT)
    return f"{config.public_url.rstrip('/')}{url_for('pickup.show_collectors', token=token)}"
