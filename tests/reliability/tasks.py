"""What a drill has done inside the program, each in a child of its own; the answers are JSON."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from flask import current_app
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from repairshop import clock, wiring
from repairshop.database import db
from repairshop.errors import Refused
from repairshop.notifications import models, service
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.rules import Channel, State, notice_for_move
from repairshop.operations.audit import walk_everything
from repairshop.staff import queries as staff_queries
from repairshop.staff import service as staff
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ActorKind, Role, ShopId
from repairshop.tickets import service as tickets
from repairshop.tickets.models import TicketMove
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from repairshop.worker import Worker
from tests import builders
from tests.reliability.ledger import plain

_FORM_SECRET = "form secret of the drills"


def make_shop(*, ticket_count: int, undo_window_seconds: int = 0, first: int = 0) -> dict[str, Any]:
    """A shop where it is ten in the morning, with tickets in repair, a number each, and Tess signed in.

    `first` is the number of the first ticket's telephone; a second call goes on where the first one ended.
    """
    shop = db.session.scalars(select(Shop)).first()
    if shop is None:
        builders.make_shop(undo_window_seconds=undo_window_seconds)
        with transaction():
            shop = db.session.scalars(select(Shop)).one()
            shop.time_zone = builders.zone_where_it_is(10)
            _lift_limits(shop.id)
    tess = builders.make_staff(ShopId(shop.id), Role.MANAGER)
    references = [
        builders.make_ticket(tess, stage=Stage.IN_REPAIR, phone=f"07700 9{number:05d}", name=f"Carl {number}")
        for number in range(first, first + ticket_count)
    ]
    with transaction():
        assert tess.id is not None
        token = staff.start_session(tess.id, shop_id=tess.shop_id)
    signed_in = staff_queries.find_signed_in(token, now=clock.now())
    assert signed_in is not None
    cookie = {
        "staff_session": token,
        "_user_id": signed_in.fs_uniquifier,
        "_fresh": True,
        "fs_paa": clock.now().timestamp(),
        "csrf_token": _FORM_SECRET,
    }
    return {
        "shop": shop.id,
        "staff": tess.id,
        "references": references,
        "cookie": f"{current_app.config['SESSION_COOKIE_NAME']}={_signed(cookie)}",
        "csrf_token": URLSafeTimedSerializer(_secret(), salt="wtf-csrf-token").dumps(_FORM_SECRET),
    }


def _lift_limits(shop_id: int) -> None:
    """A drill texts one number more often than a shop does in a year."""
    policy = getattr(models, "NoticePolicy", None)
    if policy is not None:
        many = {"to_one_number_a_day": 10**6, "a_day": 10**6, "a_month": 10**7}
        db.session.add(policy(shop_id=shop_id, quiet_from="21:00", quiet_to="08:00", countries=[], **many))


def _signed(cookie: dict[str, Any]) -> str:
    serializer = current_app.session_interface.get_signing_serializer(current_app)  # type: ignore[attr-defined]
    return str(serializer.dumps(cookie))


def _secret() -> str:
    key = current_app.secret_key
    assert isinstance(key, str)
    return key


def _tess(staff_id: int) -> Actor:
    shop_id = db.session.scalars(select(Shop.id)).one()
    return Actor(kind=ActorKind.STAFF, shop_id=ShopId(shop_id), id=staff_id, role=Role.MANAGER)


def move_all(*, staff_id: int, references: list[str]) -> int:
    """Each ticket one stage on, through the kernel's verb, a transaction each."""
    tess = _tess(staff_id)
    for reference in references:
        with transaction():
            ticket = tickets.get_ticket_for_change(reference, by=tess)
            tickets.move_ticket(ticket, next_verb(ticket.stage), by=tess)
    return len(references)


def next_verb(stage: Stage) -> Verb:
    """To the checks and back to the bench, as often as a drill wants."""
    return Verb.FINISH if stage is Stage.IN_REPAIR else Verb.TEST_FAILED


