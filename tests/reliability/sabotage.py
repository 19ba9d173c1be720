"""Deliveries broken on purpose, each by a mistake that somebody could make. A drill must see them."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from repairshop import fault_points
from repairshop.database import db
from repairshop.notifications import claims, delivery, jobs, settling
from repairshop.notifications.accepting import Answer
from repairshop.notifications.channels.gateways import Accepted, NotAccepted, Verdict
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, State


def resend_without_asking() -> None:
    """What may have been accepted is sent again at once, and neither callback nor list is waited for."""
    settling._settle_by_list = lambda lost, *_, **__: settling._resend_or_ask(lost)  # type: ignore[assignment]


def take_a_lost_answer_for_a_refusal() -> None:
    """The most common mistake: a time-out is tried again like a 429."""

    def record(claim: Any, lost: Any, **_: Any) -> None:
        delivery.record_refused(claim, NotAccepted(Verdict.RETRY, code=lost.code))

    delivery.record_lost = record  # type: ignore[assignment]


def mark_sent_before_the_call() -> None:
    """At most once: a process that dies in between loses the message."""
    call = delivery._call

    def mark_then_call(claim: Any, providers: Any) -> Any:
        delivery.record_all_accepted(
            [Answer(claim=claim, provider="twilio", accepted=Accepted(provider_id=claim.attempt))]
        )
        fault_points.reach("call.answered")
        return call(claim, providers)

    delivery._call = mark_then_call  # type: ignore[assignment]


def forget_the_order() -> None:
    """A later stage does not wait for an earlier one."""
    claims.IN_THE_WAY_STATES = frozenset()  # type: ignore[assignment]


def hand_over_whenever() -> None:
    """A process that was stopped does not ask whether its claim is still its own before it calls."""
    call = delivery._call
    delivery._call = lambda claim, providers: call(replace(claim, hand_over_until=math.inf), providers)  # type: ignore[assignment]


def write_whoever_owns_it() -> None:
    """An answer is written down although the claim is another's by now."""

    def settle(claim: Any, state: State, **values: Any) -> bool:
        return _write(claim.message_id, state=state, **values)

    delivery._settle = settle  # type: ignore[assignment]


def believe_an_old_look() -> None:
    """What the list did not show when it was asked is sent again, whatever was found out since."""

    def close(lost: Any, state: State, **values: Any) -> bool:
        return _write(lost.message_id, state=state, **values)

    settling._close = close  # type: ignore[assignment]


def send_in_the_request() -> None:
    """Who moves a ticket waits until the provider has the notice."""
    reach = fault_points.reach

    def reach_and_send(name: str) -> None:
        reach(name)
        if name == "move.committed":
            jobs.deliver(Channel.SMS)

    fault_points.reach = reach_and_send  # type: ignore[assignment]


def _write(message_id: int, **values: Any) -> bool:
    db.session.execute(
        update(OutgoingMessage)
        .where(OutgoingMessage.id == message_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return True


BREAKS: dict[str, Callable[[], None]] = {
    broken.__name__: broken
    for broken in (
        resend_without_asking,
        take_a_lost_answer_for_a_refusal,
        mark_sent_before_the_call,
        forget_the_order,
        hand_over_whenever,
        write_whoever_owns_it,
        believe_an_old_look,
        send_in_the_request,
    )
}
