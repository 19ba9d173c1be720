"""A full column is asked about once before another job goes in, whatever way it comes."""

import re
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.board.limits import FACTS, ColumnFull, WhyFull, chosen_column, filled, read_why
from repairshop.board.rules import COLUMN_OF, Column
from repairshop.board.service import set_limits
from repairshop.database import db
from repairshop.staff.rules import system_actor
from repairshop.tickets.models import HistoryEntry
from repairshop.tickets.service import get_ticket_for_change, move_ticket, undo_move
from repairshop.tickets.stages import ARROWS, Stage, Verb
from repairshop.transaction import transaction
from repairshop.workshop.service import start_repair
from tests.builders import get_ticket, make_shop, make_staff, make_ticket

ARROWS_FLAT = [(origin, verb, target) for origin, verbs in ARROWS.items() for verb, target in verbs.items()]


@pytest.mark.parametrize(
    ("verb", "origin", "target", "column"),
    [
        (Verb.START_REPAIR, Stage.APPROVED, Stage.IN_REPAIR, Column.ON_THE_BENCH),
        (Verb.FINISH, Stage.IN_REPAIR, Stage.FINAL_CHECKS, Column.TEST_AND_CLOSE),
        (Verb.RELEASE, Stage.FINAL_CHECKS, Stage.READY, Column.READY),
        (Verb.SEND_QUOTE, Stage.DIAGNOSING, Stage.AWAITING_APPROVAL, Column.CUSTOMER_TO_DECIDE),
        (Verb.NEEDS_PART, Stage.IN_REPAIR, Stage.AWAITING_PARTS, Column.WAITING_FOR_PART),
        # Inside one column, off the bench, opened at the counter, decided by somebody or something else.
        (Verb.START_DIAGNOSIS, Stage.RECEIVED, Stage.DIAGNOSING, None),
        (Verb.HAND_OVER, Stage.READY, Stage.HANDED_OVER, None),
        (Verb.TAKE_IN, None, Stage.RECEIVED, None),
        (Verb.CHECK_IN, Stage.BOOKED, Stage.RECEIVED, None),
        (Verb.APPROVE, Stage.AWAITING_APPROVAL, Stage.APPROVED, None),
        (Verb.TEST_FAILED, Stage.FINAL_CHECKS, Stage.IN_REPAIR, None),
        (Verb.LAST_PART_ARRIVED, Stage.AWAITING_PARTS, Stage.APPROVED, None),
    ],
)
def test_which_moves_choose_a_column(verb, origin, target, column):
    assert chosen_column(verb, origin, target) is column


@given(st.sampled_from(ARROWS_FLAT))
def test_a_chosen_column_is_another_one_and_never_a_fact_s(arrow):
    origin, verb, target = arrow
    column = chosen_column(verb, origin, target)

    if column is not None:
        assert column is COLUMN_OF[target] is not COLUMN_OF.get(origin)
        assert verb not in FACTS
    elif verb not in FACTS:
        assert COLUMN_OF.get(target) in {None, COLUMN_OF.get(origin)}


@given(held=st.integers(0, 300), most=st.none() | st.integers(1, 200))
def test_a_column_is_full_when_one_more_would_be_too_many(held, most):
    assert (filled(Column.READY, held=held, most=most) is not None) == (most is not None and held + 1 > most)


def test_only_offered_reasons_answer_the_question():
    assert [read_why(why.value) for why in WhyFull] == list(WhyFull)
    assert read_why("") is read_why("because") is None


def _limit(app_actor, *, asks=True, **limits):
    with transaction():
        set_limits({Column(name): most for name, most in limits.items()}, asks=asks, by=app_actor)


def _full_bench(app, tess, mira, *, asks=True, jobs=2) -> str:
    """A job that is ready to start, and a bench that holds as many as it takes."""
    with app.app_context():
        for _ in range(jobs):
            make_ticket(tess.actor, stage=Stage.IN_REPAIR)
        reference = make_ticket(tess.actor, stage=Stage.APPROVED)
        _limit(mira.actor, on_the_bench=jobs, asks=asks)
    return reference


def _stage(app, reference) -> Stage:
    with app.app_context():
        return get_ticket(reference).stage


def _hidden(page) -> dict[str, str]:
    form = page[page.index('role="alert"') :]
    return {
        name: value.removeprefix("\n")
        for name, value in re.findall(r'<textarea name="([^"]+)" hidden>([^<]*)', form)
    }


@pytest.mark.parametrize("way", ["button", "scan"])
def test_asked_once_and_the_answer_is_kept(app, tess, mira, way):
    reference = _full_bench(app, tess, mira)
    address, values = {
        "button": (f"/tickets/{reference}/start-repair", {"version": "", "next": "/bench"}),
        "scan": ("/bench/act", {"q": "RSCSTARTREPAIR", "reference": reference}),
    }[way]

    asked = tess.send(address, values)

    assert asked.status_code == 409
    assert "On the bench holds 2 of 2" in asked.text
    assert asked.text.count('class="queue-job"') == 2
    assert _stage(app, reference) is Stage.APPROVED
    sent = _hidden(asked.text)
    assert {name: sent[name] for name, value in values.items() if value} == {
        name: value for name, value in values.items() if value
    }

    assert tess.send(address, {**sent, "insists": "because"}).status_code == 409
    assert tess.send(address, {**sent, "insists": "promised"}).status_code == 302
    assert _stage(app, reference) is Stage.IN_REPAIR
    story = tess.get(f"/tickets/{reference}").text
    assert "On the bench held 2 of 2. Moved all the same: it is promised for today" in story


