"""A phone's page behind the counter's code: ten minutes, photos to one ticket, nothing to read."""

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.errors import NotFound, Refused
from repairshop.shots import queries, service
from repairshop.shots.forms import PhoneForm
from repairshop.shots.queries import LinkRow
from repairshop.shots.receiving import files_in, keep, receive_all, size_of
from repairshop.shots.rules import is_open, shots_of
from repairshop.staff.queries import get_shop
from repairshop.staff.rules import Actor, ActorKind, ShopId
from repairshop.tickets.links import PHOTOS, parse_token, token_is_true
from repairshop.transaction import transaction
from repairshop.web.access import public_pictures
from repairshop.web.forms import apply_refusal
from repairshop.web.headers import no_store
from repairshop.web.locale import language_offered, speak
from repairshop.web.once import once
from repairshop.web.saying import say_done

phone_photos = Blueprint("phone_photos", __name__)


@phone_photos.get("/p/<token>")
@public_pictures
@no_store
def show(token: str) -> ResponseReturnValue:
    return _render(token, _get_link(token), PhoneForm())


@phone_photos.post("/p/<token>")
@public_pictures
@no_store
def send(token: str) -> ResponseReturnValue:
    """The key is looked at before the body is read: a stranger cannot make us take 60 MB."""
    link = _get_link(token)
    asked, form = shots_of(link.device_type), PhoneForm()
    if not form.validate():
        return _render(token, link, form), 422
    here = url_for("phone_photos.show", token=token)
    try:
        with transaction():
            service.claim_room(link.id, sizes=[size_of(file) for _, file in files_in(form, asked)])
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _render(token, link, form), 422
    received = receive_all(form, asked)
    with transaction():
        once(form, leads_to=here)  # only now: photos lost on the way may be sent again
        keep(received, link.reference, by=_person_at_the_counter(link))
    if received.refusals:
        for refused in received.refusals:
            apply_refusal(form, refused)
        form.once.data = PhoneForm(formdata=None).once.data
        return _render(token, link, form), 422
    if received.shots or received.others:
        return say_done("photos_sent", redirect(here))
    return redirect(here)


def _get_link(token: str) -> LinkRow:
    """NotFound for every key that opens nothing now, whatever the reason."""
    parsed = parse_token(token)
    key = current_app.extensions["repairshop_config"].link_key
    if parsed is None or not token_is_true(parsed, version=0, key=key, purpose=PHOTOS):
        raise NotFound
    link = queries.find_link(parsed.link_id)
    if link is None or not is_open(link.facts, at=clock.now()):
        raise NotFound
    return link


def _person_at_the_counter(link: LinkRow) -> Actor:
    """Who showed the code stands beside the phone and answers for what comes from it."""
    return Actor(kind=ActorKind.STAFF, shop_id=ShopId(link.shop_id), id=link.staff_id)


def _render(token: str, link: LinkRow, form: PhoneForm) -> str:
    shop = get_shop(ShopId(link.shop_id))
    speak(language=language_offered(), country=shop.country, time_zone=shop.time_zone)
    return render_template(
        "shots/phone.html",
        token=token,
        form=form,
        shop=shop,
        rows=queries.list_shots(link.ticket_id, link.device_type),
        device_type=link.device_type,
        expires_at=link.expires_at,
    )
