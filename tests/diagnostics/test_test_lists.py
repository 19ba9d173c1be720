"""Managers write test lists; a run keeps the version and the words it was begun with."""

import re
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import select

from repairshop.catalogue.rules import DeviceType, FaultFamily, Measure
from repairshop.database import db
from repairshop.diagnostics import list_queries, queries, service
from repairshop.diagnostics.models import TestList, TestListDraft
from repairshop.diagnostics.rules import RunKind, TestAnswer, Verdict
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.counting import counted_queries

THERE = "/test-lists/phone"


def fields_of(browser, path):
    """What a browser would send back of the page's main form without a change."""
    page = browser.get(path).text
    start = page.index("<form", page.index("<h1>"))
    form = page[start : page.index("</form>", start)]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = attributes.get("type", "text")
        if kind in ("radio", "checkbox") and not re.search(r"\schecked\b", tag):
            continue
        if "name" in attributes and attributes["name"] != "csrf_token":
            fields[attributes["name"]] = unescape(attributes.get("value", "y" if kind == "checkbox" else ""))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\r?\n?([^<]*)</textarea>', form):
        fields[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option[^>]*selected[^>]*value="([^"]*)"', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def in_force(app, browser, device_type=DeviceType.PHONE):
    with app.app_context():
        return {test.key: test for test in list_queries.list_in_force(browser.actor.shop_id, device_type)}


def begin_run(app, browser, kind=RunKind.BEFORE):
    with app.app_context():
        reference = make_ticket(browser.actor, stage=Stage.DIAGNOSING)
        with transaction():
            passed = {"boot": TestAnswer(verdict=Verdict.PASS)}
            service.record_tests(reference, kind, passed, by=browser.actor)
    return reference


def run_of(app, reference):
    with app.app_context():
        run = queries.find_run(get_ticket(reference).id, RunKind.BEFORE)
    return run, {row.key: row for row in run.results}


@pytest.mark.both_databases
def test_a_published_list_is_a_new_version_and_runs_keep_theirs(app, mira, tess):
    earlier = begin_run(app, tess)
    mira.send(f"{THERE}/draft")
    there = f"{THERE}/draft/battery_health/en"

    answer = mira.send(there, {**fields_of(mira, there), "label": "Battery state", "lowest": "85,5"})
    waiting = in_force(app, mira)["battery_health"]
    mira.send(f"{THERE}/publish")
    later = begin_run(app, tess)

    assert answer.status_code == 302
    assert (waiting.own, waiting.lowest) == ({}, Decimal(80))
    run, rows = run_of(app, earlier)
    assert (run.list_version, rows["battery_health"].label.own) == (1, {})
    assert rows["battery_health"].lowest == Decimal(80)
    run, rows = run_of(app, later)
    assert (run.list_version, rows["battery_health"].lowest) == (2, Decimal("85.5"))
    assert rows["battery_health"].label.own == {"en": "Battery state"}
    assert "Battery state" in tess.get(f"/tickets/{later}/tests/before").text
    assert "Battery state" not in tess.get(f"/tickets/{earlier}/tests/before").text
    assert "Battery state" not in mira.get(f"{THERE}/versions/1").text
    assert "at least 85.5" in mira.get(f"{THERE}/versions/2").text
    assert "Mira" in mira.get(THERE).text


def test_a_form_sent_back_unchanged_changes_nothing(app, mira):
    mira.send(f"{THERE}/draft")
    for key in ("battery_health", "boot", "os_version", "touch"):
        for language in ("en", "es"):
            there = f"{THERE}/draft/{key}/{language}"
            assert mira.send(there, fields_of(mira, there)).status_code == 302

    answer = mira.send(f"{THERE}/publish")

    assert answer.status_code == 422
    assert "Nothing differs from the version in force" in answer.text
    with app.app_context():
        assert db.session.scalars(select(TestList.version)).all() == [1]


