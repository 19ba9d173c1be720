"""The hand-to-hand page, and the shop's places with the sheet of codes to print."""

from base64 import b64encode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.codes import Scan, ScanKind, find_code, read_scan
from repairshop.custody import queries, service
from repairshop.custody.forms import PlaceForm, ScanForm, UndoForm
from repairshop.custody.rules import DeviceNotScanned, NotOurs, PlaceKind
from repairshop.errors import NotFound, Refused
from repairshop.qr import qr_svg
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets.custody import newest_step
from repairshop.tickets.queries import TicketHead, get_head, list_accessories
from repairshop.tickets.rules import DEVICE, SIM_TRAY
from repairshop.tickets.stages import FINAL_STAGES
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.once import done_once, once

custody = Blueprint("custody", __name__)


@custody.get("/hand-to-hand")
@staff_only(Right.SEE_TICKETS)
def show() -> ResponseReturnValue:
    form = ScanForm(formdata=None)
    head, done = _head_of("ticket"), _head_of("done")
    _offer(form, head)
    form.reference.data = head.reference if head else ""
    return _render(form, head=head, done=done)


@custody.post("/hand-to-hand")
@staff_only(Right.SEE_TICKETS)
def scan() -> ResponseReturnValue:
    """A label opens its device here; with a device open, a place, a person or a command moves it there."""
    form = ScanForm()
    head = _find_head(form.reference.data or "")
    _offer(form, head)
    if not form.validate():
        return _render(form, head=head), 422
    try:
        scanned = read_scan(form.said)
        named = _find_named(form.said, scanned)
        if named is not None:
            return redirect(url_for("custody.show", ticket=named.reference))
        if scanned is not None and scanned.kind is ScanKind.PICKUP:
            return redirect(url_for("board.find", q=form.said))
        if scanned is None or scanned.kind is ScanKind.TICKET:
            raise NotOurs(field="q")
        if head is None:
            raise DeviceNotScanned(field="q")
        there = url_for("custody.show", done=head.reference)
        with transaction():
            once(form, leads_to=there)
            service.record_scan(
                head.reference,
                scanned,
                item=form.item.data or DEVICE,
                by=current_actor(),
                seen=form.seen.data or "",
            )
    except Refused as refusal:
        apply_refusal(form, refusal)
        return _render(form, head=head), 422
    return redirect(there)


@custody.post("/hand-to-hand/<reference>/undo")
@staff_only(Right.SEE_TICKETS)
def undo(reference: str) -> ResponseReturnValue:
    form, there = UndoForm(), url_for("custody.show", ticket=reference)
    head = get_head(reference, shop_id=current_actor().shop_id)
    if not form.validate():
        return redirect(there)
    try:
        with transaction():
            once(form, leads_to=there)
            service.take_back(reference, form.step.data or "", by=current_actor())
    except Refused as refusal:
        scan_form = ScanForm(formdata=None)
        scan_form.reference.data = reference
        _offer(scan_form, head)
        apply_refusal(scan_form, refusal)
        return _render(scan_form, head=head), 422
    return redirect(there)


@custody.get("/shop/places")
@staff_only(Right.MANAGE)
def places() -> ResponseReturnValue:
    return _render_places(PlaceForm(formdata=None))


@custody.post("/shop/places")
@staff_only(Right.MANAGE)
def add_place() -> ResponseReturnValue:
    form = PlaceForm()

    def act() -> None:
        service.add_place(form.name.data, kind=PlaceKind(form.kind.data), by=current_actor())

    return done_once(form, act, leads_to=url_for("custody.places")) or (_render_places(form), 422)


@custody.post("/shop/places/<int:place_id>/retire")
@staff_only(Right.MANAGE)
def retire_place(place_id: int) -> ResponseReturnValue:
    form = Form()
    if form.validate():
        with transaction():
            once(form, leads_to=url_for("custody.places"))
            service.retire_place(place_id, by=current_actor())
    return redirect(url_for("custody.places"))


@custody.get("/shop/places/sheet")
@staff_only(Right.MANAGE)
def sheet() -> ResponseReturnValue:
    """All codes on paper, to stick on shelves and to lay on the bench."""
    return render_template(
        "custody/sheet.html", choices=queries.list_codes(current_actor().shop_id), picture=_picture
    )


def _picture(code: str) -> str:
    return b64encode(qr_svg(code)).decode()


def _render_places(form: PlaceForm) -> str:
    rows = queries.list_places(current_actor().shop_id)
    return render_template("custody/places.html", form=form, places=rows)


def _render(form: ScanForm, *, head: TicketHead | None, done: TicketHead | None = None) -> str:
    at = clock.now()
    form.seen.data = newest_step(head.id) if head else ""
    last = queries.find_last_step(done.id) if done else None
    undo_form = UndoForm(formdata=None)
    undo_form.step.data = str(last.id) if last else ""
    return render_template(
        "custody/show.html",
        form=form,
        undo_form=undo_form,
        last=last,
        may_undo=last is not None and last.may_be_taken_back(by=current_actor(), at=at),
        head=head,
        done=done,
        choices=queries.list_codes(current_actor().shop_id) if head else [],
        lost=queries.list_lost(current_actor().shop_id, at=at),
        at=at,
    )


def _offer(form: ScanForm, head: TicketHead | None) -> None:
    """What may be passed on: when the job is over, what was left behind."""
    if head is not None and head.stage in FINAL_STAGES:
        form.offer([thing.item for thing in queries.list_things(head.id)])
    else:
        form.offer([DEVICE, SIM_TRAY, *(list_accessories(head.id) if head else [])])


def _head_of(argument: str) -> TicketHead | None:
    return _find_head(request.args.get(argument, ""))


def _find_named(said: str, scanned: Scan | None) -> TicketHead | None:
    """The device whose label was scanned, or whose code was typed."""
    code = scanned.text if scanned and scanned.kind is ScanKind.TICKET else find_code(said)
    return _find_head(code) if code else None


def _find_head(reference: str) -> TicketHead | None:
    if not find_code(reference):
        return None
    try:
        return get_head(reference, shop_id=current_actor().shop_id)
    except NotFound:
        return None
