"""Delivery: claim, call, record. No transaction is open during a call, and no answer is believed twice.

A claim is a committed row before the call; whatever happens afterwards is written only while the row still
belongs to this attempt. What is left open is settled by callbacks, by the provider's list, or by a person.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import case, update

from repairshop import clock, fault_points
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import db
from repairshop.notifications.channels.gateways import (
    Accepted,
    AnswerLost,
    MessageToSend,
    NotAccepted,
    Verdict,
)
from repairshop.notifications.channels.listed import carrier_of
from repairshop.notifications.claims import Claim
from repairshop.notifications.consent import opt_out
from repairshop.notifications.fallback import alert_staff, queue_fallback
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.moments import database_now
from repairshop.notifications.planning import validity
from repairshop.notifications.providers import Providers
from repairshop.notifications.retrying import TROUBLE_OF_ONE_MESSAGE, next_try
from repairshop.notifications.rules import Channel, State, can_unsubscribe, require_transition
from repairshop.notifications.spending import count_out
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.delivery")
# A named step of delivery, for drills that kill the process there; does nothing otherwise.
Step = Callable[[str], None]


def no_step(name: str) -> None:
    """Nothing happens between two steps."""


def deliver(claim: Claim, providers: Providers, *, grace: timedelta, step: Step = no_step) -> None:
    """Call the provider about one claim and record how it ended."""
    fault_points.reach("claim.committed")
    step("claimed")
    try:
        provider, accepted = _call(claim, providers)
    except NotAccepted as refusal:
        step("answered")
        fault_points.reach("call.answered")
        record_refused(claim, refusal)
    except AnswerLost as lost:
        step("answered")
        fault_points.reach("call.answered")
        record_lost(claim, lost, grace=grace)
    else:
        step("answered")
        fault_points.reach("call.answered")
        record_accepted(claim, accepted, provider=provider)
    step("recorded")
    fault_points.reach("answer.committed")


def _call(claim: Claim, providers: Providers) -> tuple[str, Accepted]:
    gateway = providers.gateway(claim.channel, is_demo=claim.is_demo)
    return gateway.name, gateway.send(message_to_send(claim, providers))


def message_to_send(claim: Claim, providers: Providers) -> MessageToSend:
    valid = validity(claim.purpose, at=clock.now(), quiet=claim.quiet)
    return MessageToSend(
        to=claim.recipient,
        subject=claim.subject,
        text=filled(claim.text, claim, providers),
        html=filled(claim.html, claim, providers),
        message_id=providers.message_id(claim.uid),
        in_reply_to=providers.message_id(claim.first_uid) if claim.first_uid else "",
        unsubscribe=providers.unsubscribe(claim.uid) if can_unsubscribe(claim.purpose) else "",
        dated=claim.created_at,
        sender_name=claim.shop_name,
        reply_to=claim.shop_email,
        attempt=claim.attempt,
        valid_seconds=int(valid.total_seconds()),
        hand_over_until=claim.hand_over_until,
    )


def filled(text: str, claim: Claim, providers: Providers) -> str:
    """The words with the person's own addresses in their places."""
    if can_unsubscribe(claim.purpose):
        text = text.replace("{unsubscribe}", providers.unsubscribe(claim.uid))
    if claim.link_id is None:
        return text
    return text.replace("{link}", providers.link(claim.link_id, version=claim.link_version))


def record_accepted(claim: Claim, accepted: Accepted, *, provider: str) -> None:
    with transaction():
        at = database_now()
        _end_attempt(claim.attempt, "accepted", at=at, provider=provider, accepted=accepted)
        changed = _settle(
            claim,
            State.SENT,
            provider=provider,
            provider_id=accepted.provider_id,
            provider_status=accepted.status,
            accepted_at=at,
            error_code="",
            # The list is asked once more about one that was sent again: see second_looks.
            due_at=case((OutgoingMessage.resent, at), else_=None),
        )
        if changed:
            count_contact(claim.message_id)
            hasten_waiting(claim.channel, at=at)
        fault_points.reach("answer.written")
    log.info("message accepted", message=claim.message_id, provider=provider, recorded=changed)


