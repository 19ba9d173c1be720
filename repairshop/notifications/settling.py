"""What became of messages whose answer was lost: reports first, then the provider's list, then a person.

A list that cannot show a message known to be sent is broken, not empty, and then nothing follows from it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import exists, func, or_, select, update

from repairshop import fault_points
from repairshop.database import db, read_alone
from repairshop.notifications.accepting import count_contact
from repairshop.notifications.channels.gateways import Gateway, ListUnavailable, SentText
from repairshop.notifications.fallback import alert_staff, queue_fallback
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.moments import database_now, moment
from repairshop.notifications.provider_lists import (
    Control,
    find_control,
    find_newest,
    require_shown,
    same_words,
    unbound,
)
from repairshop.notifications.providers import Providers
from repairshop.notifications.retrying import TRY_FOR
from repairshop.notifications.rules import (
    LOOKED_AT_STATES,
    Channel,
    State,
    require_transition,
    state_reported,
)
from repairshop.staff.models import Shop
from repairshop.tickets.models import PortalLink
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.delivery")
_AT_ONCE = 50
# While nothing gets through, one message is tried this often, and the others look again.
_ONE_TRY_IN = timedelta(minutes=10)
_LOOK_AGAIN = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Lost:
    """One message whose answer was lost.

    `since` is when it was first handed over without an answer, `given_up` when we last stopped waiting.
    `accepted` is the attempt whose answer came after all, too late for a process that had been stopped.
    """

    message_id: int
    attempt: str
    channel: Channel
    recipient: str
    text: str
    link_id: int | None
    link_version: int
    is_demo: bool
    resent: bool
    since: datetime
    given_up: datetime
    accepted: str | None


def is_anything_open(*, grace: timedelta) -> bool:
    """Whether a sweep, a list or a second look has anything to do; one statement that takes no lock."""
    at = moment()
    abandoned = (OutgoingMessage.state == State.SENDING, OutgoingMessage.claimed_at < moment(ago=grace))
    lost = (OutgoingMessage.state == State.UNKNOWN, OutgoingMessage.due_at <= at)
    to_look_at = (
        OutgoingMessage.state.in_(LOOKED_AT_STATES),
        OutgoingMessage.due_at <= at,
        OutgoingMessage.resent.is_(True),
    )
    kinds = (exists().where(*kind) for kind in (abandoned, lost, to_look_at))
    return bool(read_alone(select(or_(*kinds)))[0][0])


def sweep_abandoned(*, grace: timedelta) -> int:
    """Claims whose process died or stopped: nobody knows whether the call was made."""
    with transaction():
        at = database_now()
        result = db.session.execute(
            update(OutgoingMessage)
            .where(OutgoingMessage.state == State.SENDING, OutgoingMessage.claimed_at < at - grace)
            .values(state=State.UNKNOWN, due_at=at + grace, error_code="abandoned")
            .execution_options(synchronize_session=False)
        )
        fault_points.reach("sweep.written")
    fault_points.reach("sweep.committed")
    return int(result.rowcount)  # type: ignore[attr-defined]


def settle_lost(providers: Providers, *, grace: timedelta) -> int:
    """Find out about every message whose grace time is over; how many were looked at."""
    waiting = _list_lost()
    for lost in waiting:
        if lost.accepted is not None:
            _record_accepted(lost, lost.accepted)
            continue
        gateway = providers.gateway(lost.channel, is_demo=lost.is_demo)
        if not gateway.lists:
            _resend_or_ask(lost)
            continue
        body = lost.text
        if lost.link_id is not None:
            body = body.replace("{link}", providers.link(lost.link_id, version=lost.link_version))
        _settle_by_list(lost, body, gateway, grace=grace)
    return len(waiting)


def _list_lost() -> list[Lost]:
    first = (
        select(func.min(DeliveryAttempt.started_at))
        .where(DeliveryAttempt.message_id == OutgoingMessage.id, DeliveryAttempt.ending.in_(("", "lost")))
        .scalar_subquery()
    )
    last = (
        select(func.max(func.coalesce(DeliveryAttempt.ended_at, DeliveryAttempt.started_at)))
        .where(DeliveryAttempt.message_id == OutgoingMessage.id)
        .scalar_subquery()
    )
    accepted = (
        select(func.max(DeliveryAttempt.id))
        .where(DeliveryAttempt.message_id == OutgoingMessage.id, DeliveryAttempt.ending == "accepted")
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(OutgoingMessage, Shop.is_demo, PortalLink.version, first, last, accepted)
        .join(Shop, Shop.id == OutgoingMessage.shop_id)
        .outerjoin(PortalLink, PortalLink.id == OutgoingMessage.link_id)
        .where(OutgoingMessage.state == State.UNKNOWN, OutgoingMessage.due_at <= database_now())
        .order_by(OutgoingMessage.due_at, OutgoingMessage.id)
        .limit(_AT_ONCE)
    ).all()
    found = [
        Lost(
            message_id=message.id,
            attempt=message.attempt or "",
            channel=message.channel,
            recipient=message.recipient,
            text=message.text,
            link_id=message.link_id,
            link_version=version or 0,
            is_demo=is_demo,
            resent=message.resent,
            since=since or message.claimed_at or message.created_at,
            given_up=given_up or message.claimed_at or message.created_at,
            accepted=attempt,
        )
        for message, is_demo, version, since, given_up, attempt in rows
    ]
    db.session.rollback()  # the list is asked with no transaction open
    return found


def _settle_by_list(lost: Lost, body: str, gateway: Gateway, *, grace: timedelta) -> None:
    after = lost.given_up + grace / 2
    control = find_control(lost.channel, gateway, after=after) or find_newest(lost.channel, gateway)
    db.session.rollback()
    try:
        found = _list_checked(lost, control, gateway)
    except ListUnavailable as problem:
        log.warning("list cannot be trusted", message=lost.message_id, problem=str(problem))
        _wait_or_ask(lost, grace=grace)
        return
    fault_points.reach("settle.listed")
    copies = [text for text in found if same_words(text.body, body)]
    copies = unbound(copies, message_id=lost.message_id)
    if copies:
        _record_found(lost, copies, provider=gateway.name, grace=grace)
    else:
        _resend_or_ask(lost)
    fault_points.reach("settle.committed")


def _list_checked(lost: Lost, control: Control | None, gateway: Gateway) -> list[SentText]:
    if control is None:
        raise ListUnavailable("no message is known to be sent, so an empty list proves nothing")
    require_shown(control, gateway)
    return gateway.list_sent(to=lost.recipient, since=lost.since)


def _record_accepted(lost: Lost, attempt_id: str) -> None:
    with transaction():
        at = database_now()
        attempt = db.session.get_one(
            DeliveryAttempt, attempt_id, populate_existing=True, with_for_update=True
        )
        if _close(
            lost,
            State.SENT,
            provider=attempt.provider,
            provider_id=attempt.provider_id,
            provider_status=attempt.provider_status,
            accepted_at=attempt.ended_at or at,
            error_code="",
            due_at=at if lost.resent else None,
        ):
            count_contact(lost.message_id)
        fault_points.reach("settle.written")


def _record_found(lost: Lost, copies: list[SentText], *, provider: str, grace: timedelta) -> None:
    found = copies[-1]  # the list is newest first
    state = state_reported(found.status) or State.SENT
    with transaction():
        at = database_now()
        # The attempt's row before the message's, as a callback takes them.
        attempt = db.session.get_one(
            DeliveryAttempt, lost.attempt, populate_existing=True, with_for_update=True
        )
        if not _close(
            lost,
            state,
            provider=provider,
            provider_id=found.provider_id,
            provider_status=found.status,
            accepted_at=found.created_at or at,
            finished_at=None if state is State.SENT else at,
            error_code=found.error_code or "",
            doubled=len(copies) > 1,
            due_at=at + grace if lost.resent else None,
        ):
            return
        attempt.provider, attempt.provider_id, attempt.provider_status = (
            provider,
            found.provider_id,
            found.status,
        )
        count_contact(lost.message_id)
        if state in {State.UNDELIVERED, State.FAILED}:
            queue_fallback(db.session.get_one(OutgoingMessage, lost.message_id, populate_existing=True))
        fault_points.reach("settle.written")
    log.info("message found in the list", message=lost.message_id, copies=len(copies))


def _resend_or_ask(lost: Lost) -> None:
    """Not there: send it once more; a second time only a person decides."""
    with transaction():
        at = database_now()
        if lost.resent or at - lost.since > TRY_FOR:
            _ask(lost, at=at)
        elif _may_resend(lost, at=at):
            _close(lost, State.QUEUED, due_at=at, resent=True)
        else:
            _close(lost, State.UNKNOWN, due_at=at + _LOOK_AGAIN)
        fault_points.reach("settle.written")


def _may_resend(lost: Lost, *, at: datetime) -> bool:
    """Whether the provider seems to work: something was accepted since, or it is time to try one message.

    Where every answer is lost for hours, each message would use its one repeat up and end with a person. So
    after a repeat that got no answer either, and until something is accepted again, there is one try in ten
    minutes.
    """
    others = (
        select(DeliveryAttempt.id)
        .join(OutgoingMessage, OutgoingMessage.id == DeliveryAttempt.message_id)
        .where(OutgoingMessage.channel == lost.channel, DeliveryAttempt.message_id != lost.message_id)
    )
    begin = min(lost.since, at - _ONE_TRY_IN)
    accepted = others.where(DeliveryAttempt.provider_id.is_not(None), DeliveryAttempt.started_at > begin)
    last = db.session.scalar(accepted.with_only_columns(func.max(DeliveryAttempt.started_at)))
    if last is not None and last > lost.since:
        return True
    repeated = others.where(
        OutgoingMessage.resent.is_(True),
        DeliveryAttempt.provider_id.is_(None),
        DeliveryAttempt.started_at > max(at - _ONE_TRY_IN, last or begin),
    )
    waiting = select(OutgoingMessage.id).where(
        OutgoingMessage.channel == lost.channel,
        OutgoingMessage.resent.is_(True),
        OutgoingMessage.state.in_({State.QUEUED, State.SENDING}),
        OutgoingMessage.attempts > 0,  # not one that a person set going: it may stand behind this one
    )
    return all(db.session.scalars(one.limit(1)).first() is None for one in (repeated, waiting))


def _wait_or_ask(lost: Lost, *, grace: timedelta) -> None:
    """Nothing can be found out now: ask again later, and a person in the end."""
    with transaction():
        at = database_now()
        if at - lost.since > TRY_FOR:
            _ask(lost, at=at)
        else:
            _close(lost, State.UNKNOWN, due_at=at + grace)


def _ask(lost: Lost, *, at: datetime) -> None:
    if _close(lost, State.NEEDS_HUMAN, due_at=None):
        alert_staff(db.session.get_one(OutgoingMessage, lost.message_id, populate_existing=True), at=at)


def _close(lost: Lost, state: State, **values: Any) -> bool:
    """Write only while nobody else has found out: a callback wins."""
    if state is not State.UNKNOWN:
        require_transition(State.UNKNOWN, state)
    result = db.session.execute(
        update(OutgoingMessage)
        .where(
            OutgoingMessage.id == lost.message_id,
            OutgoingMessage.state == State.UNKNOWN,
            OutgoingMessage.attempt == lost.attempt,
        )
        .values(state=state, **values)
        .execution_options(synchronize_session=False)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]
