"""Past repairs are found by what was found and what fixed them, on both databases, by their own shop."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select, text

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.database import db
from repairshop.diagnostics import service as diagnostics
from repairshop.diagnostics.rules import FindingEmpty
from repairshop.parts.models import PartFitted
from repairshop.parts.rules import FittedPart, PartOrigin
from repairshop.parts.service import fit_part, take_part_out
from repairshop.retention import jobs
from repairshop.retention.service import erase_customer
from repairshop.similar.models import RepairText
from repairshop.similar.queries import MOST_FOUND, list_similar
from repairshop.similar.rules import Scope
from repairshop.similar.service import rebuild_after
from repairshop.staff.rules import Role
from repairshop.tickets import service as tickets
from repairshop.tickets.attachments import add_note
from repairshop.tickets.custody import pass_on
from repairshop.tickets.rules import Holder
from repairshop.tickets.service import get_ticket_for_change, move_ticket
from repairshop.tickets.stages import Outcome, Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.counting import counted_queries

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]


@pytest.fixture
def tess(app_context):
    return make_staff(make_shop())


def repaired(
    by,
    *,
    seen="",
    part="",
    note="",
    model="Apple iPhone 12",
    device_type=DeviceType.PHONE,
    until=Stage.HANDED_OVER,
):
    """A finished repair with these words, and its reference."""
    reference = make_ticket(by, stage=Stage.IN_REPAIR)
    with transaction():
        ticket = get_ticket_for_change(reference, by=by)
        ticket.device_label, ticket.device_type = model, device_type
        if part:
            fit_part(reference, FittedPart(name=part, origin=PartOrigin.NEW_ORIGINAL), by=by)
        if note:
            add_note(reference, note, by=by, for_customer=True)
        if seen:
            diagnostics.add_finding(reference, section=FaultFamily.BATTERY, seen=seen, by=by)
    for verb in (Verb.FINISH, Verb.RELEASE, Verb.HAND_OVER):
        if get_ticket(reference).stage is until:
            break
        with transaction():
            outcome = Outcome.REPAIRED if verb is Verb.FINISH else None
            move_ticket(get_ticket_for_change(reference, by=by), verb, by=by, outcome=outcome)
    return reference


def found(by, question="", *, model="Apple iPhone 12", device_type=DeviceType.PHONE, apart_from=0):
    scope = Scope(shop_id=by.shop_id, device_type=device_type, model=model)
    rows = list_similar(scope, question, apart_from=apart_from)
    db.session.rollback()
    return rows


def references(rows):
    return [row.reference for row in rows]


def test_a_repair_is_found_by_what_was_found_and_by_what_fixed_it(tess) -> None:
    reference = repaired(
        tess, seen="The U2 chip is corroded", part="Charging chip", note="Cleaned the board as well"
    )

    for question in ("corroded", "CORR u2", "charging", "cleaned board", "chip"):
        [row] = found(tess, question)
        assert row.reference == reference
    assert (row.found, row.fixed) == (
        "The U2 chip is corroded",
        "Charging chip\nCleaned the board as well",
    )
    assert (row.outcome, row.is_same_model, row.number) == (
        Outcome.REPAIRED,
        True,
        f"R-{get_ticket(reference).number}",
    )
    assert found(tess, "corroded screen") == []


def test_accents_and_case_make_no_difference(tess) -> None:
    reference = repaired(tess, seen="BATERÍA hinchada, pölig, 電池")

    assert references(found(tess, "batería")) == [reference]
    assert references(found(tess, "bateria HINCH")) == [reference]
    assert references(found(tess, "polig")) == [reference]
    assert references(found(tess, "電池")) == [reference]


@pytest.mark.parametrize(
    "question", ["' OR 1=1", '" AND *', "NOT x", "a:b & !c | (d)", "%", "\\", "NEAR(a b)"]
)
def test_signs_of_the_engines_languages_are_only_text(tess, question) -> None:
    repaired(tess, seen="Nothing of the kind")

    found(tess, question)


def test_the_model_stands_before_the_type_and_the_newest_first(tess) -> None:
    other = repaired(tess, seen="Battery worn", model="Samsung Galaxy S21")
    first = repaired(tess, seen="Battery worn")
    repaired(tess, seen="Battery worn", model="Apple MacBook Air", device_type=DeviceType.LAPTOP)
    second = repaired(tess, seen="Battery worn")
    newest_other = repaired(tess, seen="Battery worn", model="Samsung Galaxy S21")

    rows = found(tess, "battery")

    assert references(rows) == [second, first, newest_other, other]
    assert [row.is_same_model for row in rows] == [True, True, False, False]
    assert references(found(tess)) == references(rows)
    assert references(found(tess, apart_from=get_ticket(second).id)) == [first, newest_other, other]


def test_another_shop_finds_nothing_of_ours(tess) -> None:
    repaired(tess, seen="Battery worn")
    theo = make_staff(make_shop("Pixel Hospital"), first_name="Theo")

    assert found(theo, "battery") == []


def test_a_repair_is_found_once_its_work_is_over_and_no_longer_when_it_is_taken_back(tess) -> None:
    reference = repaired(tess, seen="Battery worn", until=Stage.FINAL_CHECKS)
    assert found(tess) == []

    with transaction():
        move_ticket(get_ticket_for_change(reference, by=tess), Verb.RELEASE, by=tess)
    assert references(found(tess)) == [reference]

    with transaction():
        tickets.undo_move(reference, by=tess)
    assert found(tess) == []
    assert db.session.scalars(select(RepairText)).all() == []


def test_a_finding_that_is_removed_later_is_found_no_more(tess) -> None:
    reference = repaired(tess, seen="Battery worn", part="Battery")
    with transaction():
        wrong = diagnostics.add_finding(
            reference, section=FaultFamily.SCREEN, seen="The glass is cracked", by=tess
        )
    assert references(found(tess, "cracked")) == [reference]

    with transaction():
        diagnostics.remove_finding(reference, wrong, because="Another device", by=tess)

    assert found(tess, "cracked") == []
    assert references(found(tess, "worn")) == [reference]


def test_a_part_that_is_taken_out_of_a_ready_device_did_not_fix_it(tess) -> None:
    reference = repaired(tess, seen="Battery worn", part="Earpiece", until=Stage.READY)
    assert references(found(tess, "earpiece")) == [reference]

    fitted = db.session.scalars(select(PartFitted.id)).one()
    with transaction():
        take_part_out(reference, fitted, because="It buzzes", by=tess)
    assert found(tess, "earpiece") == []

    with transaction():
        fit_part(reference, FittedPart(name="Loudspeaker", origin=PartOrigin.NEW_ORIGINAL), by=tess)
    assert references(found(tess, "loudspeaker")) == [reference]


def test_no_fault_found_says_what_was_tried(tess) -> None:
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    model, device_type = get_ticket(reference).device_label, get_ticket(reference).device_type
    with transaction():
        diagnostics.no_fault_found(reference, by=tess, note="Drained it twice, stayed on all night")
    with transaction():
        move_ticket(get_ticket_for_change(reference, by=tess), Verb.RELEASE, by=tess)

    [row] = found(tess, "drained", model=model, device_type=device_type)

    assert (row.outcome, row.found) == (Outcome.NO_FAULT_FOUND, "Drained it twice, stayed on all night")


def test_what_is_rolled_back_is_not_found(tess) -> None:
    reference = repaired(tess, seen="Battery worn")

    def find_twice():
        diagnostics.add_finding(reference, section=FaultFamily.SCREEN, seen="Cracked glass", by=tess)
        diagnostics.add_finding(reference, section=FaultFamily.SCREEN, seen="", by=tess)

    with pytest.raises(FindingEmpty), transaction():
        find_twice()

    assert found(tess, "cracked") == []


def test_rebuilding_gives_the_same(tess) -> None:
    repaired(tess, seen="Battery worn", part="Battery")
    repaired(tess, seen="Screen cracked", model="Samsung Galaxy S21")
    repaired(tess, seen="Not yet", until=Stage.FINAL_CHECKS)
    before = found(tess)
    with transaction():
        for row in db.session.scalars(select(RepairText)):
            db.session.delete(row)
    assert found(tess) == []

    last = 0
    while last is not None:
        with transaction():
            last = rebuild_after(last)

    assert found(tess) == before
    assert len(before) == 2


def test_a_person_who_is_erased_is_found_no_more_and_leaves_no_word(tess, database_url) -> None:
    secret = "zanzibarwhisper"
    reference = repaired(tess, seen=f"Customer says {secret}", part="Battery")
    for number in range(3):
        repaired(tess, seen=f"Battery worn {number}")
    customer_id = get_ticket(reference).visit.customer_id
    with transaction():
        pass_on(get_ticket_for_change(reference, by=tess), Holder.CUSTOMER, to_label="", by=tess)
    mira = make_staff(tess.shop_id, role=Role.MANAGER, first_name="Mira")
    db.session.rollback()
    assert references(found(tess, secret)) == [reference]

    with transaction():
        erase_customer(customer_id, by=mira)
    jobs.remove_files()

    assert found(tess, secret) == []
    assert secret not in everything_indexed()
    if db.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(db.engine.url.database)) as connection:
            kept = connection.execute("SELECT block FROM repair_words_data").fetchall()
        assert b"worn" in b"".join(row[0] for row in kept)  # so that a word would be seen
        assert secret.encode() not in b"".join(row[0] for row in kept)


def everything_indexed() -> str:
    statement = {
        "sqlite": "SELECT group_concat(words) FROM repair_words",
        "postgresql": "SELECT string_agg(CAST(words AS text), ' ') FROM repair_words",
    }[db.engine.dialect.name]
    said = db.session.scalar(text(statement))
    db.session.rollback()
    return str(said)


def test_a_search_is_one_query_however_much_it_finds(app, tess) -> None:
    def cost() -> int:
        with counted_queries(app) as counted:
            found(tess, "battery")
        return counted.count

    repaired(tess, seen="Battery worn")
    few = cost()
    for _ in range(4):
        repaired(tess, seen="Battery worn", note="Battery changed")

    assert cost() == few


def test_a_page_holds_no_more_than_it_can_show(tess) -> None:
    newest = [repaired(tess, seen="Battery worn") for _ in range(MOST_FOUND + 2)]

    assert references(found(tess, "battery")) == newest[::-1][:MOST_FOUND]
