"""What a person wants to hear from the shop, address by address: seen and changed, with who and why."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.customers import queries as customers
from repairshop.customers.queries import ContactRow, CustomerRow
from repairshop.customers.rules import ContactKind
from repairshop.inbox.forms import WishForm
from repairshop.notifications.consent import (
    ConsentRow,
    change_by_staff,
    list_consent_steps,
    list_consents,
)
from repairshop.notifications.rules import Channel
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.web.access import staff_only
from repairshop.web.once import done_once

wishes = Blueprint("wishes", __name__)
_CHANNELS = {ContactKind.PHONE: Channel.SMS, ContactKind.EMAIL: Channel.EMAIL}


@wishes.get("/customers/<int:customer_id>/wishes")
@staff_only(Right.TAKE_IN)
def show(customer_id: int) -> ResponseReturnValue:
    customer = customers.get_customer_row(customer_id, shop_id=current_actor().shop_id)
    addresses = [_address(contact) for contact in customer.contacts]
    consents = list_consents(addresses)
    return render_template(
        "inbox/wishes.html",
        customer=customer,
        contacts=[
            (contact, [row for row in consents if (row.channel, row.recipient) == _address(contact)])
            for contact in customer.contacts
        ],
        steps=list_consent_steps(addresses),
    )


@wishes.get("/customers/<int:customer_id>/wishes/<int:contact_id>")
@staff_only(Right.TAKE_IN)
def form(customer_id: int, contact_id: int) -> ResponseReturnValue:
    customer, contact = _find(customer_id, contact_id)
    rows, form = list_consents([_address(contact)]), WishForm(formdata=None)
    for row in rows:
        form[row.purpose.value].data = not row.opted_out
    return _draw(customer, contact, form, rows)


@wishes.post("/customers/<int:customer_id>/wishes/<int:contact_id>")
@staff_only(Right.TAKE_IN)
def change(customer_id: int, contact_id: int) -> ResponseReturnValue:
    customer, contact = _find(customer_id, contact_id)
    channel, address = _address(contact)
    form = WishForm()
    done = done_once(
        form,
        lambda: change_by_staff(
            channel, address, form.wanted, reason=form.reason.data or "", by=current_actor()
        ),
        leads_to=url_for("wishes.show", customer_id=customer.id),
    )
    return done or (_draw(customer, contact, form, list_consents([(channel, address)])), 422)


def _find(customer_id: int, contact_id: int) -> tuple[CustomerRow, ContactRow]:
    shop_id = current_actor().shop_id
    contact = customers.get_contact_row(contact_id, customer_id=customer_id, shop_id=shop_id)
    return customers.get_customer_row(customer_id, shop_id=shop_id), contact


def _address(contact: ContactRow) -> tuple[Channel, str]:
    return _CHANNELS[contact.kind], contact.value


def _draw(customer: CustomerRow, contact: ContactRow, form: WishForm, rows: list[ConsentRow]) -> str:
    return render_template("inbox/wish.html", customer=customer, contact=contact, form=form, rows=rows)
