"""Staff pages that show several features at once."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.board.verbs import ENDPOINTS
from repairshop.notifications.verb_pages import VerbForm
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.tickets import queries, service
from repairshop.tickets.stages import ONE_KEY_VERBS, verbs_from
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.once import once

board = Blueprint("board", __name__)


@board.get("/tickets/<reference>")
@staff_only(Right.SEE_TICKETS)
def ticket(reference: str) -> ResponseReturnValue:
    head = queries.get_head(reference, shop_id=current_actor().shop_id)
    form = VerbForm()
    form.version.data = head.stage_version
    return render_template(
        "board/ticket.html",
        head=head,
        form=form,
        verbs=[(verb, ENDPOINTS[verb], verb in ONE_KEY_VERBS) for verb in verbs_from(head.stage)],
        history=queries.list_history(head.id),
    )


@board.post("/tickets/<reference>/undo")
@staff_only(Right.SEE_TICKETS)
def undo(reference: str) -> ResponseReturnValue:
    there = url_for("board.ticket", reference=reference)
    with transaction():
        once(VerbForm(), leads_to=there)
        service.undo_move(reference, by=current_actor())
    return redirect(there)
