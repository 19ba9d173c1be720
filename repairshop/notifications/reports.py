"""What the provider reports about messages. Called by the signed callback."""

from dataclasses import dataclass

import structlog

from repairshop import clock
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import db
from repairshop.notifications.consent import opt_out
from repairshop.notifications.fallback import queue_fallback
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.rules import (
    TRANSITIONS,
    State,
    is_news,
    state_reported,
)

log = structlog.get_logger("repairshop.delivery")
_OPTED_OUT_CODE = "21610"


@dataclass(frozen=True, kw_only=True)
class Report:
    """One status callback; `attempt` is ours, read from the signed address."""

    attempt: str
    provider_id: str
    status: str
    error_code: str = ""


def record_report(report: Report) -> None:
    """Believe each report once: late, doubled and unordered ones change nothing."""
    attempt = db.session.get(DeliveryAttempt, report.attempt, populate_existing=True, with_for_update=True)
    target = state_reported(report.status)
    if attempt is None or target is None:
        log.warning("report about nothing we know", status=report.status)
        return
    message = db.session.get_one(
        OutgoingMessage, attempt.message_id, populate_existing=True, with_for_update=True
    )
    if attempt.provider_id not in {None, report.provider_id}:
        message.doubled = True
        return
    if not is_news(report.status, known=attempt.provider_status if attempt.provider_id else ""):
        return
    attempt.provider, attempt.provider_id = "twilio", report.provider_id
    attempt.provider_status, attempt.error_code = report.status, report.error_code
    if _is_second_copy(message, attempt):
        message.doubled = True
        log.error("a second copy was accepted", message=message.id)
        return
    _apply(message, report, target)


def _is_second_copy(message: OutgoingMessage, attempt: DeliveryAttempt) -> bool:
    """An earlier attempt turns out accepted after a later one was, or may have been."""
    if message.attempt == attempt.id:
        return False
    return message.provider_id not in {None, attempt.provider_id} or message.state is State.SENDING


def _apply(message: OutgoingMessage, report: Report, target: State) -> None:
    if message.state is not target and target not in TRANSITIONS[message.state]:
        return
    is_first_word = message.provider_id is None
    message.provider, message.provider_id = "twilio", report.provider_id
    message.provider_status, message.error_code = report.status, report.error_code
    at = clock.now()
    message.accepted_at = message.accepted_at or at
    # One that was sent again is looked for in the list once more.
    message.state, message.due_at = target, at if message.resent else None
    if is_first_word:
        record_touchpoint(
            message.shop_id,
            TouchpointKind.NOTICE,
            customer_id=message.customer_id,
            ticket_id=message.ticket_id,
            channel=message.channel.value,
        )
    if target is not State.SENT:
        message.finished_at = at
    if target in {State.UNDELIVERED, State.FAILED}:
        if report.error_code == _OPTED_OUT_CODE:
            opt_out(message.channel, message.recipient, source="provider")
        queue_fallback(message)
