"""Scan and act: a label opens its job with large buttons, a command or a place does the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.board import queries
from repairshop.board.blueprint import board
from repairshop.board.finding import read_wanted
from repairshop.board.forms import ActForm
from repairshop.board.limits import Filled, chosen_column
from repairshop.board.moving import (
    BenchCommand,
    CommandUnknown,
    DeviceFirst,
    carry_out,
    code_of,
    needs_form,
    read_command,
)
from repairshop.board.queries import Filters, find_fresh_move
from repairshop.board.rules import Column, Job, late_for, next_up
from repairshop.board.ticket_queries import Particulars, get_particulars
from repairshop.board.verbs import ENDPOINTS, Action, Actions
from repairshop.codes import Scan, ScanKind, scan_text
from repairshop.custody.rules import Command
from repairshop.custody.service import record_scan
from repairshop.errors import NotFound, Refused
from repairshop.notifications.previews import Preview, preview_each
from repairshop.notifications.queries import MessageRow, list_for_ticket
from repairshop.qr import qr_svg
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.rules import DEVICE
from repairshop.tickets.stages import ARROWS, Stage, Verb
from repairshop.transaction import transaction
from repairshop.web.access import safe_next, staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once
from repairshop.workshop.queries import sum_up
from repairshop.workshop.rules import WORK_STAGES

_QUEUE_LENGTH = 12


@board.get("/bench/act")
@staff_only(Right.SEE_TICKETS)
def act() -> ResponseReturnValue:
    """Without a job the page shows what is next; with one, what can be done and what that would send."""
    form = ActForm(formdata=None)
    facts = _find(request.args.get("ticket", ""))
    form.reference.data = facts.head.reference if facts else ""
    return _render(form, facts)


@board.post("/bench/act")
@staff_only(Right.SEE_TICKETS)
def scan() -> ResponseReturnValue:
    """A label opens its job; with a job open, a command moves it and a place or a person takes the device."""
    form = ActForm()
    facts = _find(form.reference.data or "")
    try:
        if not form.validate():
            return _render(form, facts), 422
        wanted = read_wanted(form.q.data or "", number_prefix=current_shop().number_prefix)
        code = wanted.scan.text if wanted.scan and wanted.scan.kind is ScanKind.TICKET else wanted.code
        if code:
            if _find(code) is None:  # an order's code looks like a ticket's
                return redirect(url_for("board.find", q=wanted.text))
            return redirect(url_for("board.act", ticket=code))
        if wanted.scan is not None and wanted.scan.kind is ScanKind.PICKUP:
            return redirect(url_for("board.find", q=wanted.text))
        if wanted.scan is None:
            raise CommandUnknown(field="q")
        if facts is None:
            raise DeviceFirst(field="q")
        return _carry_out(wanted.scan, facts, form)
    except Refused as refusal:
        refusal.field = "q"
        apply_refusal(form, refusal)
        return _render(form, facts), 422


@board.get("/bench/codes")
@staff_only(Right.SEE_TICKETS)
def codes() -> ResponseReturnValue:
    """Every command of the bench on paper, to lie beside the mat."""
    names = [*(code_of(verb) for verb in ENDPOINTS), *(command.value for command in BenchCommand)]
    drawn = {name: qr_svg(scan_text(ScanKind.COMMAND, name)) for name in names}
    return render_template(
        "board/codes.html", verbs=tuple(ENDPOINTS), commands=tuple(BenchCommand), code_of=code_of, drawn=drawn
    )


def _carry_out(scanned: Scan, facts: Particulars, form: ActForm) -> ResponseReturnValue:
    """Custody's places, people and commands here too: the bench need not know which page it stands on."""
    reference, by = facts.head.reference, current_actor()
    there = safe_next(form.back.data) or url_for("board.act", ticket=reference)
    if scanned.kind is not ScanKind.COMMAND or scanned.text in set(Command):
        with transaction():
            once(form, leads_to=there)
            record_scan(reference, scanned, item=DEVICE, by=by, seen="")
        return redirect(there)
    command = read_command(scanned.text)
    if isinstance(command, Verb) and needs_form(command):
        return redirect(url_for(f"{ENDPOINTS[command]}_form", reference=reference))
    with transaction():
        once(form, leads_to=there)
        carry_out(command, reference, by=by)
    return redirect(there)


def _find(reference: str) -> Particulars | None:
    try:
        return get_particulars(reference, shop_id=current_actor().shop_id) if reference else None
    except NotFound:
        return None


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A verb's button with what it would send before its form adds anything."""

    action: Action
    notices: Preview
    full: Filled | None  # what would be asked about


def _offers(facts: Particulars) -> list[Offer]:
    head = facts.head
    actions = Actions().list_for(head.stage, facts.terms)
    notices = preview_each(head.reference, (action.verb for action in actions), by=current_actor())
    fulls = queries.get_filled(current_actor().shop_id)
    return [
        Offer(action=action, notices=notices[action.verb], full=_full(action.verb, head.stage, fulls))
        for action in actions
    ]


def _full(verb: Verb, stage: Stage, fulls: Mapping[Column, Filled]) -> Filled | None:
    column = chosen_column(verb, stage, ARROWS[stage][verb])
    return fulls.get(column) if column else None


def _queue() -> tuple[list[Job], set[int]]:
    """What is next for whoever looks, and which of the jobs a part has come for."""
    jobs = queries.list_jobs(current_actor().shop_id, Filters())
    here = queries.list_with_part_here([job.id for job in jobs if job.stage is Stage.APPROVED])
    mine = next_up(jobs, by_staff_id=current_actor().id, parts_here=here, at=clock.now())
    return mine[:_QUEUE_LENGTH], here


def _render(form: ActForm, facts: Particulars | None) -> str:
    at = clock.now()
    if facts is None:
        queue, parts_here = _queue()
        return render_template(
            "board/act.html",
            form=form,
            head=None,
            queue=queue,
            parts_here=parts_here,
            late_for=late_for,
            at=at,
        )
    head = facts.head
    work, window = sum_up(head.id), timedelta(seconds=current_shop().undo_window_seconds)
    last = find_fresh_move(current_actor(), at=at, window=window)
    just_moved = last is not None and last.reference == head.reference
    return render_template(
        "board/act.html",
        form=form,
        head=head,
        waiting=_list_waiting(head.id, at=at) if just_moved else [],
        offers=_offers(facts),
        work=work,
        is_mine_running=bool(work and current_actor().id in work.running_ids),
        may_work=head.stage in WORK_STAGES,
        last=last,
        at=at,
    )


def _list_waiting(ticket_id: int, *, at: datetime) -> list[MessageRow]:
    """What the last move has queued and can still be changed."""
    rows = list_for_ticket(ticket_id, limit=6)
    return [row for row in rows if row.can_change and row.send_after > at]
