"""The page of a ticket's parts: what fits, what is set aside, on order and fitted."""

from flask import render_template, request

from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.parts import knowledge_queries, order_queries, queries, stock_queries
from repairshop.parts.catalogue_queries import PartRow, device_of, find_part, suggest_parts
from repairshop.parts.forms import ExpectedForm, FaultyArrivalForm, FitForm, TakeOutForm
from repairshop.parts.knowledge_queries import EffectRow
from repairshop.parts.stock_rules import require_reservable
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.web.forms import Form


def render_parts_of(reference: str, form: Form) -> str:
    """The form that was sent keeps what was typed; the page's other forms are empty."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    fit_form = form if isinstance(form, FitForm) else FitForm(formdata=None)
    chosen = find_chosen(fit_form)
    effects = effects_of(head.id, chosen) if chosen else []
    if chosen is not None and form is not fit_form:
        fit_form.show(chosen, effects)
    return render_template(
        "parts/show.html",
        head=head,
        parts=queries.list_parts(head.id),
        suggested=suggest_parts(head),
        reservations=stock_queries.list_reservations(head.id),
        may_reserve=_may_reserve(head),
        chosen=chosen,
        effects=effects,
        form=form,
        fit_form=fit_form,
        expected_form=form if isinstance(form, ExpectedForm) else ExpectedForm(formdata=None),
        faulty_form=form if isinstance(form, FaultyArrivalForm) else FaultyArrivalForm(formdata=None),
        late=order_queries.find_late(head.id, shop_id=head.shop_id, at=now()),
        take_out_form=form if isinstance(form, TakeOutForm) else TakeOutForm(formdata=None),
    )


def find_chosen(form: FitForm) -> PartRow | None:
    """The catalogue's part that is to be fitted: named in the form that was sent, or in the address."""
    part_id = form.part.data if form.part.data is not None else request.args.get("part", type=int)
    return find_part(part_id, shop_id=current_actor().shop_id) if part_id and part_id < 2**31 else None


def effects_of(ticket_id: int, part: PartRow) -> list[EffectRow]:
    """What is known of this part in the ticket's device."""
    return knowledge_queries.list_effects(
        current_actor().shop_id, device=device_of(ticket_id), kind=part.kind, origin=part.origin
    )


def _may_reserve(head: TicketHead) -> bool:
    try:
        require_reservable(head.stage)
    except Refused:
        return False
    return True
