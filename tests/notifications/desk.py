"""What tests of delivery do again and again: look at messages, and turn the worker's handle by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from repairshop import clock
from repairshop.database import db
from repairshop.notifications import accepting, claims, delivery, jobs, second_looks, settling
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.providers import Providers
from repairshop.notifications.rules import Channel, State
from repairshop.staff.rules import Actor
from repairshop.tickets import service as tickets
from repairshop.tickets.stages import Verb
from repairshop.transaction import transaction
from tests import builders

GRACE = timedelta(seconds=60)


def follow_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let delivery ask the tests' clock: PostgreSQL's own does not stand in the morning with it."""
    for module in (accepting, claims, delivery, jobs, second_looks, settling):
        for name in ("database_now", "begin_short_work"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, clock.now)


def move(reference: str, verb: Verb, by: Actor) -> None:
    with transaction():
        tickets.move_ticket(tickets.get_ticket_for_change(reference, by=by), verb, by=by)


def list_messages(**where: object) -> list[OutgoingMessage]:
    """All messages as the database has them now, in the order they were written."""
    db.session.rollback()
    query = select(OutgoingMessage).order_by(OutgoingMessage.id).filter_by(**where)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def the_message(**where: object) -> OutgoingMessage:
    (message,) = list_messages(**where)
    return message


def list_attempts() -> list[DeliveryAttempt]:
    db.session.rollback()
    query = select(DeliveryAttempt).order_by(DeliveryAttempt.started_at)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def claim_next(
    channel: Channel, *, lease: timedelta, sender: str = "", per_second: int = 0
) -> claims.Claim | None:
    """A batch of one; None when nothing may go now."""
    found = claims.claim_batch(channel, most=1, lease=lease, sender=sender, per_second=per_second)
    return found[0] if found else None


def deliver_claim(claim: claims.Claim, providers: Providers) -> None:
    delivery.deliver_batch([claim], providers, grace=GRACE, stopping=lambda: False)


def deliver_one(providers: Providers, channel: Channel = Channel.SMS) -> bool:
    """Claim and send the next due message; False when none is due."""
    claim = claim_next(channel, lease=GRACE)
    if claim is None:
        return False
    deliver_claim(claim, providers)
    return True


def deliver_all(providers: Providers, channel: Channel = Channel.SMS) -> int:
    sent = 0
    while deliver_one(providers, channel):
        sent += 1
    return sent


def let_grace_pass() -> None:
    """As if the grace time of every lost answer, and every wait for a next try, were over."""
    with transaction():
        db.session.execute(
            update(OutgoingMessage)
            .where(OutgoingMessage.state.in_({State.UNKNOWN, State.QUEUED, State.HELD}))
            .values(due_at=claims.database_now() - timedelta(seconds=1))
        )


def settle(providers: Providers) -> None:
    let_grace_pass()
    settling.settle_lost(providers, grace=GRACE)


def an_earlier_text_got_through(by: Actor, providers: Providers) -> None:
    """The control that a list is believed by."""
    builders.make_ticket(by, phone="07700 900999", email=None)
    assert deliver_one(providers)
