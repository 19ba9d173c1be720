"""The counter's hand-in: one page, saved at once; and the small pages beside it."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.catalogue import queries as catalogue
from repairshop.catalogue.rules import DeviceType
from repairshop.customers import queries as customers
from repairshop.customers.queries import CustomerRow
from repairshop.customers.rules import normalised_imei, normalised_serial
from repairshop.errors import NotFound, Refused
from repairshop.intake import photos, queries, service
from repairshop.intake.forms import NEW, IntakeForm, PersonFields
from repairshop.intake.presets import PresetFacts, list_checks_by_type, list_preset_facts
from repairshop.intake.reading import (
    arrival_of,
    forget_known_contacts,
    job_of,
    person_of,
    problems_of,
    searched_text,
    thing_of,
)
from repairshop.intake.rules import CustomerMayExist, DeviceBelongsToOther
from repairshop.intake.seen_before import SeenBefore, find_seen_before
from repairshop.loaners.queries import list_loaners
from repairshop.media.rules import ReceivedPicture
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.transaction import transaction
from repairshop.web import filters
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal, clean_text
from repairshop.web.once import once, remember_result
from repairshop.web.row_numbers import row_number

intake = Blueprint("intake", __name__)

USE_PERSON = "use_person"
# The pages a found person may lead to.
_LEADS_TO = ("intake.take_in_form", "intake.book_form")


@intake.get("/intake")
@staff_only(Right.TAKE_IN)
def take_in_form() -> ResponseReturnValue:
    customer, visit = _customer_and_visit()
    form = IntakeForm()
    _offer(form, customer)
    _prefill(form, customer, visit)
    return _render(form, customer, visit)


@intake.post("/intake")
@staff_only(Right.TAKE_IN)
def take_in() -> ResponseReturnValue:
    customer, visit = _customer_and_visit()
    chosen, form = person_chosen(), IntakeForm()
    presets = _offer(form, chosen or customer)
    received, refused = photos.receive_all(form.photos.data or [], photos.read_kept(form.kept_photos.data))
    if chosen is not None:
        _go_on_with(form, chosen)
        for refusal in refused:
            apply_refusal(form, refusal)
        return _render(form, chosen, None, received=received)
    if not is_sound(form, refused, is_known=customer is not None):
        return _render(form, customer, visit, received=received), 422
    try:
        job = job_of(form, presets, currency=current_shop().currency)
        arrival = arrival_of(form, presets, received, currency=current_shop().currency)
        with transaction():
            once(form)
            reference = service.take_in(
                person_of(form, customer),
                thing_of(form),
                job,
                arrival,
                by=current_actor(),
                visit_id=visit.id if visit else None,
            )
            saved = url_for("check_in.complete_form", reference=reference, saved=1)
            remember_result(form, saved)
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _render(form, customer, visit, received=received, refusal=refusal), 422
    return redirect(saved)


@intake.get("/intake/people")
@staff_only(Right.TAKE_IN)
def people() -> ResponseReturnValue:
    """Known people for the text typed so far, as a piece of the page."""
    text = searched_text()
    found = customers.search_customers(text, shop_id=current_actor().shop_id, limit=9)
    then = request.args.get("then", "")
    target = then if then in _LEADS_TO else _LEADS_TO[0]
    return render_template("intake/_people.html", found=found, text=text, target=target)


@intake.get("/intake/models")
@staff_only(Right.TAKE_IN)
def models() -> ResponseReturnValue:
    """Models of the catalogue for the text typed so far, as a piece of the page."""
    text = searched_text()
    type_ = request.args.get("type", "")
    device_type = DeviceType(type_) if type_ in set(DeviceType) else None
    found = (
        catalogue.search_models(text, shop_id=current_actor().shop_id, device_type=device_type, limit=9)
        if text.strip()
        else []
    )
    return render_template("intake/_models.html", found=found)


@intake.get("/intake/seen")
@staff_only(Right.TAKE_IN)
def seen() -> ResponseReturnValue:
    """Whether the device of this IMEI or serial was here before, as a piece of the page."""
    found = _seen_before(
        request.args.get("imei"), request.args.get("serial"), request.args.get("customer", type=row_number)
    )
    return render_template("intake/_seen.html", seen=found)


def _seen_before(imei: str | None, serial: str | None, customer_id: int | None) -> SeenBefore | None:
    """A number that cannot be read was not seen: its field says what is wrong with it."""
    try:
        stored = normalised_imei(clean_text(imei)) if imei else ""
    except Refused:
        stored = ""
    return find_seen_before(
        imei=stored,
        serial=normalised_serial(clean_text(serial)[:60]) if serial else "",
        customer_id=customer_id,
        shop=current_shop(),
        at=clock.now(),
    )


def is_sound(form: PersonFields, refused: Sequence[Refused] = (), *, is_known: bool) -> bool:
    """Whether the form may go to its verb; if not, every problem stands at its field."""
    is_valid = form.validate()
    refusals = [*refused, *problems_of(form, is_known=is_known, shop=current_shop())]
    for refusal in refusals:
        if refusal.field is None or not form[refusal.field].errors:
            apply_refusal(form, refusal)
    return bool(is_valid) and not refusals


def currency_sign() -> str:
    """What stands before an amount field."""
    return filters.currency_sign(current_shop().currency)


def customer_in_address() -> CustomerRow | None:
    """The person that ?customer= names."""
    customer_id = request.args.get("customer", type=row_number)
    if customer_id is None:
        return None
    return customers.get_customer_row(customer_id, shop_id=current_actor().shop_id)


def person_chosen() -> CustomerRow | None:
    """The person whose button "Use this person" sent the form, so that everything typed comes along."""
    if USE_PERSON not in request.form:
        return None
    customer_id = request.form.get(USE_PERSON, type=row_number)
    if customer_id is None:
        raise NotFound
    return customers.get_customer_row(customer_id, shop_id=current_actor().shop_id)


def _go_on_with(form: IntakeForm, customer: CustomerRow) -> None:
    """What was typed stays. The device is one of theirs only where none was described."""
    described = any(form[name].data for name in ("device_type", "brand", "model", "imei", "serial"))
    reach = form.reach_note.data
    forget_known_contacts(form, customer, country=current_shop().country)
    _prefill(form, customer, None)
    if described:
        form.device.data = NEW
    form.reach_note.data = reach or form.reach_note.data


def _customer_and_visit() -> tuple[CustomerRow | None, queries.VisitRow | None]:
    """Who stands at the counter, from the address: ?visit= for one more device, or ?customer=."""
    shop_id = current_actor().shop_id
    visit_id = request.args.get("visit", type=row_number)
    visit = queries.get_visit(visit_id, shop_id=shop_id) if visit_id is not None else None
    if visit is not None:
        return customers.get_customer_row(visit.customer_id, shop_id=shop_id), visit
    return customer_in_address(), None


def _offer(form: IntakeForm, customer: CustomerRow | None) -> list[PresetFacts]:
    shop = current_shop()
    presets = list_preset_facts(shop, at=clock.now())
    form.offer_languages(shop.languages)
    form.offer_devices(customer)
    form.offer_numbers(customer)
    form.offer_presets(presets)
    form.offer_loaners(list_loaners(shop.id), none=True)
    return presets


def _prefill(form: IntakeForm, customer: CustomerRow | None, visit: queries.VisitRow | None) -> None:
    if customer is None:
        form.phone.data = request.args.get("phone", "")[:40]
        return
    owned = {str(device.id) for device in customer.devices}
    chosen = request.args.get("device", "")
    form.device.data = chosen if chosen in owned else next(iter(owned), NEW) if len(owned) == 1 else NEW
    last = visit.reach_note if visit else queries.find_reach_of_last_visit(
        customer.id, shop_id=current_actor().shop_id
    )  # fmt: skip
    form.reach_note.data = last or (customer.contacts[0].shown if customer.contacts else "")


def _render(
    form: IntakeForm,
    customer: CustomerRow | None,
    visit: queries.VisitRow | None,
    *,
    received: list[ReceivedPicture] | None = None,
    refusal: Refused | None = None,
) -> str:
    kept = received or []
    form.kept_photos.data = photos.write_kept(kept)
    text = searched_text()
    values: dict[str, Any] = {
        "form": form,
        "customer": customer,
        "visit": visit,
        "kept": len(kept),
        "currency_sign": currency_sign(),
        "before": queries.list_customer_heads(customer.id, shop_id=current_actor().shop_id, limit=4)
        if customer
        else [],
        "text": text,
        "found": customers.search_customers(text, shop_id=current_actor().shop_id) if text else [],
        "same_people": refusal.values["people"] if isinstance(refusal, CustomerMayExist) else [],
        "checks": list_checks_by_type(current_actor().shop_id),
        "seen": _seen_before(form.imei.data, form.serial.data, customer.id if customer else None),
        "ask_new_owner": isinstance(refusal, DeviceBelongsToOther) or bool(form.has_new_owner.data),
    }
    return render_template("intake/take_in.html", **values)
