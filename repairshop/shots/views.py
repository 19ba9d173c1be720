"""The guided photos at the counter, and the code a phone scans to bring more."""

from base64 import b64encode
from collections.abc import Callable

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from config import Config
from repairshop import clock
from repairshop.errors import Refused
from repairshop.qr import qr_svg
from repairshop.shots import queries, service
from repairshop.shots.forms import CounterForm
from repairshop.shots.queries import LinkRow
from repairshop.shots.receiving import Received, keep, receive_all
from repairshop.shots.rules import Shot, shots_of
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets import queries as tickets
from repairshop.tickets.links import PHOTOS, token_for
from repairshop.tickets.queries import TicketHead
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.once import once

shots = Blueprint("shots", __name__)


@shots.get("/tickets/<reference>/shots")
@staff_only(Right.TAKE_IN)
def show(reference: str) -> ResponseReturnValue:
    return _render(_head(reference), CounterForm())


@shots.post("/tickets/<reference>/shots")
@staff_only(Right.TAKE_IN)
def take(reference: str) -> ResponseReturnValue:
    """Keep each photo and each reason that can be kept; say at its field what cannot."""
    head, form = _head(reference), CounterForm()  # before strangers' pictures are opened
    asked = shots_of(head.device_type)
    if not form.validate():
        return _render(head, form), 422
    received = receive_all(form, asked)
    refusals = list(received.refusals)
    with transaction():
        once(form, leads_to=_there(reference))
        keep(received, reference, by=current_actor())
        refusals += _skip(reference, form, received, asked)
    if refusals:
        for refusal in refusals:
            apply_refusal(form, refusal)
        form.once.data = CounterForm(formdata=None).once.data  # this sending is taken; the next is another
        return _render(head, form), 422
    return redirect(_there(reference))


def _skip(reference: str, form: CounterForm, received: Received, asked: tuple[Shot, ...]) -> list[Refused]:
    refusals = []
    for shot in asked:
        if form.reason_of(shot) and shot not in received.shots:
            try:
                service.skip_shot(reference, shot, reason=form.reason_of(shot), by=current_actor())
            except Refused as refusal:
                refusals.append(refusal)
    return refusals


@shots.get("/tickets/<reference>/shots/arrived")
@staff_only(Right.TAKE_IN)
def arrived(reference: str) -> ResponseReturnValue:
    """How the six stand, for the counter's page to look at while a phone sends; 304 while nothing came."""
    head = _head(reference)
    rows = queries.list_shots(head.id, head.device_type)
    response = make_response(render_template("shots/_arrived.html", head=head, rows=rows, form=CounterForm()))
    response.add_etag()
    return response.make_conditional(request)


@shots.post("/tickets/<reference>/shots/phone")
@staff_only(Right.TAKE_IN)
def open_phone(reference: str) -> ResponseReturnValue:
    return _done(reference, lambda: service.open_phone_link(reference, by=current_actor()))


@shots.post("/tickets/<reference>/shots/phone/end")
@staff_only(Right.TAKE_IN)
def end_phone(reference: str) -> ResponseReturnValue:
    return _done(reference, lambda: service.end_phone_link(reference, by=current_actor()))


def _done(reference: str, act: Callable[[], object]) -> ResponseReturnValue:
    with transaction():
        once(Form(), leads_to=_there(reference))
        act()
    return redirect(_there(reference))


def _head(reference: str) -> TicketHead:
    return tickets.get_head(reference, shop_id=current_actor().shop_id)


def _there(reference: str) -> str:
    return url_for("shots.show", reference=reference)


def _render(head: TicketHead, form: CounterForm) -> str:
    link = queries.find_open_link(head.id, at=clock.now())
    address = _address(link) if link else ""
    return render_template(
        "shots/show.html",
        head=head,
        form=form,
        rows=queries.list_shots(head.id, head.device_type),
        link=link,
        address=address,
        code=b64encode(qr_svg(address, quiet_modules=4)).decode() if address else "",
        plain=Form(formdata=None),
    )


def _address(link: LinkRow) -> str:
    config: Config = current_app.extensions["repairshop_config"]
    token = token_for(link.id, version=0, key=config.link_key, purpose=PHOTOS)
    return f"{config.public_url.rstrip('/')}{url_for('phone_photos.show', token=token)}"
