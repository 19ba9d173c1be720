"""Messages that were sent once more: did more than one copy go out after all?

The list may have been behind when it was asked, and a person who was asked may have seen one copy of two. So
it is asked again until it has caught up with the last try. A double cannot be taken back, but it is not kept
quiet.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, update

from repairshop.database import db
from repairshop.notifications.channels.gateways import Gateway, ListUnavailable
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.moments import database_now
from repairshop.notifications.provider_lists import (
    Control,
    find_control,
    require_shown,
    same_words,
    unbound,
)
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import LOOKED_AT_STATES, Channel
from repairshop.staff.models import Shop
from repairshop.tickets.models import PortalLink
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.delivery")
_AT_ONCE = 20
_LOOK_FOR = timedelta(days=1)  # by then a list shows all that it will ever show


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """A message that is over and was handed over more than once, from `since` to `given_up`.

    `answered` is the provider's name of the last copy, where the last try was answered.
    """

    message_id: int
    channel: Channel
    recipient: str
    text: str
    link_id: int | None
    link_version: int
    is_demo: bool
    since: datetime
    given_up: datetime
    answered: str | None


def look_again(providers: Providers, *, grace: timedelta) -> int:
    """Ask about those whose moment has come; how many turned out to have gone twice."""
    doubled = 0
    for repeated in _list_due():
        gateway = providers.gateway(repeated.channel, is_demo=repeated.is_demo)
        if not gateway.lists:
            _next_look(repeated, None)
            continue
        is_last = database_now() - repeated.given_up > _LOOK_FOR
        db.session.rollback()  # the list is asked with no transaction open
        try:
            is_double = _went_twice(repeated, providers, gateway)
            if not is_double:
                _require_caught_up(repeated, gateway, grace=grace)
        except ListUnavailable:
            _next_look(repeated, None if is_last else grace)
            continue
        doubled += is_double
        _next_look(repeated, None, doubled=is_double)
    return doubled


def _list_due() -> list[Repeated]:
    own = DeliveryAttempt.message_id == OutgoingMessage.id
    first = select(func.min(DeliveryAttempt.started_at)).where(own).scalar_subquery()
    last = (
        select(func.max(func.coalesce(DeliveryAttempt.ended_at, DeliveryAttempt.started_at)))
        .where(own)
        .scalar_subquery()
    )
    answered = (
        select(DeliveryAttempt.provider_id)
        .where(DeliveryAttempt.id == OutgoingMessage.attempt, DeliveryAttempt.ending == "accepted")
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(OutgoingMessage, Shop.is_demo, PortalLink.version, first, last, answered)
        .join(Shop, Shop.id == OutgoingMessage.shop_id)
        .outerjoin(PortalLink, PortalLink.id == OutgoingMessage.link_id)
        .where(
            OutgoingMessage.state.in_(LOOKED_AT_STATES),
            OutgoingMessage.due_at <= database_now(),
            OutgoingMessage.resent.is_(True),
        )
        .order_by(OutgoingMessage.due_at)
        .limit(_AT_ONCE)
    ).all()
    found = [
        Repeated(
            message_id=message.id,
            channel=message.channel,
            recipient=message.recipient,
            text=message.text,
            link_id=message.link_id,
            link_version=version or 0,
            is_demo=is_demo,
            since=since or message.created_at,
            given_up=given_up or message.created_at,
            answered=provider_id,
        )
        for message, is_demo, version, since, given_up, provider_id in rows
    ]
    db.session.rollback()
    return found


def _went_twice(repeated: Repeated, providers: Providers, gateway: Gateway) -> bool:
    """Whether the list shows more than one copy of the words that is no other message's."""
    body = repeated.text
    if repeated.link_id is not None:
        body = body.replace("{link}", providers.link(repeated.link_id, version=repeated.link_version))
    shown = gateway.list_sent(to=repeated.recipient, since=repeated.since)
    copies = [text for text in shown if same_words(text.body, body)]
    return len(unbound(copies, message_id=repeated.message_id)) > 1


def _require_caught_up(repeated: Repeated, gateway: Gateway, *, grace: timedelta) -> None:
    """Raises ListUnavailable while the list may not show the last try yet."""
    control = (
        find_control(repeated.channel, gateway, after=repeated.given_up + grace / 2)
        if repeated.answered is None
        else Control(recipient=repeated.recipient, provider_id=repeated.answered, accepted_at=repeated.since)
    )
    db.session.rollback()
    if control is None:
        raise ListUnavailable("nothing was handed over later, so the list may be behind")
    require_shown(control, gateway)


def _next_look(repeated: Repeated, wait: timedelta | None, *, doubled: bool = False) -> None:
    with transaction():
        db.session.execute(
            update(OutgoingMessage)
            .where(OutgoingMessage.id == repeated.message_id)
            .values(
                due_at=None if wait is None else database_now() + wait,
                **({"doubled": True} if doubled else {}),
            )
            .execution_options(synchronize_session=False)
        )
    if doubled:
        log.error("a second copy was accepted", message=repeated.message_id)
