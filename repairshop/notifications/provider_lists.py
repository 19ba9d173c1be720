"""What a provider's list proves: it may be behind, and show other messages with the same words."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from repairshop.database import db
from repairshop.notifications.channels.gateways import Gateway, ListUnavailable, SentText
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.rules import Channel


@dataclass(frozen=True, kw_only=True)
class Control:
    """A message known to be with the provider: a list that does not show it shows nothing."""

    recipient: str
    provider_id: str
    accepted_at: datetime


def require_shown(control: Control, gateway: Gateway) -> None:
    """Raises ListUnavailable when the provider's list is behind what is known."""
    shown = gateway.list_sent(to=control.recipient, since=control.accepted_at)
    if all(text.provider_id != control.provider_id for text in shown):
        raise ListUnavailable("the list does not show a message known to be sent")


def find_control(channel: Channel, gateway: Gateway, *, after: datetime) -> Control | None:
    """The first known message handed over after a moment: what a list shows later it shows earlier too.

    The provider may have accepted a lost one after we had stopped waiting: half the grace time later it has.
    """
    query = _known(channel, gateway).where(DeliveryAttempt.started_at >= after)
    return _first(query.order_by(DeliveryAttempt.started_at))


def find_newest(channel: Channel, gateway: Gateway) -> Control | None:
    """Where nothing was handed over later, the newest there is tells that the list works at all."""
    return _first(_known(channel, gateway).order_by(DeliveryAttempt.started_at.desc()))


def _known(channel: Channel, gateway: Gateway) -> Select[str, str | None, datetime]:
    return (
        select(OutgoingMessage.recipient, DeliveryAttempt.provider_id, DeliveryAttempt.started_at)
        .join(OutgoingMessage, OutgoingMessage.id == DeliveryAttempt.message_id)
        .where(
            DeliveryAttempt.provider_id.is_not(None),
            DeliveryAttempt.provider == gateway.name,
            OutgoingMessage.channel == channel,
        )
    )


def _first(query: Select[str, str | None, datetime]) -> Control | None:
    row = db.session.execute(query.limit(1)).first()
    return None if row is None else Control(recipient=row[0], provider_id=str(row[1]), accepted_at=row[2])


def same_words(one: str, other: str) -> bool:
    """Whether the provider's text is ours, which it may have spaced or composed in another way."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def unbound(texts: list[SentText], *, message_id: int) -> list[SentText]:
    """Those that are not known to be another message of ours: there are earlier ones of the same words."""
    known = set(
        db.session.scalars(
            select(DeliveryAttempt.provider_id).where(
                DeliveryAttempt.provider_id.in_([text.provider_id for text in texts]),
                DeliveryAttempt.message_id != message_id,
            )
        )
    )
    db.session.rollback()
    return [text for text in texts if text.provider_id not in known]
