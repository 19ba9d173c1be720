"""One press ends the mails that are not about a repair in hand (RFC 8058); the address says which."""

import hashlib
import hmac
from dataclasses import dataclass

from sqlalchemy import select

from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.notifications.consent import is_opted_out, opt_out
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Purpose, can_unsubscribe
from repairshop.staff.models import Shop

ADDRESS = "/unsubscribe/{token}"
_SIGNATURE_LENGTH = 32


def sign_message(uid: str, *, key: str) -> str:
    """The token for one message: the same each time, so that a repeated mail has the same bytes."""
    digest = hmac.new(key.encode(), f"unsubscribe {uid}".encode(), hashlib.sha256).hexdigest()
    return f"{uid}.{digest[:_SIGNATURE_LENGTH]}"


def read_token(token: str, *, key: str) -> str:
    """The message's uid; NotFound when the signature is not ours."""
    uid = token.partition(".")[0]
    if not hmac.compare_digest(sign_message(uid, key=key).encode(), token.encode()):
        raise NotFound
    return uid


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The shop that wrote the mail."""

    name: str
    phone: str
    street: str
    city: str
    country: str
    time_zone: str


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What a press would end. The address itself stays out: the link may have been passed on."""

    purpose: Purpose
    language: str  # of the mail
    has_ended: bool
    sender: Sender


def get_subscription(uid: str) -> Subscription:
    """NotFound for a message that cannot be unsubscribed from."""
    row = db.session.execute(
        select(OutgoingMessage, Shop)
        .join(Shop, Shop.id == OutgoingMessage.shop_id)
        .where(OutgoingMessage.uid == uid)
    ).one_or_none()
    if row is None or not can_unsubscribe(row.OutgoingMessage.purpose):
        raise NotFound
    message, shop = row.OutgoingMessage, row.Shop
    return Subscription(
        purpose=message.purpose,
        language=message.language,
        has_ended=is_opted_out(message),
        sender=Sender(
            name=shop.name,
            phone=shop.phone,
            street=shop.street,
            city=shop.city,
            country=shop.country,
            time_zone=shop.time_zone,
        ),
    )


def unsubscribe(uid: str) -> None:
    """Write nothing of this purpose to this address again; a second time changes nothing."""
    message = db.session.scalars(select(OutgoingMessage).where(OutgoingMessage.uid == uid)).one_or_none()
    if message is None or not can_unsubscribe(message.purpose):
        raise NotFound
    opt_out(message.channel, message.recipient, source="unsubscribe", purposes=(message.purpose,))
