"""What goes when a customer is erased: words and addresses; that something was sent, and when, stays."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update

from repairshop import clock
from repairshop.customers.models import ContactPoint
from repairshop.database import db
from repairshop.notifications.models import ContactConsent, InboundMessage, OutgoingMessage
from repairshop.notifications.rules import UNSENT_STATES, State
from repairshop.personal import Eraser, Holding, Kind, Person, Stamp, Whose


def withdraw_and_forget(person: Person) -> None:
    """What has not gone never goes; texts from these numbers that nobody was found for are emptied.

    STOP stays kept by its number: forgetting it would let the shop write to somebody who asked it not to.
    Other wishes go, unless somebody else has the same number.
    """
    db.session.execute(
        update(OutgoingMessage)
        .where(OutgoingMessage.customer_id.in_(person.customer_ids))
        .where(OutgoingMessage.state.in_({*UNSENT_STATES, State.UNKNOWN, State.NEEDS_HUMAN}))
        .values(state=State.WITHDRAWN, due_at=None, finished_at=clock.now())
        .execution_options(synchronize_session="fetch")
    )
    db.session.execute(
        update(InboundMessage)
        .where(InboundMessage.customer_id.is_(None), InboundMessage.sender.in_(person.addresses))
        .values(sender="", body="")
        .execution_options(synchronize_session="fetch")
    )
    somebody_else = exists(
        select(ContactPoint.id).where(
            ContactPoint.value == ContactConsent.recipient,
            ContactPoint.customer_id.not_in(person.customer_ids),
        )
    )
    db.session.execute(
        delete(ContactConsent)
        .where(ContactConsent.recipient.in_(person.addresses), ContactConsent.opted_out.is_(False))
        .where(~somebody_else)
        .execution_options(synchronize_session="fetch")
    )


def _of_strangers(shop_id: int, before: datetime) -> ColumnElement[bool]:
    """Texts from numbers that nobody was found for, received before this moment."""
    return and_(
        InboundMessage.customer_id.is_(None),
        InboundMessage.ticket_id.is_(None),
        InboundMessage.shop_id.is_(None) | (InboundMessage.shop_id == shop_id),
        InboundMessage.received_at < before,
        (InboundMessage.sender != "") | (InboundMessage.body != ""),
    )


def count_strangers(shop_id: int, before: datetime) -> int:
    query = select(func.count(InboundMessage.id)).where(_of_strangers(shop_id, before))
    return db.session.scalar(query) or 0


def forget_strangers(shop_id: int, before: datetime, most: int) -> int:
    """Empty them, `most` at once; how many."""
    due = db.session.scalars(
        select(InboundMessage.id).where(_of_strangers(shop_id, before)).limit(most)
    ).all()
    emptied = db.session.execute(
        update(InboundMessage)
        .where(InboundMessage.id.in_(due))
        .values(sender="", body="")
        .execution_options(synchronize_session="fetch")
    )
    return int(emptied.rowcount)  # type: ignore[attr-defined]


_EMPTY = {
    # One event has one message an address, so the addresses must stay different from each other.
    "recipient": Stamp.OWN,
    "subject": "",
    "text": "",
    "html": "",
    "first_text": "",
    "facts": {},
    "covers": [],
    "link_id": Stamp.NOTHING,
}

ERASER = Eraser(
    holdings=tuple(
        Holding(table=table, kind=Kind.MESSAGES, whose=whose, by=by, becomes=becomes)
        for table, becomes in (("outgoing_message", _EMPTY), ("inbound_message", {"sender": "", "body": ""}))
        for whose, by in ((Whose.TICKET, "ticket_id"), (Whose.CUSTOMER, "customer_id"))
    ),
    not_personal={
        "own_text": "a shop's own words for its messages, with placeholders",
        "outgoing_message.uid": "random",
        "outgoing_message.event_key": "which event it is about",
        "outgoing_message.language": "a setting that many share",
        "outgoing_message.attempt": "random",
        "outgoing_message.provider": "a business",
        "outgoing_message.provider_id": "the provider's number of a message",
        "outgoing_message.provider_status": "a code",
        "outgoing_message.error_code": "a code",
        "delivery_attempt": "numbers and codes of a provider",
        "contact_consent.recipient": "STOP is kept by its number; see withdraw_and_forget",
        "contact_consent.source": "one of our own words",
        "inbound_message.provider_id": "the provider's number of a message",
        "worker_beat": "our own machines",
        "job_day": "our own jobs",
    },
    before_erasing=withdraw_and_forget,
    remove_strays=forget_strangers,
    count_strays=count_strangers,
)
