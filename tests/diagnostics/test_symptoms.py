"""What the customer says stays apart from what the technician finds."""

import re

import pytest
from sqlalchemy.exc import IntegrityError

from repairshop.catalogue.rules import FaultFamily
from repairshop.database import db
from repairshop.diagnostics import queries, service
from repairshop.diagnostics.models import Finding
from repairshop.diagnostics.rules import Defect, FaultCause
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import list_history
from repairshop.tickets.rules import SymptomCondition
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.intake.test_take_in_page import CARL, FAULT, PHONE, the_ticket
from tests.portal.guests import come_in


def symptom_of(app, reference):
    with app.app_context():
        return queries.get_symptom(get_ticket(reference).id)


@pytest.mark.both_databases
def test_the_counter_says_when_it_happens_and_the_bench_reads_it(app, frank, tess) -> None:
    frank.send("/intake", {**PHONE, **CARL, **FAULT, "reported_fault": "It restarts", "symptom": "when_warm"})

    reference = the_ticket(app).code
    symptom = symptom_of(app, reference)
    assert (symptom.words, symptom.condition) == ("It restarts", SymptomCondition.WHEN_WARM)
    for page in (f"/tickets/{reference}/findings", f"/tickets/{reference}"):
        shown = tess.get(page).text
        assert "It restarts" in shown
        assert "When it is warm" in shown


def test_it_may_stay_unasked_and_be_asked_later(app, frank) -> None:
    with app.app_context():
        reference = make_ticket(frank.actor)
    assert symptom_of(app, reference).condition is None
    there = f"/tickets/{reference}/facts"
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', frank.get(there).text)[1]
    fields = {"seen": seen, "reported_fault": "It fell"}

    frank.send(there, {**fields, "symptom": "now_and_then"})
    frank.send(there, {**fields, "symptom": "now_and_then"})

    assert symptom_of(app, reference).condition is SymptomCondition.NOW_AND_THEN
    with app.app_context():
        changes = [
            (entry.before, entry.after)
            for entry in list_history(get_ticket(reference).id)
            if entry.act == "symptom_changed"
        ]
    assert changes == [({"condition": None}, {"condition": "now_and_then"})]
    assert "When the fault shows: changed" in frank.get(f"/tickets/{reference}").text


def test_two_answers_at_once_are_a_conflict_and_one_alone_is_kept(app, frank) -> None:
    with app.app_context():
        reference = make_ticket(frank.actor)
    there = f"/tickets/{reference}/facts"
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', frank.get(there).text)[1]
    frank.send(there, {"seen": seen, "reported_fault": "It fell", "symptom": "when_cold"})

    clash = frank.send(there, {"seen": seen, "reported_fault": "It fell", "symptom": "always"})
    other = frank.send(there, {"seen": seen, "reported_fault": "It fell twice"})

    assert (clash.status_code, other.status_code) == (409, 302)
    assert symptom_of(app, reference).condition is SymptomCondition.WHEN_COLD


@pytest.mark.both_databases
def test_a_finding_says_where_what_and_why(app, tess) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)

    tess.send(
        f"/tickets/{reference}/findings",
        {"section": "charging", "defect": "corroded", "cause": "liquid", "seen": "Green at the port"},
    )

    with app.app_context():
        ticket = get_ticket(reference)
        [finding] = queries.list_findings(ticket.id)
        entry = next(row for row in list_history(ticket.id) if row.act == "finding_added")
    assert (finding.section, finding.defect, finding.cause) == (
        FaultFamily.CHARGING,
        Defect.CORRODED,
        FaultCause.LIQUID,
    )
    assert (entry.after["defect"], entry.after["cause"]) == ("corroded", "liquid")
    shown = " ".join(tess.get(f"/tickets/{reference}/findings").text.split())
    assert "Charging · Corroded · Cause: Liquid" in shown


def test_the_customer_reads_both(app, tess) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        with transaction():
            service.add_finding(
                reference,
                section=FaultFamily.BATTERY,
                defect=Defect.SWOLLEN,
                seen="It lifts the screen",
                by=tess.actor,
            )

    page = " ".join(come_in(app, reference).get(f"/repair/{reference}").text.split())

    assert "Battery · Swollen" in page
    assert "It lifts the screen" in page
    assert "Cause:" not in page


@pytest.mark.parametrize("field", ["defect", "cause"])
def test_words_of_no_list_are_refused(app, tess, field) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)

    answer = tess.send(
        f"/tickets/{reference}/findings", {"section": "charging", "seen": "Burnt", field: "haunted"}
    )

    assert answer.status_code == 422


def test_no_fault_found_shows_what_the_customer_said_and_what_was_tried(app, tess) -> None:
    with app.app_context():
        reference = make_ticket(
            tess.actor, stage=Stage.DIAGNOSING, symptom_condition=SymptomCondition.AFTER_A_WHILE
        )
    there = f"/tickets/{reference}/no-fault-found"
    assert "No test was answered yet" in tess.get(there).text
    tess.send(
        f"/tickets/{reference}/tests/before",
        {"verdict-boot": "pass", "verdict-wifi": "pass", "verdict-nfc": "fail"},
    )

    page = tess.get(there).text

    assert "After it has been on for a while" in page
    assert "3 tests were answered before, 1 failed" in page
    assert tess.send(there, {"note": ""}).status_code == 422


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("model", "column"), [(Ticket, "symptom_condition"), (Finding, "defect"), (Finding, "cause")]
)
def test_the_database_keeps_only_words_of_the_lists(app, tess, model, column) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        with transaction():
            service.add_finding(reference, section=FaultFamily.BATTERY, seen="Flat", by=tess.actor)

        with pytest.raises(IntegrityError), transaction():
            db.session.execute(db.text(f"UPDATE {model.__tablename__} SET {column} = 'haunted'"))
        db.session.remove()
