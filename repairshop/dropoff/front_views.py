"""Pages for everybody: what repairs cost, and a request to drop a device off."""

from base64 import b64encode

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.codes import ScanKind, scan_text
from repairshop.customers.service import NewDevice
from repairshop.dropoff import queries, service
from repairshop.dropoff.forms import DropOffForm
from repairshop.dropoff.queries import Front
from repairshop.dropoff.rules import Backup, require_device, require_fault
from repairshop.dropoff.service import Wish, require_reach
from repairshop.errors import NotFound, Refused
from repairshop.intake.people import NewCustomer
from repairshop.intake.presets import PresetFacts, find_chosen, list_preset_facts
from repairshop.intake.service import Job, Thing
from repairshop.money import parse_amount
from repairshop.promises.queries import get_calendar
from repairshop.promises.rules import add_open_days
from repairshop.qr import qr_svg
from repairshop.tickets.rules import SymptomCondition
from repairshop.transaction import transaction
from repairshop.web import filters
from repairshop.web.access import public
from repairshop.web.forms import apply_refusal
from repairshop.web.locale import DEFAULT_LANGUAGE, speak
from repairshop.web.once import once, remember_result
from repairshop.web.page import page_language

front = Blueprint("front", __name__)

_SENT = "drop_off"


@front.get("/prices/<slug>")
@public
def prices(slug: str) -> ResponseReturnValue:
    """Every fault of one type of device, with what it costs at least and at most."""
    found = _enter(slug)
    if not found.shows_prices:
        raise NotFound
    presets = [each for each in list_preset_facts(found.shop, at=clock.now()) if each.preset.prices]
    types = list(dict.fromkeys(each.preset.device_type for each in presets))
    types.sort(key=list(DeviceType).index)
    asked = request.args.get("type", "")
    chosen = next((type_ for type_ in types if type_.value == asked), types[0] if types else None)
    return render_template(
        "dropoff/prices.html",
        front=found,
        shop=found.shop,
        types=types,
        chosen=chosen,
        presets=[each for each in presets if each.preset.device_type is chosen],
    )


@front.get("/drop-off/<slug>")
@public
def ask_form(slug: str) -> ResponseReturnValue:
    found = _enter(slug)
    form = DropOffForm()
    presets = _offer(form, found)
    chosen = find_chosen(presets, request.args.get("fault"))
    if chosen is not None:
        form.device_type.data, form.preset.data = chosen.preset.device_type.value, str(chosen.preset.id)
    calendar = get_calendar(found.shop.id)
    form.comes_on.data = add_open_days(calendar, calendar.local_day(clock.now()), 1)
    return _render(form, found)


@front.post("/drop-off/<slug>")
@public
def ask(slug: str) -> ResponseReturnValue:
    found = _enter(slug)
    form = DropOffForm()
    presets = _offer(form, found)
    if not _is_sound(form, found):
        return _render(form, found), 422
    try:
        wish = _wish_of(form, presets, found)
        with transaction():
            service.begin_request(address=request.remote_addr or "")
        with transaction():
            once(form)
            session[_SENT] = service.request_drop_off(wish, shop=found.shop)
            remember_result(form, url_for("front.sent", slug=slug))
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _render(form, found), 422
    return redirect(url_for("front.sent", slug=slug), 303)


@front.get("/drop-off/<slug>/sent")
@public
def sent(slug: str) -> ResponseReturnValue:
    """What this browser asked for, with the code to show at the counter."""
    found = _enter(slug)
    asked = queries.find_sent(str(session.get(_SENT, "")), shop_id=found.shop.id)
    if asked is None:
        return redirect(url_for("front.ask_form", slug=slug), 303)
    return render_template(
        "dropoff/sent.html",
        front=found,
        shop=found.shop,
        asked=asked,
        picture=b64encode(qr_svg(scan_text(ScanKind.TICKET, asked.code), quiet_modules=4)).decode(),
    )


def _enter(slug: str) -> Front:
    """The shop, spoken to in the language of `?language=` or of the browser, among those it offers."""
    found = queries.get_front(slug)
    offered = list(found.shop.languages)
    asked = request.args.get("language", "")
    best = asked if asked in offered else request.accept_languages.best_match(offered)
    language = best or next(iter(offered), DEFAULT_LANGUAGE)
    speak(language=language, country=found.shop.country, time_zone=found.shop.time_zone)
    return found


def _offer(form: DropOffForm, found: Front) -> list[PresetFacts]:
    if not found.takes_requests:
        raise NotFound
    presets = list_preset_facts(found.shop, at=clock.now())
    form.offer(presets)
    return presets


def _is_sound(form: DropOffForm, found: Front) -> bool:
    """Whether it may go to the verb; if not, every problem stands at its field."""
    is_valid = bool(form.validate())
    checks = (
        lambda: require_device(form.brand.data, form.model.data),
        lambda: require_fault(form.preset.data, form.reported_fault.data),
        lambda: _person_of(form, found),
        lambda: _limit_of(form, found),
    )
    for check in checks:
        try:
            check()
        except Refused as refusal:
            is_valid = False
            apply_refusal(form, refusal)
    return is_valid


def _person_of(form: DropOffForm, found: Front) -> NewCustomer:
    person = NewCustomer(
        name=form.name.data or "",
        phones=(form.phone.data,) if form.phone.data else (),
        email=form.email.data or "",
        language=page_language(),
    )
    require_reach(person, country=found.shop.country)
    return person


def _limit_of(form: DropOffForm, found: Front) -> int | None:
    text = form.spend_limit.data
    return parse_amount(text, currency=found.shop.currency, field="spend_limit") if text else None


def _wish_of(form: DropOffForm, presets: list[PresetFacts], found: Front) -> Wish:
    """What was typed, as the verb takes it."""
    fault = find_chosen(presets, form.preset.data)
    facts = NewDevice(
        device_type=DeviceType(form.device_type.data),
        brand=form.brand.data or "",
        model=form.model.data or "",
    )
    return Wish(
        person=_person_of(form, found),
        thing=Thing(facts=facts),
        job=Job(
            fault_key=fault.preset.key if fault else "",
            fault_label=fault.preset.label if fault else "",
            reported_fault=form.reported_fault.data or "",
            symptom_condition=SymptomCondition(form.symptom.data) if form.symptom.data else None,
            spend_limit_minor=_limit_of(form, found),
        ),
        comes_on=form.comes_on.data,
        backup=Backup(form.backup.data or ""),
    )


def _render(form: DropOffForm, found: Front) -> str:
    return render_template(
        "dropoff/ask.html",
        form=form,
        front=found,
        shop=found.shop,
        currency_sign=filters.currency_sign(found.shop.currency),
    )
