"""Small pages about a person: name and language, numbers and addresses.

The person's own page shows tickets too and so lives higher up; it is reached by the name of its endpoint.
"""

from flask import Blueprint, render_template, url_for
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
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.web.access import staff_only
from repairshop.web.once import done_once

customers = Blueprint("customers", __name__)


@customers.get("/customers/<int:customer_id>/name")
@staff_only(Right.TAKE_IN)
def name_form(customer_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), CustomerForm()
    form.language.choices = language_choices(current_shop().languages)
    form.name.data, form.language.data = customer.name, customer.language
    form.quiet_from.data, form.quiet_to.data = customer.quiet_from, customer.quiet_to
    form.version.data = customer.version
    return render_template("customers/name.html", customer=customer, form=form)


@customers.post("/customers/<int:customer_id>/name")
@staff_only(Right.TAKE_IN)
def change_name(customer_id: int) -> ResponseReturnValue:
    customer, form = _customer(customer_id), CustomerForm()
    form.language.choices = language_choices(current_shop().languages)
    done = done_once(
        form,
        lambda: service.change_customer(
            customer_id,
            name=form.name.data,
            language=form.language.data or customer.language,
            quiet=(form.quiet_from.data, form.quiet_to.data) if form.quiet_from.data else None,
            by=current_actor(),
            expected_version=form.expected_version,
        ),
        leads_to=_page(customer),
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
    done = done_once(
        form,
        lambda: service.add_contact(
            service.get_customer(customer_id, shop_id=current_actor().shop_id),
            ContactKind(form.kind.data),
            form.value.data,
            country=current_shop().country,
            may_notify=form.may_notify.data,
            language=form.language.data or None,
        ),
        leads_to=_page(customer),
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
    done = done_once(
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
        leads_to=_page(customer),
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
    done = done_once(
        form,
        lambda: service.remove_contact(
            service.get_customer(customer_id, shop_id=current_actor().shop_id),
            contact_id,
            because=form.because.data,
        ),
        leads_to=_page(customer),
    )
    page = render_template("customers/remove_contact.html", customer=customer, contact=contact, form=form)
    return done or (page, 422)


def _customer(customer_id: int) -> CustomerRow:
    return queries.get_customer_row(customer_id, shop_id=current_actor().shop_id)


def _page(customer: CustomerRow) -> str:
    return url_for("people.show", customer_id=customer.id)
