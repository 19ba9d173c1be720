"""The pages of the diagnosis, as people use them."""

import io
import json
import re

import pytest
from flask import Flask
from PIL import Image

from repairshop.diagnostics import queries
from repairshop.diagnostics.rules import Barrier, RunKind, Verdict
from repairshop.tickets.queries import list_photos
from repairshop.tickets.stages import Outcome, Stage
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser
from tests.counting import counted_queries

HOSTILE = '<script>alert("x")</script> 🔧 שלום'


@pytest.fixture
def ticket(app: Flask, tess: Browser) -> str:
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.DIAGNOSING)


@pytest.fixture
def arrived(app: Flask, tess: Browser) -> str:
    with app.app_context():
        return make_ticket(tess.actor)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="{name}"', page)
    assert found is not None, f"no hidden {name}"
    return (found[1] or found[2] or "").replace("&#34;", '"')


def test_diagnosis_starts_with_one_click(app, tess, arrived) -> None:
    page = tess.get(f"/tickets/{arrived}/start-diagnosis").text

    answer = tess.send(f"/tickets/{arrived}/start-diagnosis", {"version": hidden(page, "version")})

    assert answer.status_code == 302
    with app.app_context():
        assert get_ticket(arrived).stage is Stage.DIAGNOSING


def test_an_open_check_in_is_named_on_the_page(app, tess) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, checked_in=False)

    answer = tess.send(f"/tickets/{reference}/start-diagnosis")

    assert answer.status_code == 422
    assert "The check-in is still open" in answer.text


def test_a_second_click_leads_to_the_ticket(app, tess, arrived) -> None:
    page = tess.get(f"/tickets/{arrived}/start-diagnosis").text
    tess.send(f"/tickets/{arrived}/start-diagnosis", {"version": hidden(page, "version")})

    answer = tess.send(f"/tickets/{arrived}/start-diagnosis", {"version": hidden(page, "version")})

    assert (answer.status_code, answer.location) == (303, f"/tickets/{arrived}")


def test_no_fault_found_keeps_the_words_when_they_are_missing(app, tess, ticket) -> None:
    answer = tess.send(f"/tickets/{ticket}/no-fault-found", {"note": ""})

    assert answer.status_code == 422
    assert "Say what was tried" in answer.text
    assert tess.send(f"/tickets/{ticket}/no-fault-found", {"note": HOSTILE}).status_code == 302
    with app.app_context():
        assert get_ticket(ticket).outcome is Outcome.NO_FAULT_FOUND
    shown = tess.get(f"/tickets/{ticket}/findings").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;" in shown


def test_not_repairable_asks_for_kind_and_words(app, tess, ticket) -> None:
    assert tess.send(f"/tickets/{ticket}/not-repairable", {"note": "Old"}).status_code == 422
    assert (
        tess.send(f"/tickets/{ticket}/not-repairable", {"barrier": "magic", "note": "x"}).status_code == 422
    )

    answer = tess.send(
        f"/tickets/{ticket}/not-repairable", {"barrier": "parts_not_available", "note": "No boards"}
    )

    assert answer.status_code == 302
    with app.app_context():
        conclusion = queries.find_conclusion(get_ticket(ticket).id)
        assert conclusion is not None
        assert conclusion.barrier is Barrier.PARTS_NOT_AVAILABLE


def run_of(app: Flask, reference: str, kind: RunKind = RunKind.BEFORE) -> queries.TestRunRow | None:
    with app.app_context():
        return queries.find_run(get_ticket(reference).id, kind)


def test_looking_at_the_tests_writes_nothing(app, tess, ticket) -> None:
    page = tess.get(f"/tickets/{ticket}/tests/before")

    assert page.status_code == 200
    assert "Powers on" in page.text
    assert run_of(app, ticket) is None


def test_part_of_the_tests_is_saved_and_shown_again(app, tess, ticket) -> None:
    path = f"/tickets/{ticket}/tests/before"

    answer = tess.send(
        path,
        {
            "verdict-boot": "pass",
            "verdict-battery_health": "fail",
            "value-battery_health": "71",
            "note-battery_health": HOSTILE,
        },
    )

    assert answer.status_code == 302
    run = run_of(app, ticket)
    assert run is not None
    assert (run.count(Verdict.PASS), run.count(Verdict.FAIL)) == (1, 1)
    page = tess.get(path).text
    assert 'value="71"' in page
    assert "<script>alert" not in page
    assert page.count(" checked ") + page.count(" checked>") == 2


def test_two_people_fill_in_one_run_without_losing_answers(app, tess, frank, ticket) -> None:
    path = f"/tickets/{ticket}/tests/before"
    shown = hidden(tess.get(path).text, "shown")
    frank.send(path, {"verdict-boot": "fail", "note-boot": "hangs", "shown": shown})

    tess.send(path, {"verdict-wifi": "pass", "shown": shown})

    run = run_of(app, ticket)
    assert run is not None
    assert {row.key: row.verdict for row in run.results if row.verdict} == {
        "boot": Verdict.FAIL,
        "wifi": Verdict.PASS,
    }
    assert json.loads(hidden(tess.get(path).text, "shown"))["boot"] == ["fail", "", "hangs"]


