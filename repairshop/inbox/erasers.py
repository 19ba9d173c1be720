"""What goes of the inbox when a customer is erased or a text is over its period."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update

from repairshop.database import db
from repairshop.inbox.models import InboundMessage
from repairshop.personal import Eraser, Holding, Kind, Person, Whose


def forget_texts(person: Person) -> None:
    """Texts from these numbers that nobody was found for are emptied."""
    db.session.execute(
        update(InboundMessage)
        .where(InboundMessage.customer_id.is_(None), InboundMessage.sender.in_(person.addresses))
        .values(sender="", body="")
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


ERASER = Eraser(
    holdings=(
        *(
            Holding(
                table="inbound_message",
                kind=Kind.MESSAGES,
                whose=whose,
                by=by,
                becomes={"sender": "", "body": ""},
            )
            for whose, by in ((Whose.TICKET, "ticket_id"), (Whose.CUSTOMER, "customer_id"))
        ),
        *(
            Holding(
                table="call_attempt",
                kind=Kind.MESSAGES,
                whose=whose,
                by="message_id",
                via=("outgoing_message", "id", by),
                becomes={"note": ""},
            )
            for whose, by in ((Whose.TICKET, "ticket_id"), (Whose.CUSTOMER, "customer_id"))
        ),
    ),
    not_personal={
        "inbound_message.provider_id": "the provider's number of a message",
        "canned_reply.language": "a setting that many share",
        "canned_reply.name": "the shop's own words",
        "canned_reply.text": "the shop's own words",
    },
    before_erasing=forget_texts,
    remove_strays=forget_strangers,
    count_strays=count_strangers,
)
