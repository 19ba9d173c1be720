"""The page of similar repairs, one key from the diagnosis."""

from repairshop.tickets.stages import Stage
from tests.builders import get_ticket, make_ticket
from tests.counting import counted_queries
from tests.similar.test_similar import repaired

HOSTILE = '<script>alert("x")</script>'


def test_the_diagnosis_page_leads_to_what_was_found_before(app, tess):
    with app.app_context():
        here = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        model, device_type = get_ticket(here).device_label, get_ticket(here).device_type
        past = repaired(tess.actor, seen=f"Corroded {HOSTILE}", model=model, device_type=device_type)
        past_number = get_ticket(past).number

    for page in ("findings", "tests/before"):
        assert f'href="/tickets/{here}/similar" data-key="s"' in tess.get(f"/tickets/{here}/{page}").text
    shown = tess.get(f"/tickets/{here}/similar?q=corr").text

    assert f"R-{past_number}" in shown
    assert "This model" in shown
    assert "<script>alert" not in shown
    assert "No past repair has these words" in tess.get(f"/tickets/{here}/similar?q=screen").text


def test_nobody_is_named_there(app, tess):
    with app.app_context():
        here = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        model, device_type = get_ticket(here).device_label, get_ticket(here).device_type
        past = repaired(tess.actor, seen="Corroded", model=model, device_type=device_type)
        name = get_ticket(past).visit.customer.name
        own_name = get_ticket(here).visit.customer.name

    page = tess.get(f"/tickets/{here}/similar").text

    assert "Corroded" in page
    assert page.count(name) <= (1 if name == own_name else 0)


def test_the_page_costs_the_same_for_many_repairs(app, tess):
    with app.app_context():
        here = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        model, device_type = get_ticket(here).device_label, get_ticket(here).device_type

    def cost():
        tess.get(f"/tickets/{here}/similar")
        with counted_queries(app) as counted:
            tess.get(f"/tickets/{here}/similar?q=corr")
        return counted.count

    few = cost()
    with app.app_context():
        for _ in range(3):
            repaired(tess.actor, seen="Corroded", model=model, device_type=device_type)

    assert cost() == few
