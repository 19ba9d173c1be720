"""Pages about messages."""

from collections.abc import Callable

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from config import Config
from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.notifications import operating, queries, service
from repairshop.notifications.forms import EditForm
from repairshop.notifications.lengths import longest_link
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel
from repairshop.notifications.verb_pages import VerbForm
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.transaction import transaction
from repairshop.web.access import safe_next, staff_only
from repairshop.web.forms import apply_refusal

notifications = Blueprint("notifications", __name__)


@notifications.get("/messages/sent")
@staff_only(Right.TAKE_IN)
def sent() -> ResponseReturnValue:
    return render_template(
        "notifications/sent.html",
        latest=queries.list_latest(current_actor().shop_id),
        outbox_reasons=_outbox_reasons(),
    )


@notifications.get("/messages/<int:message_id>")
@staff_only(Right.TAKE_IN)
def message(message_id: int) -> ResponseReturnValue:
    row = queries.get_message(message_id, shop_id=current_actor().shop_id)
    return _message_page(row, EditForm(text=row.words))


@notifications.post("/messages/<int:message_id>/edit")
@staff_only(Right.TAKE_IN)
def edit(message_id: int) -> ResponseReturnValue:
    form = EditForm()
    if form.validate():
        try:
            with transaction():
                service.edit_message(message_id, form.text.data, by=current_actor())
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return _to_message(message_id)
    return _message_page(queries.get_message(message_id, shop_id=current_actor().shop_id), form), 422


@notifications.post("/messages/<int:message_id>/withdraw")
@staff_only(Right.TAKE_IN)
def withdraw(message_id: int) -> ResponseReturnValue:
    return _press(message_id, lambda: service.withdraw_message(message_id, by=current_actor()))


@notifications.post("/messages/<int:message_id>/release")
@staff_only(Right.TAKE_IN)
def release(message_id: int) -> ResponseReturnValue:
    return _press(message_id, lambda: operating.release_message(message_id, by=current_actor()))


def _press(message_id: int, act: Callable[[], object]) -> ResponseReturnValue:
    """One button; what came in between is said on the message's own page."""
    try:
        with transaction():
            act()
    except Refused as refusal:
        row = queries.get_message(message_id, shop_id=current_actor().shop_id)
        form = EditForm(formdata=None, text=row.words)
        apply_refusal(form, refusal)
        return _message_page(row, form), 422
    return redirect(safe_next(request.form.get("next")) or _address(message_id))


@notifications.get("/outbox")
@staff_only(Right.SEE_TICKETS)
def outbox() -> ResponseReturnValue:
    return render_template(
        "notifications/outbox.html",
        form=VerbForm(),
        messages=queries.list_outbox(current_actor().shop_id),
        outbox_reasons=_outbox_reasons(),
        may_follow=_may_play_customer(),
    )


@notifications.post("/outbox/<int:message_id>/open")
@staff_only(Right.SEE_TICKETS)
def follow(message_id: int) -> ResponseReturnValue:
    """Follow the link of a message that reached nobody but this page: the customer's side of a demo."""
    if not _may_play_customer():
        abort(404)
    found = queries.find_outbox_link(message_id, shop_id=current_actor().shop_id)
    if found is None:
        abort(404)
    link_id, version = found
    return redirect(Providers(_config()).link(link_id, version=version))


def _message_page(row: queries.MessageRow, form: EditForm) -> str:
    return render_template(
        "notifications/message.html", message=row, form=form, at=now(), link_length=len(longest_link())
    )


def _to_message(message_id: int) -> ResponseReturnValue:
    return redirect(_address(message_id))


def _address(message_id: int) -> str:
    return url_for("notifications.message", message_id=message_id)


def _may_play_customer() -> bool:
    """Never with real customers: such a link approves quotes, and nothing would tell who had pressed."""
    return current_shop().is_demo or not _config().is_production


def _outbox_reasons() -> dict[str, str]:
    """Why messages of this shop go to the outbox page, by channel; empty where they really go out."""
    providers = Providers(_config())
    is_demo = current_shop().is_demo
    reasons = {
        channel.value: providers.why_outbox(channel, is_demo=is_demo)
        for channel in (Channel.SMS, Channel.EMAIL)
    }
    return {channel: reason.value for channel, reason in reasons.items() if reason is not None}


def _config() -> Config:
    config: Config = current_app.extensions["repairshop_config"]
    return config
