"""Deliveries broken on purpose, each by a mistake that somebody could make. A drill must see them."""

from collections.abc import Callable
from typing import Any

from repairshop import fault_points
from repairshop.notifications import claims, delivery, settling
from repairshop.notifications.channels.gateways import Accepted, NotAccepted, Verdict


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
        delivery.record_accepted(claim, Accepted(provider_id=claim.attempt), provider="twilio")
        fault_points.reach("call.answered")
        return call(claim, providers)

    delivery._call = mark_then_call  # type: ignore[assignment]


def forget_the_order() -> None:
    """A later stage does not wait for an earlier one."""
    claims.IN_THE_WAY_STATES = frozenset()  # type: ignore[assignment]


BREAKS: dict[str, Callable[[], None]] = {
    broken.__name__: broken
    for broken in (
        resend_without_asking,
        take_a_lost_answer_for_a_refusal,
        mark_sent_before_the_call,
        forget_the_order,
    )
}
