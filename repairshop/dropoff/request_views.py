"""Requests of customers, as the shop sees them; and which public pages it has."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.dropoff import queries, service
from repairshop.dropoff.forms import ConfirmForm, FrontForm
from repairshop.errors import Refused
from repairshop.notifications.previews import preview_notice
from repairshop.notifications.rules import Notice
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import done_once, once
from repairshop.web.saying import say_done

drop_offs = Blueprint("drop_offs", __name__)


@drop_offs.get("/drop-off-requests")
@staff_only(Right.TAKE_IN)
def waiting() -> ResponseReturnValue:
    return render_template("dropoff/waiting.html", requests=queries.list_waiting(current_actor().shop_id))


@drop_offs.get("/tickets/<reference>/confirm-drop-off")
@staff_only(Right.TAKE_IN)
def confirm_form(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    if queries.is_settled(head.id):  # somebody else's doing meanwhile, or the way back in the browser
        return say_done("request_settled", redirect(url_for("drop_offs.waiting")))
    form = ConfirmForm()
    form.version.data = head.stage_version
    return _render(head, form)


@drop_offs.post("/tickets/<reference>/confirm-drop-off")
@staff_only(Right.TAKE_IN)
def confirm(reference: str) -> ResponseReturnValue:
    head, there = get_head(reference, shop_id=current_actor().shop_id), url_for("drop_offs.waiting")
    form = ConfirmForm()
    if queries.is_settled(head.id):
        return say_done("request_settled", redirect(there))
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                service.confirm(reference, by=current_actor(), expected_version=form.expected_version)
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return say_done("request_confirmed", redirect(there))
    return _render(head, form), 422


def _render(head: TicketHead, form: ConfirmForm) -> str:
    request = queries.get_waiting(head.id, shop_id=current_actor().shop_id)
    notices = preview_notice(head.reference, Notice.BOOKED, by=current_actor())
    return render_template("dropoff/confirm.html", head=head, form=form, request=request, notices=notices)


@drop_offs.get("/shop/front")
@staff_only(Right.MANAGE)
def front_form() -> ResponseReturnValue:
    form = FrontForm()
    form.shows_prices.data, form.takes_requests.data = queries.get_switches(current_actor().shop_id)
    return render_template("dropoff/front.html", form=form, shop=current_shop())


@drop_offs.post("/shop/front")
@staff_only(Right.MANAGE)
def switch() -> ResponseReturnValue:
    form = FrontForm()

    def act() -> None:
        service.switch(
            shows_prices=bool(form.shows_prices.data),
            takes_requests=bool(form.takes_requests.data),
            by=current_actor(),
        )

    done = say_done("front_saved", done_once(form, act, leads_to=url_for("drop_offs.front_form")))
    return done or (
        render_template("dropoff/front.html", form=form, shop=current_shop()),
        422,
    )
