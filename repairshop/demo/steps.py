"""A plan's times as the steps a ticket's history is made of."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from repairshop.demo.rules import REPAIRED_PATHS, Path, Plan
from repairshop.staff.rules import Actor
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import Outcome, Stage, Verb
from repairshop.tickets.walk import Acted, Moved, Opened, PassedOn, Step

_MINUTE = timedelta(minutes=1)
_BENCH = "Bench 1"


@dataclass(frozen=True, kw_only=True)
class Hands:
    """Who did what on one ticket."""

    counter: Actor
    bench: Actor
    customer: Actor


@dataclass(frozen=True, kw_only=True)
class Ids:
    """Numbers the history names: of the ticket, and of rows that lie beside it."""

    number: int
    order: int | None = None
    part: int | None = None


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """Price and maximum in minor units, and what is fitted."""

    price_minor: int
    at_most_minor: int
    part_name: str
    place: str
    quote_hash: str = ""


def steps_of(plan: Plan, *, hands: Hands, ids: Ids, agreed: Agreed) -> list[Step]:
    """Every step of the ticket, in the order of time."""
    steps = _arrival(plan, hands=hands, number=ids.number, place=agreed.place)
    if plan.path is Path.CANCELLED:
        return steps
    steps += _decision(plan, hands=hands, agreed=agreed)
    if plan.path in REPAIRED_PATHS:
        steps += _work(plan, hands=hands, ids=ids, agreed=agreed)
    steps += _end(plan, hands=hands)
    return steps


def _arrival(plan: Plan, *, hands: Hands, number: int, place: str) -> list[Step]:
    by, at = hands.counter, plan.arrived_at
    if plan.booked_at is None:
        verb = Verb.OPEN_WARRANTY_CLAIM if plan.path is Path.WARRANTY else Verb.TAKE_IN
        steps: list[Step] = [Opened(verb=verb, stage=Stage.RECEIVED, number=number, at=at, by=by)]
    else:
        steps = [Opened(verb=Verb.BOOK, stage=Stage.BOOKED, number=number, at=plan.booked_at, by=by)]
        if plan.path is Path.CANCELLED:
            return [*steps, Moved(verb=Verb.CANCEL, at=at, by=by)]
        steps += [
            Moved(verb=Verb.CHECK_IN, at=at, by=by),
            PassedOn(to=Holder.PLACE, to_label="", at=at, by=by, in_move=True),
        ]
    earliest, latest = plan.promised
    dates = {"earliest": earliest.isoformat(), "latest": latest.isoformat(), "reason": "intake"}
    return [
        *steps,
        Acted(act="promised", at=plan.checked_in_at, by=by, after=dates),
        Acted(act="check_in_completed", at=plan.checked_in_at, by=by),
        PassedOn(to=Holder.PLACE, to_label=place, at=plan.checked_in_at, by=by),
    ]


def _decision(plan: Plan, *, hands: Hands, agreed: Agreed) -> list[Step]:
    bench, decided, answered = hands.bench, plan.decided_at, plan.answered_at
    price = {
        "quote": 1,
        "hash": agreed.quote_hash,
        "price": agreed.price_minor,
        "at_most": agreed.at_most_minor,
    }
    if plan.path is Path.FIXED_PRICE:
        return [Moved(verb=Verb.ACCEPT_FIXED_PRICE, at=_known(answered), by=hands.counter, details=price)]
    steps: list[Step] = [Moved(verb=Verb.START_DIAGNOSIS, at=_known(plan.diagnosing_at), by=bench)]
    if plan.path in {Path.QUOTED, Path.DECLINED, Path.UNCOLLECTED}:
        verb = Verb.DECLINE if plan.path is Path.DECLINED else Verb.APPROVE
        answer = {**price, "channel": "portal"}
        return [
            *steps,
            Moved(verb=Verb.SEND_QUOTE, at=_known(decided), by=bench, details=price),
            Moved(verb=verb, at=_known(answered), by=hands.customer, details=answer),
        ]
    ends = {
        Path.WITHIN_LIMIT: Moved(verb=Verb.PROCEED_WITHIN_LIMIT, at=_known(decided), by=bench, details=price),
        Path.WARRANTY: Moved(
            verb=Verb.PROCEED_UNDER_WARRANTY, at=_known(decided), by=bench, details={"covered": True}
        ),
        Path.NO_FAULT: Moved(verb=Verb.NO_FAULT_FOUND, at=_known(decided), by=bench),
        Path.NOT_REPAIRABLE: _not_repairable(_known(decided), bench),
        Path.RECYCLED: _not_repairable(_known(decided), bench),
        Path.RETURNED: Moved(
            verb=Verb.RETURN_UNREPAIRED, at=_known(decided), by=bench, outcome_reason="customer_asked"
        ),
    }
    return [*steps, ends[plan.path]]


def _not_repairable(at: datetime, by: Actor) -> Moved:
    reason = "parts_not_available"
    return Moved(verb=Verb.NOT_REPAIRABLE, at=at, by=by, outcome_reason=reason, details={"barrier": reason})


def _work(plan: Plan, *, hands: Hands, ids: Ids, agreed: Agreed) -> list[Step]:
    by, steps = hands.bench, list[Step]()
    if plan.ordered_at is not None and plan.part_arrived_at is not None:
        expected = plan.part_expected_on.isoformat() if plan.part_expected_on else None
        steps += [
            Acted(
                act="part_ordered",
                at=plan.ordered_at,
                by=by,
                after={"order": ids.order, "expected_on": expected},
            ),
            Moved(verb=Verb.ORDER_PART, at=plan.ordered_at, by=by),
            Acted(act="part_arrived", at=plan.part_arrived_at, by=hands.counter, after={"order": ids.order}),
            Moved(verb=Verb.LAST_PART_ARRIVED, at=plan.part_arrived_at, by=hands.counter),
        ]
    started, finished = _known(plan.started_at), _known(plan.finished_at)
    steps += [
        PassedOn(to=Holder.PLACE, to_label=_BENCH, at=started, by=by),
        Moved(verb=Verb.START_REPAIR, at=started, by=by),
    ]
    if ids.part is not None:
        fitted = {"part": ids.part, "name": agreed.part_name, "origin": "aftermarket", "serial": None}
        steps.append(Acted(act="part_fitted", at=finished, by=by, after=fitted))
    steps.append(Moved(verb=Verb.FINISH, at=finished, by=by, outcome=_worked(plan)))
    if plan.failed_at is not None and plan.refinished_at is not None:
        steps += [
            Moved(verb=Verb.TEST_FAILED, at=plan.failed_at, by=by),
            Moved(verb=Verb.FINISH, at=plan.refinished_at, by=by, outcome=_worked(plan)),
        ]
    return steps


def _worked(plan: Plan) -> Outcome:
    partly = plan.outcome is Outcome.PARTLY_REPAIRED
    return Outcome.PARTLY_REPAIRED if partly else Outcome.REPAIRED


def _end(plan: Plan, *, hands: Hands) -> list[Step]:
    released, by, at = _known(plan.released_at), hands.counter, plan.closed_at
    steps: list[Step] = [
        Moved(verb=Verb.RELEASE, at=released, by=hands.bench, details={"put_together": True}),
        PassedOn(to=Holder.PLACE, to_label="Ready shelf", at=released, by=hands.bench),
    ]
    if plan.uncollected_at is not None:
        steps.append(Moved(verb=Verb.NOT_COLLECTED, at=plan.uncollected_at, by=by))
    if plan.path is Path.RECYCLED:
        details = {"kind": "recycling", "basis": "customer_agreed"}
        return [*steps, Moved(verb=Verb.SURRENDER, at=at, by=by, details=details)]
    return [
        *steps,
        PassedOn(to=Holder.CUSTOMER, to_label="", at=at, by=by),
        Moved(verb=Verb.HAND_OVER, at=at, by=by, details={"method": "counter"}),
    ]


def _known(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("this way of a job has no such step")
    return moment
