"""From what was typed to what the verbs take."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from flask import request

from repairshop.catalogue.rules import DeviceType
from repairshop.customers.queries import CustomerRow
from repairshop.customers.rules import ContactKind, normalised_imei
from repairshop.customers.service import NewDevice, normalised_contact
from repairshop.errors import Refused
from repairshop.intake.forms import NEW, DeviceFields, FactsForm, IntakeForm, JobFields, PersonFields
from repairshop.intake.people import NewCustomer, Person, require_new_customer
from repairshop.intake.presets import PresetFacts, find_chosen
from repairshop.intake.rules import DeviceMissing, split_accessories
from repairshop.intake.service import Arrival, Job, Thing
from repairshop.media.rules import ReceivedPicture
from repairshop.money import parse_amount
from repairshop.privacy.rules import Answer, Choice, ReasonMissing
from repairshop.staff.queries import ShopFacts
from repairshop.tickets.rules import SymptomCondition
from repairshop.web.forms import Form, clean_text

CONTACT_FIELDS = {
    "phone": ContactKind.PHONE,
    "phone2": ContactKind.PHONE,
    "email": ContactKind.EMAIL,
}


def person_of(form: PersonFields, customer: CustomerRow | None) -> Person:
    """A known person brings what was typed of them before it was known who they are: a new number."""
    phones = tuple(text for text in (form.phone.data, form.phone2.data) if text)
    typed = NewCustomer(
        name=form.name.data or "",
        phones=phones,
        email=form.email.data or "",
        language=form.language.data or "en",
    )
    if customer is not None:
        return Person(customer_id=customer.id, new=typed)
    return Person(new=typed, is_another=bool(form.is_another.data))


def thing_of(form: DeviceFields) -> Thing:
    """A chosen device, or a new one: its type and at least a brand or model."""
    chosen = form.device.data or NEW
    if chosen != NEW:
        return Thing(device_id=int(chosen), has_new_owner=bool(form.has_new_owner.data))
    if not form.device_type.data:
        raise DeviceMissing(field="device_type")
    if not (form.brand.data or form.model.data):
        raise DeviceMissing(field="model")
    return Thing(facts=facts_of(form), has_new_owner=bool(form.has_new_owner.data))


def facts_of(form: DeviceFields) -> NewDevice:
    return NewDevice(
        device_type=DeviceType(form.device_type.data),
        brand=form.brand.data or "",
        model=form.model.data or "",
        colour=form.colour.data or "",
        imei=form.imei.data or "",
        serial=form.serial.data or "",
        unreadable_because=form.unreadable_because.data or "",
    )


def job_of(form: JobFields, presets: Sequence[PresetFacts], *, currency: str) -> Job:
    """An empty fixed price is the chosen fault's, where it has one."""
    chosen = find_chosen(presets, form.preset.data)
    fixed = amount_of(form, "fixed_price", currency=currency)
    if fixed is None and chosen is not None:
        fixed = chosen.fixed_price_minor
    return Job(
        fault_key=chosen.preset.key if chosen else "",
        fault_label=chosen.preset.label if chosen else "",
        reported_fault=form.reported_fault.data or "",
        symptom_condition=condition_of(form),
        condition_note=form.condition_note.data or "" if "condition_note" in form else "",
        accessories=split_accessories(form.accessories.data or "") if "accessories" in form else (),
        spend_limit_minor=amount_of(form, "spend_limit", currency=currency),
        fixed_price_minor=fixed,
        needed_by=form.needed_by.data or "",
    )


def condition_of(form: JobFields | FactsForm) -> SymptomCondition | None:
    """When the customer sees the fault, where somebody asked."""
    return SymptomCondition(form.symptom.data) if form.symptom.data else None


def amount_of(form: Form, name: str, *, currency: str) -> int | None:
    """An amount field in minor units, None where it is empty."""
    text = form[name].data
    return parse_amount(text, currency=currency, field=name) if text else None


def arrival_of(
    form: IntakeForm, presets: Sequence[PresetFacts], photos: Sequence[ReceivedPicture], *, currency: str
) -> Arrival:
    """Empty dates are the usual ones of the chosen fault."""
    earliest, latest = dates_of(form, presets)
    return Arrival(
        reach_note=form.reach_note.data or "",
        sim_number=form.sim_number.data or "",
        credential=_credential_of(form),
        earliest=earliest,
        latest=latest,
        place=form.place.data or "",
        photos=tuple(photos),
        lending=form.lending(currency=currency),
        diagnosis_fee_minor=amount_of(form, "diagnosis_fee", currency=currency),
    )


def dates_of(form: IntakeForm, presets: Sequence[PresetFacts]) -> tuple[date | None, date | None]:
    if form.earliest.data or form.latest.data:
        return form.earliest.data, form.latest.data
    chosen = find_chosen(presets, form.preset.data)
    return (chosen.dates.earliest, chosen.dates.latest) if chosen else (None, None)


def _credential_of(form: IntakeForm) -> Answer:
    choice = Choice(form.credential.data or Choice.NOT_NEEDED)
    reason = (form.credential_reason.data or "") if choice is Choice.NEEDED else ""
    if choice is Choice.NEEDED and not reason:
        raise ReasonMissing(field="credential_reason")
    return Answer(choice=choice, reason=reason)


def problems_of(
    form: PersonFields | DeviceFields | JobFields, *, is_known: bool, shop: ShopFacts
) -> list[Refused]:
    """Everything about the form that can be told without the database, so that all of it is said at once."""
    checks: list[Callable[[], object]] = [
        partial(_contact_value, form, name, kind, shop.country) for name, kind in CONTACT_FIELDS.items()
    ]
    if not is_known:
        checks.insert(0, lambda: require_new_customer(person_of(form, None).new))
    if isinstance(form, DeviceFields):
        checks += [
            lambda: thing_of(form),
            lambda: normalised_imei(form.imei.data) if form.imei.data else None,
        ]
    if isinstance(form, JobFields):
        checks += [
            partial(amount_of, form, name, currency=shop.currency) for name in ("spend_limit", "fixed_price")
        ]
    if isinstance(form, IntakeForm):
        checks += [
            partial(amount_of, form, "diagnosis_fee", currency=shop.currency),
            partial(_credential_of, form),
            partial(form.lending, currency=shop.currency),
        ]
    return [refusal for refusal in map(_refusal_of, checks) if refusal is not None]


def _contact_value(form: PersonFields, name: str, kind: ContactKind, country: str) -> str:
    text = form[name].data
    return normalised_contact(kind, text, country=country, field=name) if text else ""


def forget_known_contacts(form: PersonFields, customer: CustomerRow, *, country: str) -> None:
    """Of what was typed for somebody new, only what this person does not have yet stays in the form."""
    known = {point.value: point for point in customer.contacts}
    for name, kind in CONTACT_FIELDS.items():
        try:
            value = _contact_value(form, name, kind, country)
        except Refused:
            continue  # it stays as it was typed, and saving says what is wrong with it
        if value in known:
            form[name].data = ""
            if "sim_number" in form and form.sim_number.data == NEW and name == "phone":
                form.sim_number.data = str(known[value].id)


def _refusal_of(check: Callable[[], object]) -> Refused | None:
    try:
        check()
    except Refused as refusal:
        return refusal
    except ValueError:
        return None  # a choice the page does not offer: the form itself has said so
    return None


def searched_text() -> str:
    """What was typed into the search of a page's address, cleaned like a form's field."""
    return str(clean_text(request.args.get("q", "")))[:120]
