"""Making, changing and taking back promises."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy.exc import IntegrityError

from repairshop import events
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.promises import queries, service
from repairshop.promises.events import PromiseChanged
from repairshop.promises.models import Promise
from repairshop.promises.rules import PromisedDates, PromiseNotNeeded, PromiseReason, PromiseUnchanged
from repairshop.staff.rules import ActorKind
from repairshop.tickets import service as tickets
from repairshop.tickets.queries import list_history
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
FRIDAY = PromisedDates(earliest=date(2026, 3, 5), latest=date(2026, 3, 6))
MONDAY = PromisedDates(earliest=date(2026, 3, 7), latest=date(2026, 3, 9))


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def tess(app_context):
    return make_staff(make_shop())


def promise(reference, dates, *, by, move=None):
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=by)
        move_id = tickets.move_ticket(ticket, move, by=by).id if move else None
        service.make_promise(
            ticket,
            earliest=dates.earliest,
            latest=dates.latest,
            by=by,
            reason=PromiseReason.INTAKE,
            move_id=move_id,
        )


def change(reference, dates, *, by, version=None, note=""):
    with transaction():
        service.change_promise(
            reference,
            earliest=dates.earliest,
            latest=dates.latest,
            reason=PromiseReason.PART_LATE,
            note=note,
            by=by,
            expected_version=version,
        )


def test_the_first_promise_stays_the_first(tess) -> None:
    reference = make_ticket(tess)
    promise(reference, FRIDAY, by=tess)

    change(reference, MONDAY, by=tess, note="The glass is late")

    ticket = get_ticket(reference)
    promises = queries.get_promises(ticket.id)
    assert promises is not None
    assert (promises.first.dates, promises.current.dates) == (FRIDAY, MONDAY)
    assert (promises.current.made_by, promises.current.note) == ("Tess", "The glass is late")
    assert ticket.due_at == datetime(2026, 3, 9, 18, 0, tzinfo=UTC)


def test_a_ticket_nobody_promised_has_no_promises(tess) -> None:
    assert queries.get_promises(get_ticket(make_ticket(tess)).id) is None


def test_changing_tells_listeners_what_was_said_before(tess, monkeypatch) -> None:
    heard = []
    reference = make_ticket(tess)
    promise(reference, FRIDAY, by=tess)
    monkeypatch.setitem(events._handlers, PromiseChanged, (heard.append,))

    change(reference, MONDAY, by=tess)

    assert [(event.before, event.dates, event.reason) for event in heard] == [
        (FRIDAY, MONDAY, PromiseReason.PART_LATE)
    ]


def test_the_same_dates_again_change_nothing(tess) -> None:
    reference = make_ticket(tess)
    promise(reference, FRIDAY, by=tess)

    with pytest.raises(PromiseUnchanged):
        change(reference, FRIDAY, by=tess)

    assert len(queries.list_promises(get_ticket(reference).id)) == 1


@pytest.mark.parametrize("stage", [Stage.BOOKED, Stage.HANDED_OVER, Stage.CANCELLED])
def test_nothing_is_promised_without_a_device(tess, stage) -> None:
    reference = make_ticket(tess, stage=stage)

    with pytest.raises(PromiseNotNeeded):
        change(reference, FRIDAY, by=tess)


def test_a_form_from_before_a_move_is_a_conflict(tess) -> None:
    reference = make_ticket(tess)
    version = get_ticket(reference).stage_version
    promise(reference, FRIDAY, by=tess, move=Verb.START_DIAGNOSIS)

    with pytest.raises(Conflict):
        change(reference, MONDAY, by=tess, version=version)


def test_another_shops_ticket_is_not_found(tess) -> None:
    reference = make_ticket(tess)
    stranger = make_staff(make_shop("Mendit"))

    with pytest.raises(NotFound):
        change(reference, FRIDAY, by=stranger)


def test_undoing_a_move_takes_its_promise_back(tess, clock) -> None:
    reference = make_ticket(tess)
    promise(reference, FRIDAY, by=tess)
    clock.shift(timedelta(minutes=1))
    promise(reference, MONDAY, by=tess, move=Verb.START_DIAGNOSIS)

    with transaction():
        tickets.undo_move(reference, by=tess)

    ticket = get_ticket(reference)
    promises = queries.get_promises(ticket.id)
    assert promises is not None
    assert promises.first == promises.current
    assert promises.current.dates == FRIDAY
    assert ticket.due_at == datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
    assert db.session.query(Promise).count() == 2


def test_undoing_the_only_promise_leaves_no_date(tess) -> None:
    reference = make_ticket(tess)
    promise(reference, MONDAY, by=tess, move=Verb.START_DIAGNOSIS)

    with transaction():
        tickets.undo_move(reference, by=tess)

    ticket = get_ticket(reference)
    assert queries.get_promises(ticket.id) is None
    assert ticket.due_at is None


def test_history_tells_old_and_new_dates(tess) -> None:
    reference = make_ticket(tess)
    promise(reference, FRIDAY, by=tess)

    change(reference, MONDAY, by=tess)

    entry = list_history(get_ticket(reference).id)[0]
    assert entry.act == "promised"
    assert entry.before == {"earliest": "2026-03-05", "latest": "2026-03-06"}
    assert entry.after == {"earliest": "2026-03-07", "latest": "2026-03-09", "reason": "part_late"}


def test_the_database_refuses_dates_upside_down(tess) -> None:
    ticket = get_ticket(make_ticket(tess))

    with pytest.raises(IntegrityError), transaction():
        db.session.add(
            Promise(
                ticket_id=ticket.id,
                earliest=MONDAY.latest,
                latest=FRIDAY.latest,
                due_at=NOW,
                made_at=NOW,
                actor_kind=ActorKind.STAFF,
                reason=PromiseReason.OTHER,
                note="",
            )
        )


def test_the_fault_presets_days_become_dates(tess) -> None:
    assert queries.suggest_dates(tess.shop_id, days_from=2, days_to=3, at=NOW) == FRIDAY
