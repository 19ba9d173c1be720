"""Somebody changed the ticket while a form was open: who, what and when, and nothing typed is lost."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.board.story import stage_changes
from repairshop.board.verbs import ENDPOINTS
from repairshop.errors import Conflict
from repairshop.notifications.verb_pages import VerbForm
from repairshop.staff.session import current_actor, find_signed_in
from repairshop.tickets.queries import TicketHead, TimelineEntry, get_head, list_history
from repairshop.tickets.stages import Verb, verbs_from
from repairshop.web.access import safe_next
from repairshop.web.error_pages import plain_conflict_page, typed_as_shown, typed_values
from repairshop.web.row_numbers import row_number

_LATEST_SHOWN = 3
_NOT_TYPED = ("next", "deed")
_VERB_OF = {endpoint: verb for verb, endpoint in ENDPOINTS.items()}


def changed_meanwhile(conflict: Conflict) -> ResponseReturnValue:
    """For tickets and staff; everything else has the plain page."""
    if conflict.kind != "ticket" or find_signed_in() is None:
        return plain_conflict_page(conflict)
    head = get_head(conflict.reference, shop_id=current_actor().shop_id)
    history = list_history(head.id, limit=50)
    verb = _VERB_OF.get(request.endpoint or "")
    since = stage_changes(history)[: _moves_since(head)]
    if _is_second_click(since, verb):
        there = url_for("board.ticket", reference=head.reference)
        return redirect(safe_next(request.form.get("next")) or there, 303)
    form = VerbForm(formdata=None)
    form.version.data = head.stage_version
    page = render_template(
        "board/conflict.html",
        head=head,
        changes=since or history[:_LATEST_SHOWN],
        is_moved=bool(since),
        verb=verb,
        can_try_again=verb is None or verb in verbs_from(head.stage),
        typed=typed_values(),
        shown=typed_as_shown(),
        has_files=bool(request.files),
        action=request.path,
        form=form,
    )
    return page, 409


def _moves_since(head: TicketHead) -> int:
    """How many moves and undos lie between the form and now."""
    version = request.form.get("version", type=row_number)
    return max(0, head.stage_version - version) if version is not None else 0


def _has_words() -> bool:
    return any(any(values) for name, values in typed_values().items() if name not in _NOT_TYPED)


def _is_second_click(since: list[TimelineEntry], verb: Verb | None) -> bool:
    """The very deed this request asks for is what happened since, by the same person: it is done.

    Not so where something was typed along: in a second tab those may be other words than were saved.
    """
    if len(since) != 1 or since[0].actor_id != current_actor().id or _has_words():
        return False
    return since[0].act == ("undo" if request.endpoint == "board.undo" else verb)
