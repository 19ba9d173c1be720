"""Small pages about a person: name and language, numbers and addresses.

The person's own page shows tickets too and so lives higher up; it is reached by the name of its endpoint.
"""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.customers import queries, service
from repairshop.customers.forms import (
    ContactForm,
    CustomerForm,
    NewContactForm,
    RemoveContactForm,
    language_choices,
)
from repairshop.customers.queries import CustomerRow
from repairshop.customers.rules import ContactKind
from repairshop.errors import Refused
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.once import once

customers = Blueprint("customers", __name__)


@customers.get("/customers/<int:customer_id>/name")
@staff_only(Right.TAKE_IN)
def name_form(customer_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), CustomerForm()
    form.language.choices = language_choices(current_shop().languages)
    form.name.data, form.language.data = customer.name, customer.language
    form.version.data = customer.version
    return render_template("customers/name.html", customer=customer, form=form)


@customers.post("/customers/<int:customer_id>/name")
@staff_only(Right.TAKE_IN)
def change_name(customer_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), CustomerForm()
    form.language.choices = language_choices(current_shop().languages)
    done = _do(
        customer,
        form,
        lambda: service.change_customer(
            customer_id,
            name=form.name.data,
            language=form.language.data or customer.language,
            by=current_actor(),
            expected_version=form.expected_version,
        ),
    )
    return done or (render_template("customers/name.html", customer=customer, form=form), 422)


@customers.get("/customers/<int:customer_id>/contacts/new")
@staff_only(Right.TAKE_IN)
def new_contact_form(customer_id: int) -> ResponseReturnValue:
    form = NewContactForm()
    form.offer_languages(current_shop().languages)
    return render_template("customers/new_contact.html", customer=_customer(customer_id), form=form)


@customers.post("/customers/<int:customer_id>/contacts/new")
@staff_only(Right.TAKE_IN)
def add_contact(customer_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), NewContactForm()
    form.offer_languages(current_shop().languages)
    done = _do(
        customer,
        form,
        lambda: service.add_contact(
            service.get_customer(customer_id, shop_id=current_actor().shop_id),
            ContactKind(form.kind.data),
            form.value.data,
            country=current_shop().country,
            may_notify=form.may_notify.data,
            language=form.language.data or None,
        ),
    )
    return done or (render_template("customers/new_contact.html", customer=customer, form=form), 422)


@customers.get("/customers/<int:customer_id>/contacts/<int:contact_id>")
@staff_only(Right.TAKE_IN)
def contact_form(customer_id: int, contact_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), ContactForm()
    contact = queries.get_contact_row(contact_id, customer_id=customer_id, shop_id=current_actor().shop_id)
    form.offer_languages(current_shop().languages)
    form.value.data, form.may_notify.data = contact.shown, contact.may_notify
    form.language.data = contact.language or ""
    form.first.data = customer.contacts[0].id == contact.id
    return render_template("customers/contact.html", customer=customer, contact=contact, form=form)


@customers.post("/customers/<int:customer_id>/contacts/<int:contact_id>")
@staff_only(Right.TAKE_IN)
def change_contact(customer_id: int, contact_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), ContactForm()
    contact = queries.get_contact_row(contact_id, customer_id=customer_id, shop_id=current_actor().shop_id)
    form.offer_languages(current_shop().languages)
    done = _do(
        customer,
        form,
        lambda: service.change_contact(
            service.get_customer(customer_id, shop_id=current_actor().shop_id),
            contact_id,
            text=form.value.data,
            country=current_shop().country,
            may_notify=form.may_notify.data,
            language=form.language.data or None,
            first=form.first.data,
        ),
    )
    page = render_template("customers/contact.html", customer=customer, contact=contact, form=form)
    return done or (page, 422)


@customers.get("/customers/<int:customer_id>/contacts/<int:contact_id>/remove")
@staff_only(Right.TAKE_IN)
def remove_contact_form(customer_id: int, contact_id: int) -> ResponseReturnValue:
    contact = queries.get_contact_row(contact_id, customer_id=customer_id, shop_id=current_actor().shop_id)
    return render_template(
        "customers/remove_contact.html",
        customer=_customer(customer_id),
        contact=contact,
        form=RemoveContactForm(),
    )


@customers.post("/customers/<int:customer_id>/contacts/<int:contact_id>/remove")
@staff_only(Right.TAKE_IN)
def remove_contact(customer_id: int, contact_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), RemoveContactForm()
    contact = queries.get_contact_row(contact_id, customer_id=customer_id, shop_id=current_actor().shop_id)
    done = _do(
        customer,
        form,
        lambda: service.remove_contact(
            service.get_customer(customer_id, shop_id=current_actor().shop_id),
            contact_id,
            because=form.because.data,
        ),
    )
    page = render_template("customers/remove_contact.html", customer=customer, contact=contact, form=form)
    return done or (page, 422)


def _customer(customer_id: int) -> CustomerRow:
    return queries.get_customer_row(customer_id, shop_id=current_actor().shop_id)


def _do(customer: CustomerRow, form: Form, act: Callable[[], object]) -> ResponseReturnValue | None:
    """Check, act once, go to the person's page; None when the form has to come back."""
    there = url_for("people.show", customer_id=customer.id)
    if not form.validate():
        return None
    try:
        with transaction():
            once(form, leads_to=there)
            act()
    except Refused as refusal:
        if refusal.field not in form:
            refusal.field = "value" if "value" in form else None
        apply_refusal(form, refusal)
        return None
    return redirect(there)
