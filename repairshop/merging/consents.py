"""Which addresses a merge has to stop: the stricter of the two people's wishes, by channel and purpose."""

from dataclasses import dataclass

from sqlalchemy import select

from repairshop import clock
from repairshop.customers.models import ContactPoint
from repairshop.customers.rules import ContactKind
from repairshop.database import db
from repairshop.merging.rules import to_silence
from repairshop.notifications.models import ConsentChange, ContactConsent
from repairshop.notifications.rules import Channel, Purpose

_CHANNELS = {ContactKind.PHONE: Channel.SMS, ContactKind.EMAIL: Channel.EMAIL}


@dataclass(frozen=True, kw_only=True)
class ConsentToStop:
    """An address that gets no messages of this purpose once the two are one; its row, if there is one."""

    channel: Channel
    address: str
    purpose: Purpose
    consent_id: int | None


def list_consents_to_stop(kept_id: int, gone_id: int) -> list[ConsentToStop]:
    points = db.session.execute(
        select(ContactPoint.customer_id, ContactPoint.kind, ContactPoint.value).where(
            ContactPoint.customer_id.in_((kept_id, gone_id)), ContactPoint.removed_at.is_(None)
        )
    ).all()
    query = select(ContactConsent).where(ContactConsent.recipient.in_({point.value for point in points}))
    consents = {(row.channel, row.recipient, row.purpose): row for row in db.session.scalars(query)}
    purposes = sorted({row.purpose for row in consents.values() if row.opted_out})
    found = []
    for kind, channel in _CHANNELS.items():
        for purpose in purposes:
            kept, gone = (
                {
                    point.value: _is_stopped(consents.get((channel, point.value, purpose)))
                    for point in points
                    if point.customer_id == person and point.kind is kind
                }
                for person in (kept_id, gone_id)
            )
            for address in to_silence(kept, gone):
                row = consents.get((channel, address, purpose))
                found.append(
                    ConsentToStop(
                        channel=channel, address=address, purpose=purpose, consent_id=row.id if row else None
                    )
                )
    return found


def _is_stopped(row: ContactConsent | None) -> bool:
    return row is not None and row.opted_out


def write_down(row: ContactConsent, *, opted_out: bool, source: str, staff_id: int | None) -> None:
    """The change stands in the history of the address, as one by STOP or START does."""
    db.session.add(
        ConsentChange(
            channel=row.channel,
            recipient=row.recipient,
            purpose=row.purpose,
            opted_out=opted_out,
            source=source,
            at=clock.now(),
            staff_id=staff_id,
        )
    )
