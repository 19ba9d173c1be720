"""What a person does about a message that did not get out: call, and write down what came of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from repairshop import clock
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import db
from repairshop.inbox.models import CallAttempt
from repairshop.inbox.rules import WRONG_NUMBER, CallOutcome
from repairshop.notifications.fallback import queue_fallback
from repairshop.notifications.rules import MessageIsPast, State
from repairshop.notifications.service import get_message_for_change, settle_by_hand
from repairshop.staff.models import Staff
from repairshop.staff.rules import Actor
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import mark_changed


def record_call(message_id: int, outcome: CallOutcome, *, note: str = "", by: Actor) -> None:
    """Keep what came of a call. Reached: they know. Wrong number: another way is looked for, if there is one.

    After a voicemail, or when nobody answered, the message goes on waiting for somebody.
    """
    row = get_message_for_change(message_id, by=by)
    if row.state is not State.NEEDS_HUMAN:
        raise MessageIsPast(state=row.state)
    at = clock.now()
    db.session.add(CallAttempt(message_id=row.id, at=at, staff_id=by.staff_id, outcome=outcome, note=note))
    record_touchpoint(
        row.shop_id,
        TouchpointKind.CALL,
        customer_id=row.customer_id,
        ticket_id=row.ticket_id,
        channel="phone",
    )
    if outcome is CallOutcome.REACHED:
        settle_by_hand(message_id, State.SENT, by=by)
    elif outcome is CallOutcome.WRONG_NUMBER:
        settle_by_hand(message_id, State.FAILED, by=by)
        row.error_code = WRONG_NUMBER
        queue_fallback(row)
    if row.ticket_id is not None:
        mark_changed(db.session.get_one(Ticket, row.ticket_id, with_for_update=True))


@dataclass(frozen=True, kw_only=True)
class CallRow:
    """One call that was made."""

    at: datetime
    outcome: CallOutcome
    note: str
    staff_name: str | None


def list_calls(message_id: int) -> list[CallRow]:
    """Newest first."""
    rows = db.session.execute(
        select(CallAttempt, Staff.first_name)
        .outerjoin(Staff, Staff.id == CallAttempt.staff_id)
        .where(CallAttempt.message_id == message_id)
        .order_by(CallAttempt.id.desc())
        .limit(50)
    )
    return [CallRow(at=call.at, outcome=call.outcome, note=call.note, staff_name=name) for call, name in rows]
