"""Booked repairs: book one, check it in when it is brought, cancel it; and the facts of any ticket."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.customers import queries as customers
from repairshop.customers.queries import CustomerRow
from repairshop.customers.service import NewDevice
from repairshop.errors import Refused
from repairshop.intake import completion, photos, queries, service
from repairshop.intake.completion import TicketFacts
from repairshop.intake.forms import BookingForm, CancelForm, FactsForm, IntakeForm
from repairshop.intake.presets import PresetFacts, list_checks_by_type, list_preset_facts
from repairshop.intake.queries import IntakeFacts
from repairshop.intake.reading import (
    amount_of,
    arrival_of,
    condition_of,
    forget_known_contacts,
    job_of,
    person_of,
    searched_text,
    thing_of,
)
from repairshop.intake.rules import CancelReason, CustomerMayExist, DeviceBelongsToOther, split_accessories
from repairshop.intake.service import Thing
from repairshop.intake.views import currency_sign, customer_in_address, intake, is_sound, person_chosen
from repairshop.loaners.queries import list_loaners
from repairshop.media.rules import ReceivedPicture
from repairshop.money import amount_text
from repairshop.notifications.verb_pages import do_verb, show_verb
from repairshop.promises.queries import get_calendar
from repairshop.promises.rules import add_open_days
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets import queries as tickets
from repairshop.tickets.queries import TicketHead
from repairshop.tickets.rules import MoveFacts
from repairshop.tickets.stages import Verb, require_move
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once, remember_result

__all__ = ["intake"]  # the wiring takes it from here, so that these routes are on it

_CANCEL = "intake/cancel.html"


@intake.get("/book")
@staff_only(Right.TAKE_IN)
def book_form() -> ResponseReturnValue:
    customer, form = customer_in_address(), BookingForm()
    _offer_booking(form, customer)
    calendar = get_calendar(current_shop().id)
    form.comes_on.data = add_open_days(calendar, calendar.local_day(clock.now()), 1)
    form.phone.data = request.args.get("phone", "")[:40]
    return _render_booking(form, customer)


@intake.post("/book")
@staff_only(Right.TAKE_IN)
def book() -> ResponseReturnValue:
    chosen, form = person_chosen(), BookingForm()
    customer = chosen or customer_in_address()
    presets = _offer_booking(form, customer)
    if chosen is not None:
        forget_known_contacts(form, chosen, country=current_shop().country)
        return _render_booking(form, chosen)
    if not is_sound(form, is_known=customer is not None):
        return _render_booking(form, customer), 422
    try:
        job = job_of(form, presets, currency=current_shop().currency)
        with transaction():
            once(form)
            reference = service.book(
                person_of(form, customer),
                thing_of(form),
                job,
                comes_on=form.comes_on.data,
                time_note=form.time_note.data or "",
                by=current_actor(),
            )
            booked = url_for("board.ticket", reference=reference)
            remember_result(form, booked)
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _render_booking(form, customer, refusal), 422
    return redirect(booked)


def _offer_booking(form: BookingForm, customer: CustomerRow | None) -> list[PresetFacts]:
    shop = current_shop()
    presets = list_preset_facts(shop, at=clock.now())
    form.offer_languages(shop.languages)
    form.offer_devices(customer)
    form.offer_presets(presets)
    return presets


def _render_booking(form: BookingForm, customer: CustomerRow | None, refusal: Refused | None = None) -> str:
    text = searched_text()
    return render_template(
        "intake/book.html",
        form=form,
        customer=customer,
        text=text,
        found=customers.search_customers(text, shop_id=current_actor().shop_id) if text else [],
        currency_sign=currency_sign(),
        same_people=refusal.values["people"] if isinstance(refusal, CustomerMayExist) else [],
        ask_new_owner=isinstance(refusal, DeviceBelongsToOther) or bool(form.has_new_owner.data),
    )


@intake.get("/tickets/<reference>/check-in")
@staff_only(Right.TAKE_IN)
def check_in_form(reference: str) -> ResponseReturnValue:
    head = _head(reference)
    require_move(head.stage, Verb.CHECK_IN)
    facts, customer = queries.get_intake_facts(head.id), _customer_of(head)
    form = IntakeForm()
    presets = _offer_check_in(form, customer, facts)
    _prefill_check_in(form, head, facts, presets, customer)
    return _render_check_in(form, head, facts, customer)


@intake.post("/tickets/<reference>/check-in")
@staff_only(Right.TAKE_IN)
def check_in(reference: str) -> ResponseReturnValue:
    head = _head(reference)
    facts, customer = queries.get_intake_facts(head.id), _customer_of(head)
    form = IntakeForm()
    presets = _offer_check_in(form, customer, facts)
    received, refused = photos.receive_all(form.photos.data or [], photos.read_kept(form.kept_photos.data))
    form.device.data = str(facts.device_id)  # it is the booked one
    if not is_sound(form, refused, is_known=True):
        return _render_check_in(form, head, facts, customer, received=received), 422
    there = url_for("check_in.complete_form", reference=reference, saved=1)
    try:
        job = job_of(form, presets, currency=head.currency)
        arrival = arrival_of(form, presets, received, currency=head.currency)
        with transaction():
            once(form, leads_to=there)
            service.check_in(
                reference,
                _thing_read(form, facts),
                job,
                arrival,
                by=current_actor(),
                expected_version=form.expected_version,
            )
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _render_check_in(form, head, facts, customer, received=received, refusal=refusal), 422
    return redirect(there)


def _thing_read(form: IntakeForm, facts: IntakeFacts) -> Thing:
    """What was read off the device now that it is here; type, brand and model stand since the booking."""
    read = NewDevice(
        device_type=facts.device_type,
        colour=form.colour.data or "",
        imei=form.imei.data or "",
        serial=form.serial.data or "",
        unreadable_because=form.unreadable_because.data or "",
    )
    return Thing(device_id=facts.device_id, facts=read, has_new_owner=bool(form.has_new_owner.data))


def _offer_check_in(form: IntakeForm, customer: CustomerRow | None, facts: IntakeFacts) -> list[PresetFacts]:
    shop = current_shop()
    everything = list_preset_facts(shop, at=clock.now())
    presets = [each for each in everything if each.preset.device_type is facts.device_type]
    form.offer_languages(shop.languages)
    form.offer_devices(None)
    form.offer_numbers(customer)
    form.offer_presets(presets)
    form.offer_loaners(list_loaners(shop.id), none=True)
    return presets


def _prefill_check_in(
    form: IntakeForm,
    head: TicketHead,
    facts: IntakeFacts,
    presets: list[PresetFacts],
    customer: CustomerRow | None,
) -> None:
    """Nothing that was asked at the booking is asked again."""
    form.version.data = head.stage_version
    chosen = next((each for each in presets if head.fault_key and each.preset.key == head.fault_key), None)
    form.preset.data = str(chosen.preset.id) if chosen else ""
    form.reported_fault.data, form.needed_by.data = facts.reported_fault, facts.needed_by
    form.symptom.data = facts.symptom_condition or ""
    form.condition_note.data = facts.condition_note
    form.accessories.data = ", ".join(facts.accessories)
    form.colour.data, form.imei.data, form.serial.data = facts.colour, facts.imei or "", facts.serial or ""
    form.unreadable_because.data = facts.unreadable_because
    form.spend_limit.data = _amount(facts.spend_limit_minor, head.currency)
    form.fixed_price.data = _amount(facts.fixed_price_minor, head.currency)
    first = customer.contacts[0].shown if customer and customer.contacts else ""
    form.reach_note.data = facts.reach_note or first


def _render_check_in(
    form: IntakeForm,
    head: TicketHead,
    facts: IntakeFacts,
    customer: CustomerRow | None,
    *,
    received: list[ReceivedPicture] | None = None,
    refusal: Refused | None = None,
) -> str:
    form.kept_photos.data = photos.write_kept(received or [])
    return render_template(
        "intake/take_in.html",
        form=form,
        booked=True,
        head=head,
        facts=facts,
        customer=customer,
        visit=None,
        before=[],
        kept=len(received or []),
        currency_sign=currency_sign(),
        checks=list_checks_by_type(current_actor().shop_id),
        text="",
        found=[],
        same_people=[],
        ask_new_owner=isinstance(refusal, DeviceBelongsToOther) or bool(form.has_new_owner.data),
    )


@intake.get("/tickets/<reference>/cancel")
@staff_only(Right.TAKE_IN)
def cancel_form(reference: str) -> ResponseReturnValue:
    return show_verb(_CANCEL, reference, Verb.CANCEL, CancelForm())


@intake.post("/tickets/<reference>/cancel")
@staff_only(Right.TAKE_IN)
def cancel(reference: str) -> ResponseReturnValue:
    form = CancelForm()
    facts = MoveFacts(reason=form.reason.data) if form.reason.data in set(CancelReason) else None
    return do_verb(
        _CANCEL,
        reference,
        Verb.CANCEL,
        form,
        lambda: service.cancel(
            reference,
            reason=CancelReason(form.reason.data),
            by=current_actor(),
            expected_version=form.expected_version,
        ),
        facts=facts,
    )


@intake.get("/tickets/<reference>/facts")
@staff_only(Right.TAKE_IN)
def facts_form(reference: str) -> ResponseReturnValue:
    head = _head(reference)
    facts, form = queries.get_intake_facts(head.id), FactsForm()
    form.seen.data = facts.seen
    form.reported_fault.data, form.condition_note.data = facts.reported_fault, facts.condition_note
    form.symptom.data = facts.symptom_condition or ""
    form.accessories.data, form.needed_by.data = ", ".join(facts.accessories), facts.needed_by
    form.reach_note.data = facts.reach_note
    form.spend_limit.data = _amount(facts.spend_limit_minor, head.currency)
    return render_template("intake/facts.html", head=head, form=form, currency_sign=currency_sign())


@intake.post("/tickets/<reference>/facts")
@staff_only(Right.TAKE_IN)
def change_facts(reference: str) -> ResponseReturnValue:
    head, form = _head(reference), FactsForm()
    there = url_for("board.ticket", reference=reference)
    if form.validate():
        try:
            facts = TicketFacts(
                reported_fault=form.reported_fault.data or "",
                symptom_condition=condition_of(form),
                condition_note=form.condition_note.data or "",
                accessories=split_accessories(form.accessories.data or ""),
                spend_limit_minor=amount_of(form, "spend_limit", currency=head.currency),
                needed_by=form.needed_by.data or "",
                reach_note=form.reach_note.data or "",
            )
            with transaction():
                once(form, leads_to=there)
                completion.change_facts(reference, facts, seen=form.seen.data or "", by=current_actor())
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(there)
    return render_template("intake/facts.html", head=head, form=form, currency_sign=currency_sign()), 422


def _head(reference: str) -> TicketHead:
    return tickets.get_head(reference, shop_id=current_actor().shop_id)


def _customer_of(head: TicketHead) -> CustomerRow | None:
    if head.customer_id is None:
        return None
    return customers.get_customer_row(head.customer_id, shop_id=head.shop_id)


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else amount_text(minor, currency=currency)
