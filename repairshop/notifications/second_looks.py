"""Messages that were sent once more: did the first copy go out after all?

The list may have been behind when it was asked. It is asked again once it shows the second copy, because what
it shows later it shows earlier too. A double cannot be taken back, but it is not kept quiet.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, update

from repairshop.database import db
from repairshop.notifications.channels.gateways import Gateway, ListUnavailable
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.moments import database_now
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, State
from repairshop.notifications.settling import same_words, unbound
from repairshop.staff.models import Shop
from repairshop.tickets.models import PortalLink
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.delivery")
_AT_ONCE = 20
_LOOK_FOR = timedelta(days=1)  # a list that shows nothing for so long tells nothing any more


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message whose second copy is known to the provider as `provider_id`."""

    message_id: int
    channel: Channel
    recipient: str
    text: str
    link_id: int | None
    link_version: int
    is_demo: bool
    provider_id: str
    accepted_at: datetime
    since: datetime  # when the first copy may have gone


def look_again(providers: Providers, *, grace: timedelta) -> int:
    """Ask about those whose moment has come; how many turned out to have gone twice."""
    doubled = 0
    for sent in _list_due():
        gateway = providers.gateway(sent.channel, is_demo=sent.is_demo)
        if not gateway.lists:
            _next_look(sent, None)
            continue
        try:
            is_double = _went_before(sent, providers, gateway)
        except ListUnavailable:
            waits = database_now() - sent.accepted_at < _LOOK_FOR
            db.session.rollback()
            _next_look(sent, grace if waits else None)
            continue
        doubled += is_double
        _next_look(sent, None, doubled=is_double)
    return doubled


def _list_due() -> list[Sent]:
    first = (
        select(func.min(DeliveryAttempt.started_at))
        .where(DeliveryAttempt.message_id == OutgoingMessage.id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(OutgoingMessage, Shop.is_demo, PortalLink.version, first)
        .join(Shop, Shop.id == OutgoingMessage.shop_id)
        .outerjoin(PortalLink, PortalLink.id == OutgoingMessage.link_id)
        .where(
            OutgoingMessage.state.in_({State.SENT, State.DELIVERED, State.UNDELIVERED}),
            OutgoingMessage.due_at <= database_now(),
            OutgoingMessage.resent.is_(True),
            OutgoingMessage.provider_id.is_not(None),
        )
        .order_by(OutgoingMessage.due_at)
        .limit(_AT_ONCE)
    ).all()
    found = [
        Sent(
            message_id=message.id,
            channel=message.channel,
            recipient=message.recipient,
            text=message.text,
            link_id=message.link_id,
            link_version=version or 0,
            is_demo=is_demo,
            provider_id=message.provider_id or "",
            accepted_at=message.accepted_at or message.created_at,
            since=since or message.created_at,
        )
        for message, is_demo, version, since in rows
    ]
    db.session.rollback()  # the list is asked with no transaction open
    return found


def _went_before(sent: Sent, providers: Providers, gateway: Gateway) -> bool:
    """Whether the list shows another copy of the words that is no other message's."""
    shown = gateway.list_sent(to=sent.recipient, since=sent.since)
    if all(text.provider_id != sent.provider_id for text in shown):
        raise ListUnavailable("the list does not show the second copy yet")
    body = sent.text
    if sent.link_id is not None:
        body = body.replace("{link}", providers.link(sent.link_id, version=sent.link_version))
    others = [text for text in shown if text.provider_id != sent.provider_id and same_words(text.body, body)]
    return bool(unbound(others, message_id=sent.message_id))


def _next_look(sent: Sent, wait: timedelta | None, *, doubled: bool = False) -> None:
    with transaction():
        db.session.execute(
            update(OutgoingMessage)
            .where(OutgoingMessage.id == sent.message_id)
            .values(
                due_at=None if wait is None else database_now() + wait,
                **({"doubled": True} if doubled else {}),
            )
            .execution_options(synchronize_session=False)
        )
    if doubled:
        log.error("a second copy was accepted", message=sent.message_id)
