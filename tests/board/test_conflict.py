"""Two people at one ticket: the second sees who changed what and loses no text."""

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from repairshop.tickets.queries import list_history
from repairshop.tickets.stages import Stage
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser

WORDS = "Replaced the <b>dock</b>,\nglued twice"


@pytest.fixture
def reference(app: Flask, tess: Browser) -> str:
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.IN_REPAIR)


def facts(app: Flask, reference: str) -> tuple[Stage, int, int]:
    """Stage, stage version and the length of the history."""
    with app.app_context():
        ticket = get_ticket(reference)
        return ticket.stage, ticket.stage_version, ticket.history_seq


def finish(browser: Browser, reference: str, version: int, **more: str) -> TestResponse:
    return browser.send(f"/tickets/{reference}/finish", {"version": version, "outcome": "repaired", **more})


def test_the_second_person_sees_who_changed_what_and_keeps_the_text(
    app: Flask, reference: str, tess: Browser, frank: Browser
) -> None:
    version = facts(app, reference)[1]
    tess.send(
        f"/tickets/{reference}/return-unrepaired", {"version": version, "reason": "no_part", "note": ""}
    )

    answer = finish(frank, reference, version, note=WORDS)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 409
    assert "Nothing of yours was saved" in page
    assert "Return unrepaired" in page
    assert "· Tess" in page
    assert ">What was done, for the customer</label>" in page
    assert "Replaced the &lt;b&gt;dock&lt;/b&gt;,\nglued twice</textarea>" in page
    assert "“Finish” cannot be done from “Test and close”" in page
    assert facts(app, reference)[0] is Stage.FINAL_CHECKS


def test_one_button_does_it_again_on_the_present_stage(
    app: Flask, reference: str, tess: Browser, frank: Browser
) -> None:
    version = facts(app, reference)[1]
    finish(tess, reference, version)
    tess.send(f"/tickets/{reference}/test-failed", {"version": version + 1, "note": "Touch"})

    page = finish(frank, reference, version, note=WORDS).get_data(as_text=True)
    form = page.split('action="' + f'/tickets/{reference}/finish"')[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', form))
    answer = frank.send(
        f"/tickets/{reference}/finish",
        {"version": fields["version"], "once": fields["once"], "outcome": "repaired", "note": WORDS},
    )

    assert "Finish now" in form
    assert fields["version"] == str(version + 2)
    assert "Test failed" in page
    assert answer.location == f"/tickets/{reference}"
    with app.app_context():
        newest = next(entry for entry in list_history(get_ticket(reference).id) if entry.act == "finish")
        assert newest.actor_name == "Frank"


def test_a_second_click_changes_nothing_and_lands_on_the_result(
    app: Flask, reference: str, tess: Browser
) -> None:
    version = facts(app, reference)[1]
    finish(tess, reference, version, next="/bench", once="one press")
    after = facts(app, reference)

    again = finish(tess, reference, version, next="/bench", once="one press")

    assert again.status_code == 303
    assert again.location == "/bench"
    assert facts(app, reference) == after


def test_a_second_click_on_undo_does_not_take_back_the_move_before(app: Flask, tess: Browser) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.APPROVED)
    version = facts(app, reference)[1]
    tess.send(f"/tickets/{reference}/start-repair", {"version": version})
    finish(tess, reference, version + 1)

    for _ in range(2):
        answer = tess.send(f"/tickets/{reference}/undo", {"version": version + 2})
        assert answer.location == f"/tickets/{reference}"

    assert facts(app, reference)[0] is Stage.IN_REPAIR


def test_the_same_deed_by_somebody_else_is_told(
    app: Flask, reference: str, tess: Browser, frank: Browser
) -> None:
    version = facts(app, reference)[1]
    finish(tess, reference, version)

    assert finish(frank, reference, version).status_code == 409


def test_another_shop_learns_nothing(app: Flask, reference: str, theo: Browser) -> None:
    assert finish(theo, reference, 1).status_code == 404
