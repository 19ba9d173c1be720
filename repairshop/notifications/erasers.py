"""What goes when a customer is erased: words and addresses; that something was sent, and when, stays."""

from sqlalchemy import String, cast, literal, update

from repairshop import clock
from repairshop.database import db
from repairshop.notifications.models import InboundMessage, OutgoingMessage
from repairshop.notifications.rules import UNSENT_STATES, State


def erase_customer(customer_id: int) -> int:
    """Empty every message from and to this customer; what has not gone never goes. How many were emptied.

    STOP stays kept by its number: forgetting it would let the shop write to somebody who asked it not to.
    """
    mine = OutgoingMessage.customer_id == customer_id
    db.session.execute(
        update(OutgoingMessage)
        .where(mine, OutgoingMessage.state.in_({*UNSENT_STATES, State.UNKNOWN, State.NEEDS_HUMAN}))
        .values(state=State.WITHDRAWN, due_at=None, finished_at=clock.now())
        .execution_options(synchronize_session="fetch")
    )
    emptied = db.session.execute(
        update(OutgoingMessage)
        .where(mine)
        # One event has one message an address, so the addresses must stay different from each other.
        .values(
            recipient=literal("erased-") + cast(OutgoingMessage.id, String),
            subject="",
            text="",
            html="",
            first_text="",
            facts={},
            covers=[],
            link_id=None,
        )
        .execution_options(synchronize_session="fetch")
    )
    db.session.execute(
        update(InboundMessage)
        .where(InboundMessage.customer_id == customer_id)
        .values(sender="", body="")
        .execution_options(synchronize_session="fetch")
    )
    return int(emptied.rowcount)  # type: ignore[attr-defined]
