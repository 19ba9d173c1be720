"""Moving tickets: one history row, one event, one row each; refusals leave nothing behind."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy.exc
import time_machine
from sqlalchemy import delete, func, select, update

from repairshop import events
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.staff.rules import Role
from repairshop.tickets import queries, service
from repairshop.tickets.attachments import add_note, answer_question, ask_question
from repairshop.tickets.chain import Entry, find_break
from repairshop.tickets.custody import pass_on
from repairshop.tickets.events import MoveUndone, TicketMoved
from repairshop.tickets.models import HistoryEntry, TicketMove, TicketNote
from repairshop.tickets.rules import Holder, UndoNotYours, UndoOvertaken, UndoTooLate
from repairshop.tickets.stages import MoveNotAllowed, Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def shop():
    return make_shop()


@pytest.fixture
def tess(shop):
    return make_staff(shop)


@pytest.fixture
def heard(monkeypatch):
    """The events published from here on, in order."""
    happened = []
    monkeypatch.setattr(events, "_handlers", _Everything(happened))
    return happened


class _Everything(dict):
    def __init__(self, happened):
        self.happened = happened

    def __getitem__(self, event):
        return (self.happened.append,)


def move(reference, verb, *, by, **kwargs):
    with transaction():
        ticket = service.get_ticket_for_change(reference, by=by)
        service.move_ticket(ticket, verb, by=by, **kwargs)


def chain_break(reference):
    ticket = get_ticket(reference)
    rows = db.session.scalars(
        select(HistoryEntry).where(HistoryEntry.ticket_id == ticket.id).order_by(HistoryEntry.seq)
    )
    entries = [
        (
            Entry(
                seq=row.seq,
                at=row.at,
                actor=row.actor_kind.value
                if row.actor_id is None
                else f"{row.actor_kind.value}:{row.actor_id}",
                act=row.act,
                before=row.before,
                after=row.after,
            ),
            row.previous_hash,
            row.hash,
        )
        for row in rows
    ]
    return find_break(ticket.code, entries, last_seq=ticket.history_seq, last_hash=ticket.history_hash)


def test_a_move_writes_stage_history_and_event_together(tess, heard):
    reference = make_ticket(tess)
    heard.clear()

    move(reference, Verb.START_DIAGNOSIS, by=tess)

    ticket = get_ticket(reference)
    assert ticket.stage is Stage.DIAGNOSING
    assert queries.list_history(ticket.id)[0].act == "start_diagnosis"
    assert [type(event) for event in heard] == [TicketMoved]
    assert (heard[0].origin, heard[0].target, heard[0].by) == (Stage.RECEIVED, Stage.DIAGNOSING, tess)
    assert chain_break(reference) is None


def test_a_listener_that_fails_undoes_the_move(tess, monkeypatch):
    reference = make_ticket(tess)

    def fail(event):
        raise RuntimeError("no")

    monkeypatch.setitem(events._handlers, TicketMoved, (fail,))
    with pytest.raises(RuntimeError):
        move(reference, Verb.START_DIAGNOSIS, by=tess)

    assert get_ticket(reference).stage is Stage.RECEIVED
    assert db.session.scalar(select(func.count()).select_from(TicketMove)) == 1


def test_a_refused_move_leaves_nothing(tess):
    reference = make_ticket(tess)
    before = get_ticket(reference).history_seq

    with pytest.raises(MoveNotAllowed):
        move(reference, Verb.RELEASE, by=tess)

    assert get_ticket(reference).history_seq == before


def test_a_form_made_before_another_move_meets_a_conflict(tess):
    reference = make_ticket(tess)
    seen = get_ticket(reference).stage_version
    move(reference, Verb.START_DIAGNOSIS, by=tess)

    with pytest.raises(Conflict) as conflict, transaction():
        service.get_ticket_for_change(reference, by=tess, expected_version=seen)

    assert conflict.value.reference == reference


def test_a_note_does_not_stand_in_the_way_of_a_form(tess):
    reference = make_ticket(tess)
    seen = get_ticket(reference).stage_version
    with transaction():
        add_note(reference, "Carl rang", by=tess)

    with transaction():
        assert service.get_ticket_for_change(reference, by=tess, expected_version=seen)


def test_another_shops_ticket_is_not_there(tess):
    reference = make_ticket(tess)
    theo = make_staff(make_shop("Mendit"), first_name="Theo")

    with pytest.raises(NotFound), transaction():
        service.get_ticket_for_change(reference, by=theo)
    with pytest.raises(NotFound):
        queries.get_head(reference, shop_id=theo.shop_id)


def test_numbers_count_up_per_shop(tess):
    theo = make_staff(make_shop("Mendit"), first_name="Theo")

    numbers = [get_ticket(make_ticket(by)).number for by in (tess, tess, theo)]

    assert numbers == [1, 2, 1]


def test_undo_restores_the_stage_and_tells_the_listeners(tess, heard):
    with time_machine.travel(NOW, tick=False) as clock:
        reference = make_ticket(tess, stage=Stage.FINAL_CHECKS)
        before = get_ticket(reference)
        since, outcome = before.stage_since, before.outcome
        clock.shift(60)
        move(reference, Verb.TEST_FAILED, by=tess)
        clock.shift(29)

        with transaction():
            service.undo_move(reference, by=tess)

    ticket = get_ticket(reference)
    assert (ticket.stage, ticket.stage_since, ticket.outcome) == (Stage.FINAL_CHECKS, since, outcome)
    assert isinstance(heard[-1], MoveUndone)
    assert chain_break(reference) is None
    assert [entry.act for entry in queries.list_history(ticket.id)][:2] == ["undo", "test_failed"]


def test_undo_ends_with_its_window(tess):
    with time_machine.travel(NOW, tick=False) as clock:
        reference = make_ticket(tess, stage=Stage.DIAGNOSING)
        clock.shift(timedelta(seconds=30))

        with pytest.raises(UndoTooLate), transaction():
            service.undo_move(reference, by=tess)


def test_only_the_same_person_may_undo(tess, shop):
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    frank = make_staff(shop, Role.COUNTER, first_name="Frank")

    with pytest.raises(UndoNotYours), transaction():
        service.undo_move(reference, by=frank)


def test_nothing_may_have_happened_since_the_move(tess):
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    with transaction():
        add_note(reference, "Opened it", by=tess)

    with pytest.raises(UndoOvertaken), transaction():
        service.undo_move(reference, by=tess)


def test_history_cannot_be_changed_behind_our_back(tess):
    make_ticket(tess)

    for statement in (update(HistoryEntry).values(act="other"), delete(HistoryEntry)):
        with pytest.raises(sqlalchemy.exc.DatabaseError, match="append-only"), transaction():
            db.session.execute(statement)


def test_the_text_of_a_note_is_not_in_the_chain(tess):
    reference = make_ticket(tess)

    with transaction():
        add_note(reference, "Carl's sister collects it", by=tess)

    entry = db.session.scalars(select(HistoryEntry).order_by(HistoryEntry.id.desc()).limit(1)).one()
    note = db.session.scalars(select(TicketNote)).one()
    assert "sister" not in str(entry.after)
    assert note.salt not in str(entry.after)
    assert chain_break(reference) is None


def test_custody_follows_the_device(tess):
    reference = make_ticket(tess)

    with transaction():
        ticket = service.get_ticket_for_change(reference, by=tess)
        pass_on(ticket, Holder.CARRIER, to_label="Parcel Co", by=tess)

    head = queries.get_head(reference, shop_id=tess.shop_id)
    assert (head.holder, head.holder_label) == (Holder.CARRIER, "Parcel Co")
    assert [step.to_holder for step in queries.list_custody(head.id)] == [Holder.CARRIER, Holder.PLACE]


def test_a_question_is_answered_once_and_moves_nothing(tess):
    reference = make_ticket(tess, stage=Stage.AWAITING_APPROVAL)
    with transaction():
        ticket = service.get_ticket_for_change(reference, by=tess)
        question = ask_question(ticket, "Is the glass original?", by=service.actor_for_customer(ticket))
        question_id = question.id

    with transaction():
        answer_question(reference, question_id, "Yes, from Apple", by=tess)

    ticket = get_ticket(reference)
    assert ticket.stage is Stage.AWAITING_APPROVAL
    assert queries.list_questions(ticket.id)[0].answer == "Yes, from Apple"
    assert chain_break(reference) is None
