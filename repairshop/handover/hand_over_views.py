"""The counter gives a device back: by the pass that was scanned or another proof, paid, signed for."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.errors import Refused
from repairshop.handover import queries, service
from repairshop.handover.collectors import find_collector
from repairshop.handover.dues import Due, get_due
from repairshop.handover.forms import HandOverForm
from repairshop.handover.leaving import with_things_apart
from repairshop.handover.pass_codes import PassHolder
from repairshop.handover.passes import Pass, PassNotTrue, find_pass, list_collectable, may_leave
from repairshop.handover.rules import CollectionMethod, IdentityProof
from repairshop.loaners.queries import find_loan
from repairshop.media.rules import drawn_signature
from repairshop.media.service import receive_signature, store_picture
from repairshop.money import amount_text
from repairshop.notifications.queries import list_for_ticket
from repairshop.notifications.rules import Notice
from repairshop.notifications.verb_pages import TICKET_PAGE, do_verb, refuse_verb, show_verb
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.tickets.stages import Stage, Verb
from repairshop.warranty.queries import coming_covers, list_covers
from repairshop.web.access import staff_only

handing_over = Blueprint("handing_over", __name__)

_PAGE = "handover/hand_over.html"
# The page shows the text of each way out, and the choice at its head shows the one that goes.
_WAYS = {method.value: service.facts_of(method) for method in CollectionMethod}


@handing_over.get("/passes/<code>")
@staff_only(Right.TAKE_IN)
def scanned(code: str) -> ResponseReturnValue:
    """To the hand-over of the one device it is for; a list where there are several or none is ready."""
    found = _find_pass(code)
    if found is None:
        return render_template("handover/pass.html", found=None, heads=[], code=""), 404
    heads = list_collectable(found.visit_id)
    if len(heads) == 1 and may_leave(heads[0].stage):
        return redirect(url_for(".hand_over_form", reference=heads[0].reference, code=code))
    return render_template("handover/pass.html", found=found, heads=heads, code=code, may_leave=may_leave)


@handing_over.get("/tickets/<reference>/hand-over")
@staff_only(Right.TAKE_IN)
def hand_over_form(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    if head.stage is Stage.HANDED_OVER:  # the way back in the browser, or a second tab
        return redirect(url_for(".handed_over", reference=reference))
    form = with_things_apart(HandOverForm(), head)
    due = get_due(head.id)
    form.amount.data = amount_text(due.amount.minor, currency=head.currency) if due.amount.minor else ""
    shown = _pass_for(head, request.args.get("code", ""))
    if shown is not None:
        form.pickup.data = request.args["code"]
        form.collected_by.data = shown.collector.name if shown.collector else ""
        form.proof.data = IdentityProof.PICKUP_PASS.value if shown.holder is PassHolder.CUSTOMER else ""
    context = _context(head, shown, due)
    return show_verb(_PAGE, reference, Verb.HAND_OVER, form, facts=_WAYS, context=context, head=head)


@handing_over.post("/tickets/<reference>/hand-over")
@staff_only(Right.TAKE_IN)
def hand_over(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form, due = with_things_apart(HandOverForm(), head), get_due(head.id)
    code = form.pickup.data or ""
    shown = _pass_for(head, code)
    context = _context(head, shown, due)

    def refuse(refusal: Refused) -> ResponseReturnValue:
        return refuse_verb(_PAGE, reference, Verb.HAND_OVER, form, refusal, facts=_WAYS, context=context)

    if code and shown is None:
        form.pickup.data = ""  # the next sending says how else they were known
        return refuse(PassNotTrue(field="proof"))
    try:
        # Opening a picture takes time, and a database that waits for it keeps everybody else waiting.
        drawing = receive_signature(drawn_signature(form.signature.data)) if form.signature.data else None
    except Refused as refusal:
        return refuse(refusal)

    def act() -> None:
        service.hand_over(
            reference,
            form.collection(pass_seen=_customers_pass_seen(head, code)),
            by=current_actor(),
            payment=form.payment(due=due.amount),
            leaving=form.leaving(),
            signature_media_id=store_picture(drawing) if drawing else None,
            expected_version=form.expected_version,
        )

    there = url_for(".handed_over", reference=reference, code=code or None)
    return do_verb(_PAGE, reference, Verb.HAND_OVER, form, act, context=context, facts=_WAYS, leads_to=there)


@handing_over.get("/tickets/<reference>/handed-over")
@staff_only(Right.TAKE_IN)
def handed_over(reference: str) -> ResponseReturnValue:
    """What is said and printed while the customer still stands there, and what of the visit stays."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    left = queries.get_handover(head.id)
    if left is None:
        return redirect(url_for(TICKET_PAGE, reference=reference))
    messages = [row for row in list_for_ticket(head.id, limit=20) if row.notice in _TELLS_OF_IT]
    return render_template(
        "handover/handed_over.html",
        head=head,
        left=left,
        covers=list_covers(head.id),
        messages=messages,
        staying=list_collectable(head.visit_id) if head.visit_id is not None else [],
        may_leave=may_leave,
        code=request.args.get("code", ""),
    )


_TELLS_OF_IT = frozenset({Notice.HANDED_OVER, Notice.SENT_BACK})


def _context(head: TicketHead, shown: Pass | None, due: Due) -> dict[str, Any]:
    shop = current_shop()
    today = clock.now().astimezone(ZoneInfo(shop.time_zone)).date()
    return {
        "shown": shown,
        "named": find_collector(head.visit_id) if head.visit_id is not None else None,
        "due": due,
        "loan": find_loan(head.id),
        "covers": coming_covers(head, today=today, days=shop.warranty_days),
    }


def _find_pass(code: str) -> Pass | None:
    shop = current_shop()
    today = clock.now().astimezone(ZoneInfo(shop.time_zone)).date()
    return find_pass(code, shop_id=shop.id, key=_key(), today=today)


def _pass_for(head: TicketHead, code: str) -> Pass | None:
    """The pass that was scanned, where it is for this device."""
    found = _find_pass(code) if code else None
    return found if found is not None and found.visit_id == head.visit_id else None


def _customers_pass_seen(head: TicketHead, code: str) -> bool:
    """Whether the customer's own pass was scanned. Asked in the transaction that hands over: PassNotTrue for
    a pass that was taken back meanwhile."""
    shown = _pass_for(head, code)
    if code and shown is None:
        raise PassNotTrue(field="proof")
    return shown is not None and shown.holder is PassHolder.CUSTOMER


def _key() -> str:
    key: str = current_app.extensions["repairshop_config"].link_key
    return key
