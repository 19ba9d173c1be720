"""The nightly job removes what is over its period, exactly that, and nothing the second time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.inbox.models import InboundMessage
from repairshop.inbox.rules import InboundKind
from repairshop.media.models import Media
from repairshop.media.store import the_store
from repairshop.operations.audit import walk_everything
from repairshop.personal import Kind
from repairshop.retention import jobs, queries, service
from repairshop.retention.rules import DEFAULT_DAYS
from repairshop.tickets.models import Question, Signature, TicketNote
from repairshop.transaction import transaction
from repairshop.warranty.models import WarrantyTerm
from tests import builders
from tests.retention.lived import IMEI, MARK, START, everything_kept, later, live

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def tess(app_context):
    return builders.make_staff(builders.make_shop())


PROBES = {
    Kind.PHOTOS: lambda: db.session.scalars(select(Media.erased_at)).one() is not None,
    Kind.MESSAGES: lambda: db.session.scalars(select(Question.text)).one() == "",
    Kind.NOTES: lambda: db.session.scalars(select(TicketNote.salt)).one() == "",
    Kind.SIGNATURES: lambda: MARK not in db.session.scalars(select(Signature.name)).one(),
    Kind.CONTACT: lambda: MARK not in db.session.scalars(select(Customer.name)).one(),
    Kind.TICKET: lambda: IMEI not in everything_kept(),
}


def gone() -> set[Kind]:
    db.session.rollback()
    return {kind for kind, is_gone in PROBES.items() if is_gone()}


def run(shop_id: int, *, days: int) -> int:
    with later(days):
        return jobs.remove_what_is_over(shop_id)


@pytest.mark.both_databases
def test_each_kind_goes_after_its_own_days_and_not_before(tess: Any) -> None:
    live(tess)
    for days in sorted(set(DEFAULT_DAYS.values())):
        assert run(tess.shop_id, days=days - 1) == 0
        assert gone() == {kind for kind, period in DEFAULT_DAYS.items() if period < days}

        assert run(tess.shop_id, days=days + 1) > 0

        assert gone() == {kind for kind, period in DEFAULT_DAYS.items() if period <= days}
        assert run(tess.shop_id, days=days + 1) == 0

    assert MARK not in everything_kept()
    assert walk_everything().holds
    assert {removal.kind for removal in queries.list_removals(tess.shop_id)} == set(Kind)


def test_nothing_of_an_open_ticket_goes_however_old(tess: Any) -> None:
    live(tess, over=False)

    assert run(tess.shop_id, days=5000) == 0


def test_the_period_begins_when_the_warranty_ends(tess: Any) -> None:
    reference = live(tess)
    today = START.date()
    with transaction():
        ticket = builders.get_ticket(reference)
        ticket.condition_note = f"{MARK} in warranty"
        term = WarrantyTerm(ticket_id=ticket.id, starts_on=today, ends_on=today + timedelta(days=365))
        db.session.add(term)

    assert run(tess.shop_id, days=365 + DEFAULT_DAYS[Kind.PHOTOS] - 1) == 0
    assert run(tess.shop_id, days=365 + DEFAULT_DAYS[Kind.PHOTOS] + 2) > 0


def test_a_claim_keeps_the_repair_it_is_about(tess: Any) -> None:
    reference, claim = live(tess), builders.make_ticket(tess)
    with transaction():
        builders.get_ticket(claim).claim_of_id = builders.get_ticket(reference).id

    assert run(tess.shop_id, days=5000) == 0


def test_the_shops_own_period_counts(tess: Any) -> None:
    live(tess)
    with transaction():
        service.change_periods({Kind.PHOTOS: 10}, by=tess)

    run(tess.shop_id, days=11)

    assert gone() == {Kind.PHOTOS}


def test_batches_are_small_and_a_run_that_was_cut_off_goes_on(
    tess: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 1)
    live(tess)
    live(tess)

    run(tess.shop_id, days=5000)

    assert MARK not in everything_kept()
    assert max(removal.count for removal in queries.list_removals(tess.shop_id)) == 1


@pytest.mark.both_databases
def test_a_large_first_run_holds_the_lock_for_one_batch_at_a_time(
    tess: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 20)
    ticket = builders.get_ticket(live(tess))
    with transaction():
        db.session.execute(insert(TicketNote), [_note(ticket.id, tess) for _ in range(90)])
        db.session.execute(insert(InboundMessage), [_stray(tess.shop_id, number) for number in range(90)])
    changed, largest = [0], [0]

    def count(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("UPDATE", "INSERT", "DELETE")):
            changed.append(cursor.rowcount)

    def end(_connection: Any) -> None:
        largest.append(sum(changed))
        changed.clear()

    with _listening(count, end):
        emptied = run(tess.shop_id, days=5000)

    assert emptied > 180
    assert (
        max(largest) <= 2 * service.BATCH + 1
    )  # the rows, the tickets that show them, the line in the report
    assert MARK not in everything_kept()


@contextmanager
def _listening(count: Any, end: Any) -> Iterator[None]:
    listeners = (("after_cursor_execute", count), ("commit", end))
    for name, listener in listeners:
        event.listen(db.engine, name, listener)
    yield
    for name, listener in listeners:
        event.remove(db.engine, name, listener)


def _note(ticket_id: int, by: Any) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "staff_id": by.staff_id,
        "text": MARK,
        "salt": "00",
        "at": START,
        "for_customer": False,
    }


def _stray(shop_id: int, number: int) -> dict[str, Any]:
    return {
        "provider_id": f"first-run-{number}",
        "shop_id": shop_id,
        "sender": "+447700900123",
        "body": MARK,
        "kind": InboundKind.REPLY,
        "received_at": START,
    }


def test_a_run_that_crashes_half_way_goes_on_the_next_night(
    tess: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(tess)
    whole, calls = service.empty_batch, []

    def until_the_power_fails(*args: Any, **options: Any) -> int:
        calls.append(1)
        if len(calls) > 12:
            raise RuntimeError("power")
        return whole(*args, **options)

    monkeypatch.setattr(service, "empty_batch", until_the_power_fails)
    with pytest.raises(RuntimeError):
        run(tess.shop_id, days=5000)
    assert MARK in everything_kept()
    monkeypatch.setattr(service, "empty_batch", whole)

    run(tess.shop_id, days=5001)

    assert MARK not in everything_kept()
    assert list(the_store().list_files()) == []
    assert walk_everything().holds
