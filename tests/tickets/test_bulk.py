"""Bulk loading writes what the verbs would: the same walk, the same hashes, the same refusals."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select

from repairshop import clock, events, wiring
from repairshop.catalogue.rules import DeviceType
from repairshop.catalogue.service import load_catalogue
from repairshop.customers import service as customers
from repairshop.customers.models import Device
from repairshop.customers.service import NewDevice
from repairshop.database import db
from repairshop.demo.past import Crew, PastShop, past_ticket
from repairshop.errors import Refused
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ActorKind, Role, ShopId, system_actor
from repairshop.staff.service import create_shop
from repairshop.tickets import bulk, service
from repairshop.tickets.custody import pass_on
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Custody, HistoryEntry, Ticket, TicketMove, Visit
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import MoveNotAllowed, Outcome, OutcomeNotAllowed, Stage, Verb
from repairshop.tickets.walk import (
    Acted,
    Imported,
    Moved,
    Opened,
    PassedOn,
    Step,
    StepsOutOfOrder,
    Walk,
    walk,
)
from repairshop.transaction import transaction

pytestmark = pytest.mark.usefixtures("app_context")

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REPLAYED = 200


@pytest.fixture(autouse=True)
def _nobody_listens(app: Flask) -> Iterator[None]:
    """The loader tells nobody, so the verbs it is compared with tell nobody either."""
    events.connect(dict.fromkeys(wiring.EVENT_HANDLERS, ()))
    yield
    events.connect(wiring.EVENT_HANDLERS)


@pytest.fixture
def shop(app_context: None) -> Shop:
    with transaction():
        made = create_shop(name="Fixwell", country="GB", currency="GBP", time_zone="Europe/London")
        made.opening_hours = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    return db.session.query(Shop).one()


@pytest.fixture
def tess(shop: Shop) -> Actor:
    return Actor(kind=ActorKind.STAFF, shop_id=ShopId(shop.id), id=None, role=Role.TECHNICIAN)


def open_one(shop: Shop) -> tuple[Visit, Device]:
    by = system_actor(ShopId(shop.id))
    carl = customers.add_customer("Carl Clegg", language="en", by=by)
    device = customers.add_device(carl, NewDevice(device_type=DeviceType.PHONE, model="3310"), by=by)
    return service.open_visit(carl, by=by), device


def replay(steps: Sequence[Step], *, visit: Visit, device: Device) -> Ticket:
    """Do each step with the verb of the kernel, at its time."""
    ticket: Ticket | None = None
    move: TicketMove | None = None
    for step in steps:
        with clock.as_of(step.at):
            match step:
                case Opened():
                    new = service.NewTicket(device=device)
                    ticket = service.open_ticket(visit, new, verb=step.verb, stage=step.stage, by=step.by)
                case Moved():
                    move = service.move_ticket(
                        ticket,
                        step.verb,
                        by=step.by,
                        outcome=step.outcome,
                        outcome_reason=step.outcome_reason,
                        details=step.details,
                    )
                case Acted(act="check_in_completed"):
                    service.complete_check_in(ticket, by=step.by)
                case Acted():
                    record_history(ticket, step.act, by=step.by, before=step.before, after=step.after)
                case PassedOn():
                    move_id = move.id if step.in_move and move else None
                    pass_on(ticket, step.to, to_label=step.to_label, by=step.by, move_id=move_id)
    assert ticket is not None
    return ticket


def facts_of_walk(walked: Walk) -> dict[str, object]:
    return {
        "state": (
            walked.stage,
            walked.stage_since,
            walked.stage_version,
            walked.outcome,
            walked.outcome_reason,
        ),
        "times": (walked.opened_at, walked.checked_in_at, walked.closed_at, walked.changed_at),
        "holder": (walked.holder, walked.holder_label, walked.holder_since),
        "head": (len(walked.entries), walked.head),
        "moves": [
            (
                move.verb,
                move.origin,
                move.target,
                move.at,
                move.undo_until,
                move.history_seq,
                dict(move.previous),
            )
            for move in walked.moves
        ],
        "acts": [
            (row.entry.seq, row.entry.act, row.entry.at, row.hash, row.move is None) for row in walked.entries
        ],
        "custody": [
            (step.origin, step.origin_label, step.to, step.to_label, step.salt, step.at)
            for step in walked.custody
        ],
    }


def facts_of_ticket(ticket: Ticket) -> dict[str, object]:
    moves = db.session.scalars(select(TicketMove).filter_by(ticket_id=ticket.id).order_by(TicketMove.id))
    acts = db.session.scalars(select(HistoryEntry).filter_by(ticket_id=ticket.id).order_by(HistoryEntry.seq))
    custody = db.session.scalars(select(Custody).filter_by(ticket_id=ticket.id).order_by(Custody.id))
    return {
        "state": (
            ticket.stage,
            ticket.stage_since,
            ticket.stage_version,
            ticket.outcome,
            ticket.outcome_reason,
        ),
        "times": (ticket.opened_at, ticket.checked_in_at, ticket.closed_at, ticket.changed_at),
        "holder": (ticket.holder, ticket.holder_label, ticket.holder_since),
        "head": (ticket.history_seq, ticket.history_hash),
        "moves": [
            (move.verb, move.origin, move.target, move.at, move.undo_until, move.history_seq, move.previous)
            for move in moves
        ],
        "acts": [(row.seq, row.act, row.at, row.hash, row.move_id is None) for row in acts],
        "custody": [
            (row.from_holder, row.from_label, row.to_holder, row.to_label, row.salt, row.at)
            for row in custody
        ],
    }


def test_200_loaded_tickets_replayed_through_the_verbs_are_the_same(
    shop: Shop, tess: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repairshop.tickets.chain.secrets.token_hex", lambda size: "5a" * size)
    with transaction():
        load_catalogue()
        past = PastShop(shop=shop, crew=Crew(counter=[tess], bench=[tess]), rng=Random(3), until=clock.now())
        jobs = past.draw_jobs(past.draw_days(REPLAYED + 20, first=clock.now().date() - timedelta(days=90)))

    assert len(jobs) >= REPLAYED
    for job in jobs[:REPLAYED]:
        with transaction():
            visit, device = open_one(shop)
            steps = past_ticket(job).steps
            ticket = replay(steps, visit=visit, device=device)
            number = ticket.number
            code, facts = ticket.code, facts_of_ticket(ticket)

        opened = replace(steps[0], number=number)
        walked = walk(code, [opened, *steps[1:]], undo_window_seconds=shop.undo_window_seconds)

        assert facts == facts_of_walk(walked)


def some_steps(by: Actor) -> list[Step]:
    return [
        Opened(verb=Verb.TAKE_IN, stage=Stage.RECEIVED, number=7, at=MONDAY, by=by),
        Acted(act="check_in_completed", at=MONDAY + MINUTE, by=by),
        Moved(verb=Verb.START_DIAGNOSIS, at=MONDAY + 2 * MINUTE, by=by),
        Moved(
            verb=Verb.NOT_REPAIRABLE,
            at=MONDAY + 3 * MINUTE,
            by=by,
            outcome_reason="no_equipment",
            details={"barrier": "no_equipment"},
        ),
        PassedOn(to=Holder.CUSTOMER, to_label="", at=MONDAY + 4 * MINUTE, by=by),
    ]


@pytest.mark.both_databases
def test_what_is_written_is_what_was_walked(shop: Shop, tess: Actor) -> None:
    with transaction():
        visit, device = open_one(shop)
        pasts = [
            bulk.PastTicket(
                id=ticket_id,
                number=7 + place,
                code=code,
                device_id=device.id,
                device_type=device.device_type,
                device_label=device.label,
                visit_id=visit.id,
                steps=some_steps(tess),
                values={"reported_fault": "Fell", "accessories": ["case"]},
            )
            for place, (ticket_id, code) in enumerate(
                zip(bulk.reserve_ids(Ticket, 3), bulk.free_codes(3), strict=True)
            )
        ]
        written = bulk.write_tickets(pasts, shop=shop)

    for ticket, of_bulk in zip(
        db.session.scalars(select(Ticket).order_by(Ticket.number)), written, strict=True
    ):
        assert facts_of_ticket(ticket) == facts_of_walk(of_bulk.walk)
        assert (ticket.reported_fault, ticket.accessories, ticket.version) == ("Fell", ["case"], 1)
        assert (
            db.session.get_one(TicketMove, of_bulk.find_move_id(Verb.NOT_REPAIRABLE)).ticket_id == ticket.id
        )
        assert of_bulk.find_move_id(Verb.HAND_OVER) is None


@pytest.mark.both_databases
def test_reserved_ids_and_numbers_are_nobody_elses(shop: Shop) -> None:
    with transaction():
        _, before = open_one(shop)
        ids = bulk.reserve_ids(Device, 3)
        bulk.insert_rows(
            Device,
            [
                {
                    "id": device_id,
                    "shop_id": shop.id,
                    "device_type": DeviceType.WATCH,
                    "model": "Ähre 🙂",
                    "created_at": MONDAY,
                }
                for device_id in ids
            ],
        )
        numbers = bulk.take_numbers(shop.id, 5)
    with transaction():
        _, after = open_one(shop)
        following = bulk.take_numbers(shop.id, 1)

    assert len({before.id, *ids, after.id}) == 5
    assert db.session.get_one(Device, ids[0]).model == "Ähre 🙂"
    assert db.session.get_one(Device, ids[0]).colour == ""  # the column's own default
    assert (list(numbers), list(following)) == ([1, 2, 3, 4, 5], [6])
    assert bulk.reserve_ids(Device, 0) == []


def test_no_rows_write_nothing(shop: Shop) -> None:
    with transaction():
        bulk.insert_rows(Device, [])

    assert db.session.scalar(select(func.count()).select_from(Device)) == 0


def test_a_column_without_a_default_must_be_given(shop: Shop) -> None:
    with pytest.raises(Exception, match="created_at"), transaction():
        bulk.insert_rows(Device, [{"id": 1, "shop_id": shop.id, "device_type": DeviceType.WATCH}])


@pytest.mark.parametrize(
    ("steps", "refusal"),
    [
        (
            lambda by: [Opened(verb=Verb.TAKE_IN, stage=Stage.READY, number=1, at=MONDAY, by=by)],
            MoveNotAllowed,
        ),
        (lambda by: [*some_steps(by)[:1], Moved(verb=Verb.FINISH, at=MONDAY, by=by)], MoveNotAllowed),
        (
            lambda by: [
                *some_steps(by)[:1],
                Moved(verb=Verb.START_DIAGNOSIS, at=MONDAY, by=by, outcome=Outcome.REPAIRED),
            ],
            OutcomeNotAllowed,
        ),
        (lambda by: [*some_steps(by), Acted(act="assigned", at=MONDAY, by=by)], StepsOutOfOrder),
        (lambda by: some_steps(by)[1:], StepsOutOfOrder),
        (lambda by: [some_steps(by)[0], some_steps(by)[0]], StepsOutOfOrder),
    ],
)
def test_a_past_that_no_verb_allows_is_refused(steps: object, refusal: type[Exception], tess: Actor) -> None:
    assert issubclass(refusal, Refused | StepsOutOfOrder)
    with pytest.raises(refusal):
        walk("0" * 9, steps(tess), undo_window_seconds=30)


def test_an_imported_ticket_has_its_end_and_one_entry(tess: Actor) -> None:
    step = Imported(
        stage=Stage.HANDED_OVER,
        outcome=None,
        outcome_reason="",
        opened_at=MONDAY - timedelta(days=400),
        at=MONDAY,
        by=tess,
        details={"source": "ords"},
    )

    walked = walk("0" * 9, [step], undo_window_seconds=30)

    assert (walked.stage, walked.outcome, len(walked.entries), walked.moves) == (
        Stage.HANDED_OVER,
        None,
        1,
        [],
    )
    assert (walked.opened_at, walked.closed_at, walked.changed_at) == (step.opened_at, step.opened_at, MONDAY)
    assert walked.holder is Holder.CUSTOMER
