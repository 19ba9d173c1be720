"""The page of a verb, the same for every feature: who and what it is about, the form, what will be sent.

It lives here because a verb's page shows the notices the verb would send, and every feature with verbs
stands above the notices.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop import fault_points
from repairshop.errors import Refused
from repairshop.notifications.previews import preview, preview_ways
from repairshop.staff.session import current_actor
from repairshop.tickets import queries
from repairshop.tickets.rules import MoveFacts
from repairshop.tickets.stages import Verb, require_move
from repairshop.transaction import transaction
from repairshop.web.access import safe_next
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.once import once

TICKET_PAGE = "board.ticket"

# What the preview goes by; a mapping where the form itself decides which words go: one preview for each way.
Previewed = MoveFacts | Mapping[str, MoveFacts] | None


class VerbForm(Form):
    """A verb that asks for nothing but the click."""


def show_verb(
    template: str,
    reference: str,
    verb: Verb,
    form: Form,
    *,
    facts: Previewed = None,
    context: Mapping[str, Any] | None = None,
    head: queries.TicketHead | None = None,
) -> ResponseReturnValue:
    """GET: the empty form, made for the ticket's present stage. Refuses a verb that does not start there.

    `head` is the ticket's where the page has read it already.
    """
    head = head or queries.get_head(reference, shop_id=current_actor().shop_id)
    require_move(head.stage, verb)
    form.version.data = head.stage_version
    return _render(template, head, verb, form, facts=facts, context=context)


def do_verb(
    template: str,
    reference: str,
    verb: Verb,
    form: Form,
    act: Callable[[], object],
    *,
    facts: Previewed = None,
    context: Mapping[str, Any] | None = None,
    leads_to: str = "",
) -> ResponseReturnValue:
    """POST: check the form, do the verb once, go where `next` of the form says, to `leads_to` or the ticket.

    Refusals come back at their field, 422.
    """
    there = safe_next(request.form.get("next")) or leads_to or url_for(TICKET_PAGE, reference=reference)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                act()
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            fault_points.reach("move.committed")
            return redirect(there)
    return _again(template, reference, verb, form, facts=facts, context=context)


def refuse_verb(
    template: str,
    reference: str,
    verb: Verb,
    form: Form,
    refusal: Refused,
    *,
    facts: Previewed = None,
    context: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    """The page again with a refusal met before the verb could begin, such as a picture that is none."""
    apply_refusal(form, refusal)
    return _again(template, reference, verb, form, facts=facts, context=context)


def _again(
    template: str,
    reference: str,
    verb: Verb,
    form: Form,
    *,
    facts: Previewed,
    context: Mapping[str, Any] | None,
) -> ResponseReturnValue:
    head = queries.get_head(reference, shop_id=current_actor().shop_id)
    return _render(template, head, verb, form, facts=facts, context=context), 422


def _render(
    template: str,
    head: queries.TicketHead,
    verb: Verb,
    form: Form,
    *,
    facts: Previewed,
    context: Mapping[str, Any] | None,
) -> str:
    notices = (
        preview_ways(head.reference, verb, facts, by=current_actor())
        if isinstance(facts, Mapping)
        else preview(head.reference, verb, by=current_actor(), facts=facts)
    )
    return render_template(
        template, head=head, verb=verb, form=form, facts=facts, notices=notices, **(context or {})
    )