def test_not_testable_without_a_reason_comes_back_at_its_field(app, tess, ticket) -> None:
    answer = tess.send(
        f"/tickets/{ticket}/tests/before", {"verdict-touch": "not_testable", "verdict-wifi": "pass"}
    )

    assert answer.status_code == 422
    assert 'href="#note-touch"' in answer.text
    assert "Say why this could not be tested" in answer.text
    assert re.search(r'id="verdict-wifi-0"[^>]*checked|checked[^>]*id="verdict-wifi-0"', answer.text)
    assert run_of(app, ticket) is None


def test_a_run_is_closed_when_all_is_answered_and_then_reads_only(app, tess, ticket) -> None:
    path = f"/tickets/{ticket}/tests/after"
    with app.app_context():
        found = get_ticket(ticket)
        keys = [check.key for check in queries.list_checks(found.device_type, shop_id=found.shop_id)]
    one_short = {f"verdict-{key}": "pass" for key in keys[1:]}
    refused = tess.send(path, {**one_short, "close": "1"})
    assert refused.status_code == 422
    assert "One check has no answer yet" in refused.text

    assert tess.send(path, {**one_short, f"verdict-{keys[0]}": "fail", "close": "1"}).status_code == 302

    page = tess.get(path).text
    assert "Closed by Tess" in page
    assert "Test again" in page
    assert "<fieldset" not in page
    tess.send(f"/tickets/{ticket}/tests/after/again")
    assert "<fieldset" in tess.get(path).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("verdict-boot", "maybe"),
        ("note-boot", "x" * 201),
        ("note-boot", "bell \x07"),
        ("value-battery_health", "9" * 41),
        ("shown", "{" * 70_000),
    ],
)
def test_bad_answers_are_refused_and_nothing_is_written(app, tess, ticket, field, value) -> None:
    answer = tess.send(f"/tickets/{ticket}/tests/before", {field: value})

    assert answer.status_code == 422
    assert run_of(app, ticket) is None


@pytest.mark.parametrize("shown", ["", "[]", "{", '{"boot": 5}', "null"])
def test_a_broken_memory_of_the_page_loses_no_answer(app, tess, ticket, shown) -> None:
    answer = tess.send(f"/tickets/{ticket}/tests/before", {"verdict-boot": "pass", "shown": shown})

    assert answer.status_code == 302
    run = run_of(app, ticket)
    assert run is not None
    assert run.count(Verdict.PASS) == 1


def a_photo() -> io.BytesIO:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 120, 40)).save(data, "JPEG")
    data.seek(0)
    return data


def test_a_finding_with_photos(app, tess, ticket) -> None:
    answer = tess.send(
        f"/tickets/{ticket}/findings",
        {
            "section": "charging",
            "seen": HOSTILE,
            "photos": [(a_photo(), "port.jpg"), (a_photo(), "port2.jpg")],
            "staff_only": "y",
        },
        content_type="multipart/form-data",
    )

    assert answer.status_code == 302
    with app.app_context():
        [finding] = queries.list_findings(get_ticket(ticket).id)
        photos = list_photos(get_ticket(ticket).id)
    assert len(finding.photo_ids) == 2
    assert all(photo.staff_only for photo in photos)
    page = tess.get(f"/tickets/{ticket}/findings").text
    assert "Charging" in page
    assert "Tests before the work" in page
    assert "<script>alert" not in page


def test_a_file_that_is_no_picture_keeps_the_words(app, tess, ticket) -> None:
    answer = tess.send(
        f"/tickets/{ticket}/findings",
        {
            "section": "screen",
            "seen": "A crack from edge to edge",
            "photos": [(io.BytesIO(b"MZ evil"), "photo.jpg")],
        },
        content_type="multipart/form-data",
    )

    assert answer.status_code == 422
    assert "not a picture we can open" in answer.text
    assert "A crack from edge to edge" in answer.text
    with app.app_context():
        assert queries.list_findings(get_ticket(ticket).id) == []


def test_more_photos_than_six_are_refused(tess, ticket) -> None:
    answer = tess.send(
        f"/tickets/{ticket}/findings",
        {
            "section": "screen",
            "seen": "A crack from edge to edge",
            "photos": [(a_photo(), f"{n}.jpg") for n in range(7)],
        },
        content_type="multipart/form-data",
    )

    assert answer.status_code == 422
    assert "6 photos or fewer" in answer.text


def test_removing_a_finding_asks_why(app, tess, ticket) -> None:
    tess.send(f"/tickets/{ticket}/findings", {"section": "screen", "seen": "A crack from edge to edge"})
    with app.app_context():
        [finding] = queries.list_findings(get_ticket(ticket).id)
    path = f"/tickets/{ticket}/findings/{finding.id}/remove"

    refused = tess.send(path, {"because": ""})
    assert refused.status_code == 422
    assert "Enter why it is removed" in refused.text

    assert tess.send(path, {"because": "Wrong ticket"}).status_code == 302
    assert "A crack from edge to edge" not in tess.get(f"/tickets/{ticket}/findings").text


def test_pages_do_not_ask_more_as_they_fill(app, tess, ticket) -> None:
    path = f"/tickets/{ticket}/findings"
    tess.send(path, {"section": "screen", "seen": "One"})
    with counted_queries(app) as few:
        tess.get(path)
    for number in range(5):
        tess.send(path, {"section": "screen", "seen": f"Finding {number}"})
    with counted_queries(app) as many:
        tess.get(path)

    assert many.count == few.count
    assert many.count <= 12
