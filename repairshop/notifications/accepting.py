"""What a provider has accepted, written down: for a whole batch in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import structlog
from sqlalchemy import Table, bindparam, case, func, select, update

from repairshop import fault_points
from repairshop.customers.service import record_notice_contacts
from repairshop.database import db
from repairshop.notifications.channels.gateways import Accepted
from repairshop.notifications.claims import Claim
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.moments import begin_short_work
from repairshop.notifications.retrying import TROUBLE_OF_ONE_MESSAGE
from repairshop.notifications.rules import Channel, State
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.delivery")
_ATTEMPT = cast(Table, DeliveryAttempt.__table__)
_MESSAGE = cast(Table, OutgoingMessage.__table__)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The provider took this one over."""

    claim: Claim
    provider: str
    accepted: Accepted


_END_ATTEMPT = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.id == bindparam("own"))
    .values(
        ending="accepted",
        ended_at=bindparam("at"),
        error_code="",
        provider=bindparam("by"),
        provider_id=bindparam("sid"),
        # What a callback has said already is later news.
        provider_status=func.coalesce(func.nullif(_ATTEMPT.c.provider_status, ""), bindparam("said")),
    )
)
# Only while the message still is this attempt's: a late writer changes nothing.
_SENT = (
    update(_MESSAGE)
    .where(
        _MESSAGE.c.attempt == _ATTEMPT.c.id,
        _ATTEMPT.c.id.in_(bindparam("own_attempts", expanding=True)),
        _MESSAGE.c.id.in_(bindparam("own_messages", expanding=True)),
        _MESSAGE.c.state == State.SENDING,
    )
    .values(
        state=State.SENT,
        provider=_ATTEMPT.c.provider,
        provider_id=_ATTEMPT.c.provider_id,
        provider_status=_ATTEMPT.c.provider_status,
        accepted_at=bindparam("at"),
        error_code="",
        # The list is asked once more about one that was sent again: see second_looks.
        due_at=case((_MESSAGE.c.resent, bindparam("at")), else_=None),
    )
    .returning(_MESSAGE.c.id, _MESSAGE.c.shop_id, _MESSAGE.c.customer_id, _MESSAGE.c.ticket_id)
)


def record_all_accepted(answers: Sequence[Answer]) -> None:
    """Of one channel. The attempts' rows before the messages', as a callback takes them."""
    channel = answers[0].claim.channel
    with transaction():
        at = begin_short_work()
        connection = db.session.connection()
        connection.execute(_END_ATTEMPT, [_values(answer, at) for answer in answers])
        changed = connection.execute(
            _SENT,
            {
                "own_attempts": [answer.claim.attempt for answer in answers],
                "own_messages": [answer.claim.message_id for answer in answers],
                "at": at,
            },
        ).all()
        if changed:
            record_notice_contacts(
                [(row.shop_id, row.customer_id, row.ticket_id) for row in changed], channel=channel.value
            )
            hasten_waiting(channel, at=at)
        fault_points.reach("answer.written")
    recorded = {row.id for row in changed}
    for answer in answers:
        message = answer.claim.message_id
        log.info("message accepted", message=message, provider=answer.provider, recorded=message in recorded)


def _values(answer: Answer, at: datetime) -> dict[str, object]:
    return {
        "own": answer.claim.attempt,
        "at": at,
        "by": answer.provider,
        "sid": answer.accepted.provider_id,
        "said": answer.accepted.status,
    }


def count_contact(message_id: int) -> None:
    """A message that got out is a contact with the customer."""
    row = db.session.execute(
        select(
            OutgoingMessage.shop_id,
            OutgoingMessage.customer_id,
            OutgoingMessage.ticket_id,
            OutgoingMessage.channel,
        ).where(OutgoingMessage.id == message_id)
    ).one()
    record_notice_contacts([(row.shop_id, row.customer_id, row.ticket_id)], channel=row.channel.value)


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