def test_the_shops_own_test_is_added_tested_and_removed(app, mira, tess):
    mira.send(f"{THERE}/draft")
    there = f"{THERE}/new/es"
    own = {
        "label": "Temperatura tras diez minutos",
        "how": "Con el cargador puesto",
        "place": "1",
        "measure": "number",
        "unit": "°C",
        "highest": "40",
        "points_1": "battery",
        "points_2": "charging",
        "at_counter": "y",
    }

    mira.send(there, {**fields_of(mira, there), **own})
    mira.send(f"{THERE}/publish")

    first = next(iter(in_force(app, mira).values()))
    assert (first.key, first.measure, first.unit) == (
        "own_temperatura_tras_diez_minutos",
        Measure.NUMBER,
        "°C",
    )
    assert first.points_to == (FaultFamily.BATTERY, FaultFamily.CHARGING)
    run, _ = run_of(app, begin_run(app, tess))
    assert run.results[0].key == first.key
    mira.send(f"{THERE}/draft")
    mira.send(f"{THERE}/draft/{first.key}/remove")
    mira.send(f"{THERE}/publish")
    assert first.key not in in_force(app, mira)


def test_a_draft_is_thrown_away_or_begun_again_from_the_standard_list(app, mira):
    mira.send(f"{THERE}/draft")
    mira.send(f"{THERE}/draft/wifi/remove")
    mira.send(f"{THERE}/publish")
    assert "wifi" not in in_force(app, mira)

    mira.send(f"{THERE}/standard")
    mira.send(f"{THERE}/publish")

    assert "wifi" in in_force(app, mira)
    mira.send(f"{THERE}/draft")
    mira.send(f"{THERE}/discard")
    with app.app_context():
        assert db.session.scalars(select(TestListDraft)).all() == []


def test_two_managers_do_not_write_over_each_other(app, mira):
    mira.send(f"{THERE}/draft")
    there = f"{THERE}/draft/boot/en"
    fields = fields_of(mira, there)

    mira.send(there, {**fields, "label": "One"})
    second = mira.send(there, {**fields, "label": "Two", "once": "another sending"})

    assert second.status_code == 409
    with app.app_context():
        assert "One" in str(db.session.scalars(select(TestListDraft)).one().items)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"label": ""}, "Enter what is tested"),
        ({"lowest": "low"}, "Enter a number"),
        ({"lowest": "90", "highest": "80"}, "not below the lowest"),
        ({"measure": "nothing"}, "Limits stand beside a number"),
        ({"measure": "weight"}, "Not a valid choice"),
        ({"place": "0"}, "Enter a place"),
        ({"points_1": "moon"}, "Not a valid choice"),
        ({"unit": "x" * 11}, "10 characters or fewer"),
    ],
)
def test_what_no_run_could_use_is_refused_with_what_was_typed(mira, change, said):
    mira.send(f"{THERE}/draft")
    there = f"{THERE}/draft/battery_health/en"

    answer = mira.send(there, {**fields_of(mira, there), "how": "As typed", **change})

    assert answer.status_code == 422
    assert said in answer.text
    assert "As typed" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/test-lists/toaster",
        f"{THERE}/versions/9",
        f"{THERE}/draft/no_such_test/en",
        f"{THERE}/draft/boot/fr",
        f"{THERE}/new/fr",
        "/test-lists/tablet/new/en",
    ],
)
def test_what_is_not_there_is_not_found(mira, path):
    mira.send(f"{THERE}/draft")

    assert mira.get(path).status_code == 404


def test_another_shops_list_is_its_own(app, mira, nora):
    mira.send(f"{THERE}/draft")
    mira.send(f"{THERE}/draft/wifi/remove")
    mira.send(f"{THERE}/publish")

    assert "wifi" in in_force(app, nora)
    assert nora.get(f"{THERE}/versions/2").status_code == 404


def test_the_intakes_checks_are_the_shops(app, mira, frank):
    mira.send(f"{THERE}/draft")
    there = f"{THERE}/draft/power_on/en"
    mira.send(there, {**fields_of(mira, there), "label": "Wakes up"})
    mira.send(f"{THERE}/publish")

    assert "Wakes up" in frank.get("/intake").text


def test_a_page_of_lists_asks_no_more_for_many_versions(app, mira):
    def pages():
        with counted_queries(app) as counted:
            for path in ("/test-lists", THERE):
                assert mira.get(path).status_code == 200
        return counted.count

    mira.send(f"{THERE}/draft")
    mira.send(f"{THERE}/discard")
    pages()
    few = pages()
    for key in ("wifi", "nfc", "gps"):
        mira.send(f"{THERE}/draft")
        mira.send(f"{THERE}/draft/{key}/remove")
        mira.send(f"{THERE}/publish")
    pages()

    assert pages() == few