def record_refused(claim: Claim, refusal: NotAccepted) -> None:
    """Definitely not accepted: try again later, or give up by the table of codes."""
    with transaction():
        at = database_now()
        _end_attempt(claim.attempt, "refused", at=at, code=refusal.code)
        if carrier_of(claim.channel).measure is not None:
            count_out(db.session.get_one(OutgoingMessage, claim.message_id), at=at)
        if refusal.verdict in {Verdict.RETRY, Verdict.SETUP}:
            _back_off(claim, refusal, at=at)
        elif _settle(claim, State.FAILED, error_code=refusal.code, finished_at=at):
            message = db.session.get_one(OutgoingMessage, claim.message_id, populate_existing=True)
            if refusal.verdict is Verdict.OPTED_OUT:
                opt_out(message.channel, message.recipient, source="provider")
            queue_fallback(message)
        fault_points.reach("answer.written")
    log.warning("message refused", message=claim.message_id, code=refusal.code, verdict=refusal.verdict)


def _back_off(claim: Claim, refusal: NotAccepted, *, at: datetime) -> None:
    # Jitter keeps many workers from coming back at once; nothing secret depends on it.
    chance = random.random()  # noqa: S311
    due_at = next_try(attempts=claim.attempts, since=claim.send_after, at=at, chance=chance)
    if due_at is not None:
        is_ours = _settle(claim, State.QUEUED, error_code=refusal.code, due_at=due_at, attempt=None)
        if is_ours and refusal.verdict is Verdict.SETUP:  # no try will help before somebody does something
            alert_staff(db.session.get_one(OutgoingMessage, claim.message_id, populate_existing=True), at=at)
    elif _settle(claim, State.NEEDS_HUMAN, error_code=refusal.code, due_at=None):
        alert_staff(db.session.get_one(OutgoingMessage, claim.message_id, populate_existing=True), at=at)


def record_lost(claim: Claim, lost: AnswerLost, *, grace: timedelta) -> None:
    """Accepted or not, nobody knows: a callback may still tell, after the grace time the list is asked."""
    with transaction():
        at = database_now()
        _end_attempt(claim.attempt, "lost", at=at, code=lost.code)
        _settle(claim, State.UNKNOWN, error_code=lost.code, due_at=at + grace)
        fault_points.reach("answer.written")
    log.warning("answer lost", message=claim.message_id, code=lost.code)


def _settle(claim: Claim, state: State, **values: Any) -> bool:
    """Write the ending, but only while the message still is this attempt's: a late writer changes nothing."""
    require_transition(State.SENDING, state)
    statement = (
        update(OutgoingMessage)
        .where(
            OutgoingMessage.id == claim.message_id,
            OutgoingMessage.state == State.SENDING,
            OutgoingMessage.attempt == claim.attempt,
        )
        .values(state=state, **values)
        .execution_options(synchronize_session=False)
    )
    return bool(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _end_attempt(
    attempt: str,
    ending: str,
    *,
    at: datetime,
    provider: str = "",
    code: str = "",
    accepted: Accepted | None = None,
) -> None:
    row = db.session.get_one(DeliveryAttempt, attempt, populate_existing=True, with_for_update=True)
    row.ending, row.ended_at, row.provider, row.error_code = ending, at, provider or row.provider, code
    if accepted is not None:
        row.provider_id = accepted.provider_id
        row.provider_status = row.provider_status or accepted.status


def count_contact(message_id: int) -> None:
    """A message that got out is a contact with the customer."""
    message = db.session.get_one(OutgoingMessage, message_id, populate_existing=True)
    record_touchpoint(
        message.shop_id,
        TouchpointKind.NOTICE,
        customer_id=message.customer_id,
        ticket_id=message.ticket_id,
        channel=message.channel.value,
    )


def hasten_waiting(channel: Channel, *, at: datetime) -> None:
    """The provider answers again: what waits for its next try need not wait for hours."""
    db.session.execute(
        update(OutgoingMessage)
        .where(
            OutgoingMessage.state == State.QUEUED,
            OutgoingMessage.channel == channel,
            OutgoingMessage.attempts > 0,
            OutgoingMessage.due_at > at + timedelta(seconds=20),
            OutgoingMessage.error_code.not_in(TROUBLE_OF_ONE_MESSAGE),
        )
        .values(due_at=at)
        .execution_options(synchronize_session=False)
    )


def return_claim(claim: Claim) -> None:
    """Give back a message that was claimed and never handed over: the worker is stopping."""
    with transaction():
        _end_attempt(claim.attempt, "returned", at=database_now())
        _settle(claim, State.QUEUED, attempt=None, attempts=claim.attempts - 1)
