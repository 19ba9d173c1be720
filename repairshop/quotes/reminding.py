"""Reminding a customer of a quote."""

from repairshop.notifications.rules import Notice
from repairshop.notifications.service import queue_notice
from repairshop.quotes.queries import get_current_quote
from repairshop.quotes.rules import QuoteState
from repairshop.quotes.waiting import Reminder
from repairshop.staff.rules import Actor
from repairshop.tickets.rules import MoveFacts
from repairshop.tickets.service import get_ticket_for_change
from repairshop.tickets.stages import Stage


def remind(reminder: Reminder, *, by: Actor) -> bool:
    """Queue one reminder, once however often it is asked for; False when the answer came meanwhile."""
    ticket = get_ticket_for_change(reminder.waiting.reference, by=by)
    quote = get_current_quote(ticket.id)
    is_asked = quote is not None and quote.id == reminder.waiting.quote_id
    if quote is None or not is_asked or quote.state is not QuoteState.OPEN:
        return False
    if ticket.stage is not Stage.AWAITING_APPROVAL:
        return False
    messages = queue_notice(
        Notice.QUOTE_REMINDER,
        ticket,
        event_key=reminder.event_key,
        facts=MoveFacts(answer_by=quote.valid_until),
    )
    return bool(messages)
