"""The page of one part: what it is, its figures, the forms that change them, and the book of movements."""

from flask import render_template, request

from repairshop.parts import knowledge_queries, order_queries, stock_queries
from repairshop.parts.catalogue_queries import PartRow
from repairshop.parts.forms import (
    CountForm,
    GoneForm,
    ReceiveForm,
    ReturnPartForm,
    StockOrderForm,
)
from repairshop.parts.rules import FitsDevice
from repairshop.staff.session import current_actor
from repairshop.web.forms import Form


def render_part(part: PartRow, form: Form) -> str:
    """The form that was sent keeps what was typed; the page's other forms are empty."""
    device = FitsDevice(
        device_type=part.device_type, brand=part.brand, model=part.models[0] if part.models else ""
    )
    effects = knowledge_queries.list_effects(
        current_actor().shop_id, device=device, kind=part.kind, origin=part.origin
    )
    count_form = form if isinstance(form, CountForm) else CountForm(formdata=None)
    count_form.books.data = part.on_hand  # anew: whoever was refused has seen the new figure
    sent = request.endpoint if type(form) is GoneForm else ""
    forms = {
        "receive_form": form if isinstance(form, ReceiveForm) else ReceiveForm(formdata=None),
        "faulty_form": form if sent == "stock.find_faulty" else GoneForm(formdata=None),
        "missing_form": form if sent == "stock.missing" else GoneForm(formdata=None),
        "return_form": form if isinstance(form, ReturnPartForm) else ReturnPartForm(formdata=None),
        "count_form": count_form,
        "order_form": form if isinstance(form, StockOrderForm) else StockOrderForm(formdata=None),
    }
    for name, one in forms.items():
        for field in one:  # several forms of the page have a field of the same name
            field.id = f"{name}-{field.name}"
    return render_template(
        "parts/part.html",
        part=part,
        effects=effects,
        form=form,
        **forms,
        orders=order_queries.get_orders_of(part.id, shop_id=current_actor().shop_id),
        movements=stock_queries.list_movements(part.id),
        pieces=stock_queries.list_pieces_here(part.id) if part.serialised else [],
        reservations=stock_queries.list_reservations_of_part(part.id),
    )
