"""The page of one ticket, and taking its last move back."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.board import ticket_queries
from repairshop.board.blueprint import board
from repairshop.board.story import LastAct, Show, find_last_move, tell
from repairshop.board.verbs import Actions
from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.notifications.queries import list_for_ticket
from repairshop.notifications.verb_pages import VerbForm
from repairshop.promises.queries import get_promises
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets import service
from repairshop.tickets.queries import TimelineEntry, list_history
from repairshop.transaction import transaction
from repairshop.web.access import safe_next, staff_only
from repairshop.web.forms import refusal_sentence


@board.get("/tickets/<reference>")
@staff_only(Right.SEE_TICKETS)
def ticket(reference: str) -> ResponseReturnValue:
    return render_ticket(reference)


@board.post("/tickets/<reference>/undo")
@staff_only(Right.SEE_TICKETS)
def undo(reference: str) -> ResponseReturnValue:
    """Refused on the ticket's own page, with the reason."""
    form = VerbForm()
    try:
        with transaction():
            # A second click must not take back the move before.
            service.get_ticket_for_change(
                reference, by=current_actor(), expected_version=form.expected_version
            )
            service.undo_move(reference, by=current_actor())
    except Refused as refusal:
        return render_ticket(reference, refusal=refusal_sentence(refusal)), 422
    return redirect(safe_next(request.form.get("next")) or url_for("board.ticket", reference=reference))


def render_ticket(reference: str, *, refusal: str = "") -> str:
    """The whole page; `refusal` is the sentence of an act that was just refused."""
    at = now()
    facts = ticket_queries.get_particulars(reference, shop_id=current_actor().shop_id)
    head = facts.head
    history = list_history(head.id)
    hanging = ticket_queries.list_hanging(head.id)
    text = request.args.get("show", "")
    show = Show(text) if text in set(Show) else Show.ALL
    return render_template(
        "board/ticket.html",
        facts=facts,
        head=head,
        form=VerbForm(formdata=None),
        actions=Actions().list_for(head.stage, facts.terms),
        story=tell(history, hanging, show=show),
        show=show,
        questions=[row for row in hanging if row.kind == "question" and row.ended_at is None],
        last=_last_move(history),
        contacts=ticket_queries.list_contacts(head.customer_id),
        promises=get_promises(head.id),
        quote=ticket_queries.find_quote(head.id),
        parts=ticket_queries.list_part_lines(head.id),
        messages=list_for_ticket(head.id, limit=20),
        progress=ticket_queries.get_progress(head.id),
        refusal=refusal,
        at=at,
    )


def _last_move(history: list[TimelineEntry]) -> LastAct | None:
    window = current_shop().undo_window_seconds
    return find_last_move(history, by=current_actor(), at=now(), window_seconds=window)
