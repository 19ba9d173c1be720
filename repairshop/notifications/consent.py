"""Who wants no messages: one row per address, channel and purpose."""

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.notifications.models import ContactConsent, OutgoingMessage
from repairshop.notifications.rules import Channel, Purpose

# STOP is about everything that is not asked for at that very moment.
_STOPPABLE = (Purpose.SERVICE, Purpose.SURVEY, Purpose.LIFECYCLE)


def is_opted_out(message: OutgoingMessage) -> bool:
    row = _find(message.channel, message.recipient, message.purpose)
    return row is not None and row.opted_out


def opt_out(
    channel: Channel, recipient: str, *, source: str, purposes: tuple[Purpose, ...] = _STOPPABLE
) -> None:
    """Write nothing of these purposes to this address again. `source`: stop, provider, staff or portal."""
    _set(channel, recipient, opted_out=True, source=source, purposes=purposes)


def opt_in(
    channel: Channel, recipient: str, *, source: str, purposes: tuple[Purpose, ...] = _STOPPABLE
) -> None:
    """The person wants messages again."""
    _set(channel, recipient, opted_out=False, source=source, purposes=purposes)


def _set(
    channel: Channel, recipient: str, *, opted_out: bool, source: str, purposes: tuple[Purpose, ...]
) -> None:
    for purpose in purposes:
        row = _find(channel, recipient, purpose)
        if row is None:
            row = ContactConsent(channel=channel, recipient=recipient, purpose=purpose)
            db.session.add(row)
        row.opted_out, row.source, row.changed_at = opted_out, source, clock.now()


def _find(channel: Channel, recipient: str, purpose: Purpose) -> ContactConsent | None:
    return db.session.scalars(
        select(ContactConsent).where(
            ContactConsent.channel == channel,
            ContactConsent.recipient == recipient,
            ContactConsent.purpose == purpose,
        )
    ).one_or_none()
