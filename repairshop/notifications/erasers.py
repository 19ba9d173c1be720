"""What goes when a customer is erased: words and addresses; that something was sent, and when, stays."""

from sqlalchemy import delete, exists, select, update

from repairshop import clock
from repairshop.customers.models import ContactPoint
from repairshop.database import db
from repairshop.notifications.models import ConsentChange, ContactConsent, OutgoingMessage
from repairshop.notifications.rules import UNSENT_STATES, State
from repairshop.personal import Eraser, Holding, Kind, Person, Stamp, Whose


def withdraw_and_forget(person: Person) -> None:
    """What has not gone never goes.

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
    _forget_changes(person)


def _forget_changes(person: Person) -> None:
    """Their history goes with the wishes; of a STOP that stays, only the words somebody typed go."""
    somebody_else = exists(
        select(ContactPoint.id).where(
            ContactPoint.value == ConsentChange.recipient,
            ContactPoint.customer_id.not_in(person.customer_ids),
        )
    )
    stays = exists(
        select(ContactConsent.id).where(
            ContactConsent.channel == ConsentChange.channel,
            ContactConsent.recipient == ConsentChange.recipient,
            ContactConsent.purpose == ConsentChange.purpose,
        )
    )
    theirs = ConsentChange.recipient.in_(person.addresses) & ~somebody_else
    for statement in (
        delete(ConsentChange).where(theirs, ~stays),
        update(ConsentChange).where(theirs).values(reason=""),
    ):
        db.session.execute(statement.execution_options(synchronize_session="fetch"))


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
        Holding(table="outgoing_message", kind=Kind.MESSAGES, whose=whose, by=by, becomes=_EMPTY)
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
        "consent_change.recipient": "goes with its consent; see withdraw_and_forget",
        "consent_change.source": "one of our own words",
        "consent_change.reason": "goes with its consent; see withdraw_and_forget",
        "notice_policy": "settings of a shop",
        "spend_count": "counts of a shop",
        "sender_pace": "a sender of ours",
        "worker_beat": "our own machines",
        "job_day": "our own jobs",
        "delivery_mark": "random, and moments of our own",
    },
    before_erasing=withdraw_and_forget,
)
