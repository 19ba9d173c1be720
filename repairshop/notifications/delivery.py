"""Delivery: claim, call, record. No transaction is open during a call, and no answer is believed twice.

A claim is a committed row before the call; whatever happens afterwards is written only while the row still
belongs to this attempt. What is left open is settled by callbacks, by the provider's list, or by a person.
"""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Case, case, select, update

from repairshop import clock, fault_points
from repairshop.database import db
from repairshop.notifications.accepting import Answer, record_all_accepted
from repairshop.notifications.batching import LONGEST_BATCH_SECONDS, SLOW_CALL_SECONDS
from repairshop.notifications.channels.gateways import (
    Accepted,
    AnswerLost,
    MessageToSend,
    NotAccepted,
    Verdict,
)
from repairshop.notifications.claims import Claim
from repairshop.notifications.consent import opt_out
from repairshop.notifications.fallback import alert_staff, queue_fallback
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.moments import begin_short_work
from repairshop.notifications.planning import validity
from repairshop.notifications.providers import Providers
from repairshop.notifications.retrying import next_try
from repairshop.notifications.rules import State, can_unsubscribe, require_transition
from repairshop.notifications.spending import count_out
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.delivery")


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


def deliver_batch(
    claims: Sequence[Claim], providers: Providers, *, grace: timedelta, stopping: Callable[[], bool]
) -> int:
    """Call the provider about each of a batch, in order; how many calls were made.

    What is not called within a second, or before this process is told to stop, goes back untouched. A quick
    provider's acceptances are written down together, a slow one's each at once.
    """
    began, made = time.monotonic(), 0
    answers: list[Answer] = []
    try:
        for claim in claims:
            if stopping() or time.monotonic() - began > LONGEST_BATCH_SECONDS:
                break
            called, made = time.monotonic(), made + 1
            answer = _call_and_record_trouble(claim, providers, grace=grace)
            if answer is not None:
                answers.append(answer)
            if time.monotonic() - called > SLOW_CALL_SECONDS:
                written, answers = answers, []
                _record_answers(written)
    finally:  # one message that makes us stumble must not leave the others open
        try:
            _record_answers(answers)
        finally:
            return_claims(claims[made:])
    return made


def _call_and_record_trouble(claim: Claim, providers: Providers, *, grace: timedelta) -> Answer | None:
    fault_points.reach("claim.committed")
    try:
        provider, accepted = _call(claim, providers)
    except (NotAccepted, AnswerLost) as ending:
        fault_points.reach("call.answered")
        _record_ending(claim, ending, grace=grace)
        fault_points.reach("answer.committed")
        return None
    fault_points.reach("call.answered")
    return Answer(claim=claim, provider=provider, accepted=accepted)


def _record_answers(answers: Sequence[Answer]) -> None:
    if answers:
        record_all_accepted(answers)
        fault_points.reach("answer.committed")


def _record_ending(claim: Claim, ending: NotAccepted | AnswerLost, *, grace: timedelta) -> None:
    if isinstance(ending, NotAccepted):
        record_refused(claim, ending)
    else:
        record_lost(claim, ending, grace=grace)


def record_refused(claim: Claim, refusal: NotAccepted) -> None:
    """Definitely not accepted: try again later, or give up by the table of codes."""
    with transaction():
        at = begin_short_work()
        _end_attempt(claim.attempt, "refused", at=at, code=refusal.code)
        if claim.counted:
            count_out(claim.message_id, at=at)
        if refusal.verdict in {Verdict.RETRY, Verdict.SETUP}:
            _back_off(claim, refusal, at=at)
        elif _settle(claim, State.FAILED, error_code=refusal.code, finished_at=at, due_at=_look_due(at)):
            message = db.session.get_one(OutgoingMessage, claim.message_id, populate_existing=True)
            if refusal.verdict is Verdict.OPTED_OUT:
                opt_out(message.channel, message.recipient, source="provider")
            queue_fallback(message)
        fault_points.reach("answer.written")
    log.warning("message refused", message=claim.message_id, code=refusal.code, verdict=refusal.verdict)


def _back_off(claim: Claim, refusal: NotAccepted, *, at: datetime) -> None:
    # Jitter keeps many workers from coming back at once; nothing secret depends on it.
    chance = random.random()  # noqa: S311
    due_at = next_try(attempts=claim.attempts, since=_first_try(claim), at=at, chance=chance)
    if due_at is not None:
        is_ours = _settle(claim, State.QUEUED, error_code=refusal.code, due_at=due_at, attempt=None)
        if is_ours and refusal.verdict is Verdict.SETUP:  # no try will help before somebody does something
            alert_staff(db.session.get_one(OutgoingMessage, claim.message_id, populate_existing=True), at=at)
    elif _settle(claim, State.NEEDS_HUMAN, error_code=refusal.code, due_at=None):
        alert_staff(db.session.get_one(OutgoingMessage, claim.message_id, populate_existing=True), at=at)


def _look_due(at: datetime) -> Case[datetime | None]:
    """Earlier tries of one that was sent again may have gone: see second_looks."""
    return case((OutgoingMessage.resent, at), else_=None)


def _first_try(claim: Claim) -> datetime:
    """When these tries began: not those from before it was held, or before a person set it going again."""
    tries = (
        select(DeliveryAttempt.started_at)
        .where(DeliveryAttempt.message_id == claim.message_id, DeliveryAttempt.ending != "returned")
        .order_by(DeliveryAttempt.started_at.desc())
        .limit(claim.attempts)
    )
    return min(db.session.scalars(tries), default=claim.send_after)


def record_lost(claim: Claim, lost: AnswerLost, *, grace: timedelta) -> None:
    """Accepted or not, nobody knows: a callback may still tell, after the grace time the list is asked."""
    with transaction():
        at = begin_short_work()
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


def _end_attempt(attempt: str, ending: str, *, at: datetime, code: str = "") -> None:
    row = db.session.get_one(DeliveryAttempt, attempt, populate_existing=True, with_for_update=True)
    row.ending, row.ended_at, row.error_code = ending, at, code


def return_claims(claims: Sequence[Claim]) -> None:
    """Give back what was claimed and never handed over, so that nothing needs to be found out about it."""
    if not claims:
        return
    with transaction():
        at = begin_short_work()
        for claim in claims:
            _end_attempt(claim.attempt, "returned", at=at)
        for claim in claims:
            is_ours = _settle(claim, State.QUEUED, attempt=None, attempts=claim.attempts - 1)
            if is_ours and claim.counted:
                count_out(claim.message_id, at=at)