def test_the_answer_does_not_stand_in_the_way_of_undo(app, tess, mira):
    reference = _full_bench(app, tess, mira)
    tess.send(f"/tickets/{reference}/start-repair", {"insists": "other"})

    with app.app_context(), transaction():
        undo_move(reference, by=tess.actor)

    assert _stage(app, reference) is Stage.APPROVED


def test_nobody_is_asked_where_the_shop_does_not_want_it_or_there_is_room(app, tess, mira):
    marked = _full_bench(app, tess, mira, asks=False)
    assert tess.send(f"/tickets/{marked}/start-repair", {}).status_code == 302
    with app.app_context():
        roomy = make_ticket(tess.actor, stage=Stage.APPROVED)
        _limit(mira.actor, on_the_bench=4)
    assert tess.send(f"/tickets/{roomy}/start-repair", {}).status_code == 302
    assert _stage(app, roomy) is Stage.IN_REPAIR


def test_the_usual_limits_only_mark(app, tess):
    with app.app_context():
        references = [make_ticket(tess.actor, stage=Stage.APPROVED) for _ in range(5)]
    assert {tess.send(f"/tickets/{one}/start-repair", {}).status_code for one in references} == {302}


def test_undo_facts_and_jobs_go_into_a_full_column(app, tess, mira):
    with app.app_context():
        failed = make_ticket(tess.actor, stage=Stage.FINAL_CHECKS)
        taken_back = make_ticket(tess.actor, stage=Stage.IN_REPAIR)
    reference = _full_bench(app, tess, mira)
    with app.app_context():
        with transaction():
            move_ticket(get_ticket_for_change(failed, by=tess.actor), Verb.TEST_FAILED, by=tess.actor)
        with transaction():
            move_ticket(get_ticket_for_change(taken_back, by=tess.actor), Verb.FINISH, by=tess.actor)
        with transaction():
            undo_move(taken_back, by=tess.actor)
        system = system_actor(tess.actor.shop_id)
        with transaction():
            move_ticket(get_ticket_for_change(reference, by=system), Verb.START_REPAIR, by=system)
        stages = {get_ticket(one).stage for one in (failed, taken_back, reference)}
    assert stages == {Stage.IN_REPAIR}


def test_what_was_typed_stands_in_the_question_and_is_saved_by_the_answer(app, tess, mira):
    with app.app_context():
        make_ticket(tess.actor, stage=Stage.FINAL_CHECKS)
        reference = make_ticket(tess.actor, stage=Stage.IN_REPAIR)
        _limit(mira.actor, test_and_close=1)
    address = f"/tickets/{reference}/finish"

    asked = tess.send(address, {"outcome": "partly_repaired", "note": "One <b>line</b>\nand another"})
    assert asked.status_code == 409
    assert "One &lt;b&gt;line&lt;/b&gt;" in asked.text
    assert _hidden(asked.text)["outcome"] == "partly_repaired"


def test_scan_and_act_says_it_before(app, tess, mira):
    reference = _full_bench(app, tess, mira)
    page = tess.get(f"/bench/act?ticket={reference}").text
    assert page.count("You will be asked first.") == 1
    assert "On the bench holds 2 of 2" in page


def test_another_shop_s_bench_does_not_count(app, tess, theo, mira):
    with app.app_context():
        make_ticket(theo.actor, stage=Stage.IN_REPAIR)
        reference = make_ticket(tess.actor, stage=Stage.APPROVED)
        _limit(mira.actor, on_the_bench=1)
    assert tess.send(f"/tickets/{reference}/start-repair", {}).status_code == 302


def test_managers_choose_whether_to_be_asked(app, tess, mira):
    assert re.search('name="asks"[^>]* checked|checked[^>]* name="asks"', mira.get("/bench/limits").text)
    assert mira.send("/bench/limits", {"on_the_bench": "1"}).status_code == 302
    assert not re.search('name="asks"[^>]* checked|checked[^>]* name="asks"', mira.get("/bench/limits").text)


@pytest.mark.both_databases
def test_of_two_who_take_the_last_place_at_once_one_is_asked(app, app_context):
    tess = make_staff(make_shop())
    references = [make_ticket(tess, stage=Stage.APPROVED) for _ in range(4)]
    _limit(tess, on_the_bench=1)
    start, moved, asked = threading.Barrier(4), [], []

    def take_up(reference: str) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    start_repair(reference, by=tess)
                moved.append(reference)
            except ColumnFull as full:
                asked.append(full.filled.held)

    db.session.rollback()
    threads = [threading.Thread(target=take_up, args=(reference,)) for reference in references]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(moved) == 1
    assert asked == [1, 1, 1]


@pytest.mark.both_databases
def test_a_reason_lets_it_in_and_is_one_entry(app_context):
    tess = make_staff(make_shop())
    first, second = (make_ticket(tess, stage=Stage.APPROVED) for _ in range(2))
    _limit(tess, on_the_bench=1)
    with transaction():
        start_repair(first, by=tess)
    with pytest.raises(ColumnFull), transaction():
        start_repair(second, by=tess)
    with transaction():
        start_repair(second, by=replace(tess, insists="others_stuck"))

    ticket_id = get_ticket(second).id
    entries = db.session.query(HistoryEntry).filter_by(ticket_id=ticket_id, act="moved_into_full").all()
    assert [entry.after["why"] for entry in entries] == ["others_stuck"]
    assert (
        not db.session.query(HistoryEntry)
        .filter_by(act="moved_into_full", ticket_id=get_ticket(first).id)
        .all()
    )
