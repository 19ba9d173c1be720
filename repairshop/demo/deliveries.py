"""Notices of the demo's past: delivered at the time they were due, as the outbox would have."""

from datetime import datetime, timedelta

from sqlalchemy import update

from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import UNSENT_STATES, State

_MOMENT = timedelta(seconds=2)


def deliver_until(moment: datetime, *, shop_id: int) -> None:
    """What was due by then has gone. Else the worker would send weeks of notices at its first tick."""
    due = update(OutgoingMessage).where(
        OutgoingMessage.shop_id == shop_id,
        OutgoingMessage.state.in_(UNSENT_STATES),
        OutgoingMessage.send_after <= moment - _MOMENT,
    )
    db.session.flush()  # the update below goes past the session
    db.session.execute(
        due.values(
            state=State.DELIVERED,
            due_at=None,
            attempts=1,
            provider="outbox",
            claimed_at=OutgoingMessage.send_after,
            accepted_at=OutgoingMessage.send_after,
            finished_at=OutgoingMessage.send_after,
        ).execution_options(synchronize_session="fetch")
    )