def read_accounts() -> dict[str, Any]:
    """Changes and rows for the ledger, and whether every chain of the history holds."""
    attempts: dict[int, list[str]] = {}
    for attempt, message_id in db.session.execute(select(DeliveryAttempt.id, DeliveryAttempt.message_id)):
        attempts.setdefault(message_id, []).append(attempt)
    changes = [
        {"event_key": f"move:{move.id}", "ticket_id": move.ticket_id}
        for move in db.session.scalars(select(TicketMove).where(TicketMove.undone_at.is_(None)))
        if notice_for_move(move.verb, target=move.target, outcome=None) is not None
    ]
    rows = [
        {
            "id": row.id,
            "event_key": row.event_key,
            "recipient": row.recipient,
            "text": row.text,
            "state": row.state.value,
            "send_after": row.send_after.timestamp(),
            "attempts": attempts.get(row.id, []),
            "doubled": row.doubled,
            "failed_for_good": row.state is State.FAILED and row.accepted_at is None,
            "by_hand": row.edited_by_id is not None,
        }
        for row in db.session.scalars(
            select(OutgoingMessage).where(OutgoingMessage.channel == Channel.SMS).order_by(OutgoingMessage.id)
        )
    ]
    calls = [
        [
            one.message_id,
            one.id,
            str(one.started_at),
            str(one.ended_at),
            one.ending,
            one.error_code,
            one.provider_id,
        ]
        for one in db.session.scalars(select(DeliveryAttempt).order_by(DeliveryAttempt.started_at))
    ]
    return {"changes": changes, "rows": rows, "calls": calls, "chain_holds": walk_everything().holds}


def answer_as_a_person(*, staff_id: int, accepted: list[list[str]]) -> int:
    """What waits for a person is looked up with the provider and settled: it went, or it goes again."""
    mira, settled = _tess(staff_id), 0
    # Copies that no row of ours accounts for; two stages of a ticket may have the same words.
    spare = Counter((to, plain(body)) for to, body in accepted)
    waiting = []
    for row in db.session.scalars(select(OutgoingMessage).where(OutgoingMessage.channel == Channel.SMS)):
        words = (row.recipient, plain(row.text))
        if row.state is State.NEEDS_HUMAN:
            waiting.append((row.id, words))
        elif row.accepted_at is not None:
            spare[words] -= 1
    db.session.rollback()
    for message_id, words in waiting:
        went = spare[words] > 0
        spare[words] -= went
        try:
            with transaction():
                service.settle_by_hand(message_id, State.SENT if went else State.QUEUED, by=mira)
        except Refused:
            continue  # a late callback was quicker
        settled += 1
    return settled


def tick_once() -> dict[str, Any]:
    """Each job about messages once, as a worker does at its ticks; how many messages are in which state."""
    for job in wiring.JOBS:
        if job.every_seconds:
            job.run()
            db.session.rollback()
    return count_states()


def count_states() -> dict[str, Any]:
    states = db.session.scalars(
        select(OutgoingMessage.state).where(OutgoingMessage.channel == Channel.SMS)
    ).all()
    return {state.value: states.count(state) for state in set(states)}


def count_daily_runs(*, zone: str, begin: str, hours: float, step_minutes: int, back_after: float) -> str:
    """Two workers through these hours of a shop in `zone`: how often each daily job ran on each local day.

    With `back_after` the clock is put back by an hour after so many hours, once.
    """
    with transaction():
        db.session.scalars(select(Shop)).one().time_zone = zone
    runs: dict[str, list[str]] = {}
    at = datetime.fromisoformat(begin).astimezone(UTC)
    clock_day = {"day": ""}

    def counted(name: str) -> Any:
        return lambda _shop_id: runs.setdefault(name, []).append(clock_day["day"])

    wiring.JOBS = [replace(job, run=counted(job.name)) for job in wiring.JOBS if job.daily_at]
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    workers = [Worker(app), Worker(app)]
    end, gone_back = at + timedelta(hours=hours), not back_after
    turn = at + timedelta(hours=back_after)
    while at < end:
        if not gone_back and at >= turn:
            at, gone_back = at - timedelta(hours=1), True
        with time_machine.travel(at, tick=False):
            clock_day["day"] = at.astimezone(ZoneInfo(zone)).date().isoformat()
            for worker in workers:
                worker._run_daily()
        at += timedelta(minutes=step_minutes)
    return json.dumps(runs)
