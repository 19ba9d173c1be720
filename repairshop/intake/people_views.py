"""Find a person; everything the shop knows of one on a page."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.customers import queries as customers
from repairshop.customers.alike_queries import list_alike, traits_of
from repairshop.intake import queries
from repairshop.intake.reading import searched_text
from repairshop.merging.queries import list_merges
from repairshop.notifications.consent import list_stopped
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.web.access import staff_only
from repairshop.web.row_numbers import row_number

people = Blueprint("people", __name__)


@people.get("/customers")
@staff_only(Right.SEE_TICKETS)
def find() -> ResponseReturnValue:
    """By the end of a number, a name, a mail address, an IMEI or a serial."""
    text = searched_text()
    found = customers.search_customers(text, shop_id=current_actor().shop_id) if text else []
    return render_template("customers/find.html", text=text, found=found)


@people.get("/customers/<int:customer_id>")
@staff_only(Right.SEE_TICKETS)
def show(customer_id: int) -> ResponseReturnValue:
    shop_id = current_actor().shop_id
    customer = customers.get_customer_row(customer_id, shop_id=shop_id)
    if customer.id != customer_id:
        return redirect(url_for("people.show", customer_id=customer.id, was=customer_id))
    merges = list_merges(customer_id)
    was = request.args.get("was", type=row_number)
    return render_template(
        "customers/show.html",
        customer=customer,
        merges=merges,
        merged=next((row for row in merges if row.gone_id == was), None),
        alike=list_alike(traits_of(customer), shop_id=shop_id, besides=customer_id),
        tickets=queries.list_customer_heads(customer_id, shop_id=shop_id),
        held={device.id: device.label for device in customer.devices},
        stopped=list_stopped([contact.value for contact in customer.contacts]),
    )
