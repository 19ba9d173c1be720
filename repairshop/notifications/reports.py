"""What the provider reports about messages. Called by the signed callback."""

import structlog

from repairshop import clock
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import db
from repairshop.notifications.channels.carrier import StatusReport
from repairshop.notifications.channels.gateways import Trouble
from repairshop.notifications.channels.listed import trouble_of
from repairshop.notifications.consent import opt_out
from repairshop.notifications.fallback import alert_staff, queue_fallback
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.rules import (
    TRANSITIONS,
    State,
    is_news,
    state_reported,
)

log = structlog.get_logger("repairshop.delivery")


def record_report(report: StatusReport, *, attempt: str, provider: str) -> None:
    """Believe each report once: late, doubled and unordered ones change nothing.

    `attempt` is ours, read from the signed address.
    """
    row = db.session.get(DeliveryAttempt, attempt, populate_existing=True, with_for_update=True)
    target = state_reported(report.status)
    if row is None or target is None:
        log.warning("report about nothing we know", status=report.status)
        return
    message = db.session.get_one(
        OutgoingMessage, row.message_id, populate_existing=True, with_for_update=True
    )
    if row.provider_id not in {None, report.provider_id}:
        message.doubled = True
        return
    if not is_news(report.status, known=row.provider_status if row.provider_id else ""):
        return
    row.provider, row.provider_id = provider, report.provider_id
    row.provider_status, row.error_code = report.status, report.error_code
    if _is_second_copy(message, row):
        message.doubled = True
        log.error("a second copy was accepted", message=message.id)
        return
    _apply(message, report, target, provider=provider)


def _is_second_copy(message: OutgoingMessage, attempt: DeliveryAttempt) -> bool:
    """An earlier attempt turns out accepted after a later one was, or may have been."""
    if message.attempt == attempt.id:
        return False
    return message.provider_id not in {None, attempt.provider_id} or message.state is State.SENDING


def _apply(message: OutgoingMessage, report: StatusReport, target: State, *, provider: str) -> None:
    if message.state is not target and target not in TRANSITIONS[message.state]:
        return
    is_first_word = message.provider_id is None
    message.provider, message.provider_id = provider, report.provider_id
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
        if report.opted_out:
            opt_out(message.channel, message.recipient, source="provider")
        if trouble_of(report.error_code) is Trouble.ACCOUNT:
            alert_staff(message, at=at)
        queue_fallback(message)
