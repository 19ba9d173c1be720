"""A warranty claim from the customer's page: what is wrong again, and what became of it."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.errors import Refused
from repairshop.portal import repair, session
from repairshop.portal.forms import ClaimForm
from repairshop.tickets.queries import TicketHead
from repairshop.tickets.stages import OPEN_STAGES, Stage
from repairshop.transaction import transaction
from repairshop.warranty.queries import find_last_repair, get_warranty, list_claims, list_covers
from repairshop.warranty.service import open_warranty_claim
from repairshop.web.access import portal_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once
from repairshop.web.saying import say_done

claims = Blueprint("claims", __name__)


@claims.get("/repair/<reference>/claim")
@portal_only
def show(reference: str) -> ResponseReturnValue:
    """Also after the last day: then it says so, and who to talk to."""
    return _draw(repair.get_head_of_visit(reference, guest=session.current_guest()), ClaimForm(formdata=None))


@claims.post("/repair/<reference>/claim")
@portal_only
def make(reference: str) -> ResponseReturnValue:
    """A new job, booked, on a visit of its own; the customer gets its link by their own channel."""
    guest, form = session.current_guest(), ClaimForm()
    head = repair.get_own_head(reference, guest=guest, with_warranty_only=True)
    there = url_for(".show", reference=reference)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                open_warranty_claim(
                    reference,
                    reported_fault=form.reported_fault.data or "",
                    device_is_here=False,
                    same_fault=form.same_fault.data == "yes",
                    by=session.customer_of(guest),
                )
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return say_done("claim_sent", redirect(there, 303))
    return _draw(head, form), 422


def _draw(head: TicketHead, form: ClaimForm) -> str:
    guest = session.current_guest()
    warranty = get_warranty(head.id)
    made = list_claims(warranty.ticket_id) if warranty else []
    zone = ZoneInfo(guest.shop.time_zone)
    today = clock.now().astimezone(zone).date()
    last = find_last_repair(warranty.id, head.fault_key, zone=zone) if warranty and head.fault_key else None
    comeback_until = last.left_on + timedelta(days=guest.shop.comeback_days) if last else None
    return render_template(
        "portal/claim.html",
        guest=guest,
        shop=guest.shop,
        head=head,
        form=form,
        warranty=warranty,
        covers=list_covers(head.id),
        comeback_until=comeback_until if comeback_until and today <= comeback_until else None,
        claims=made,
        is_open=any(one.stage in OPEN_STAGES for one in made),
        is_booked=any(one.stage is Stage.BOOKED for one in made),
        is_over=warranty is not None and today > warranty.ends_on,
        has_left=head.stage is Stage.HANDED_OVER,
    )
