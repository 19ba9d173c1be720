"""The vault's pages, and the search for planted passcodes in everything the program puts out."""

import sqlite3
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from pypdf import PdfReader

from repairshop.clock import now
from repairshop.privacy import access_queries, service, vault_queries, vault_service
from repairshop.privacy.rules import Answer, Choice, TaskKind
from repairshop.privacy.vault import PasscodeKind
from repairshop.reports.documents import report_pdf
from repairshop.reports.report_facts import get_report
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket

pytestmark = pytest.mark.usefixtures("app_context")

PLANTED = "Zq7planted9"


@pytest.fixture
def reference(tess):
    reference = make_ticket(tess.actor, stage=Stage.IN_REPAIR)
    with transaction():
        service.open_task_list(get_ticket(reference), by=tess.actor)
        needed = Answer(choice=Choice.NEEDED, reason="calls are tested")
        service.answer_task(reference, TaskKind.CREDENTIAL, needed, by=tess.actor)
    return reference


def keep(reference, by, passcode=PLANTED):
    with transaction():
        vault_service.store_passcode(reference, PasscodeKind.TEXT, passcode, by=by)


def reveal(browser, reference, reason="test calls", once=""):
    return browser.send(
        f"/tickets/{reference}/passcode/reveal", {"reason": reason, "once": once or now().isoformat()}
    )


def openings(reference):
    return access_queries.list_data_access(get_ticket(reference).id)


def test_a_passcode_is_stored_by_the_form_and_shown_once_for_a_minute(reference, tess):
    form = {"kind": "pattern", "passcode": "1-4-7-8"}
    assert tess.send(f"/tickets/{reference}/passcode", form).status_code == 302

    shown = reveal(tess, reference, once="one sending")

    assert "1-4-7-8" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Refresh"] == f"60; url=/tickets/{reference}/passcode"
    again = reveal(tess, reference, once="one sending")
    assert again.status_code in {302, 303}, "a reload shows nothing and is no second opening"
    assert len(openings(reference)) == 1


def test_a_refused_passcode_is_not_sent_back(reference, tess):
    answer = tess.send(f"/tickets/{reference}/passcode", {"kind": "pin", "passcode": PLANTED})

    assert answer.status_code == 422
    assert PLANTED not in answer.text


@pytest.mark.parametrize(("minutes", "fresh"), [(9, True), (11, False)])
def test_a_reveal_asks_for_a_sign_in_of_the_last_ten_minutes(reference, tess, minutes, fresh):
    keep(reference, tess.actor)
    with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
        answer = reveal(tess, reference)

    assert (PLANTED in answer.text) is fresh
    assert len(openings(reference)) == fresh
    if not fresh:
        assert "/sign-in/again" in answer.location


def test_the_row_is_committed_before_the_page_is_drawn(reference, tess, app, monkeypatch):
    keep(reference, tess.actor)
    drawn = []

    def draw(template, **_values):
        with sqlite3.connect(app.extensions["repairshop_config"].data / "repairshop.db") as other:
            drawn.append(other.execute("SELECT opened FROM data_access").fetchall())
        return template

    monkeypatch.setattr("repairshop.privacy.vault_views.render_template", draw)
    reveal(tess, reference)

    assert drawn == [[("passcode",)]]


def test_the_counter_stores_but_does_not_see(reference, frank, tess):
    keep(reference, tess.actor)

    assert "Show the passcode" not in frank.get(f"/tickets/{reference}/passcode").text
    assert reveal(frank, reference).status_code == 403


def test_it_is_destroyed_by_hand(reference, tess):
    keep(reference, tess.actor)

    tess.send(f"/tickets/{reference}/passcode/destroy")

    assert vault_queries.find_passcode(get_ticket(reference).id).purged_at
    assert reveal(tess, reference).status_code == 422


def test_a_planted_passcode_is_found_nowhere(reference, tess, frank, app, capfd, monkeypatch):
    config = app.extensions["repairshop_config"]
    form = {"kind": "text", "passcode": PLANTED}
    tess.send(f"/tickets/{reference}/passcode", form)
    assert PLANTED in reveal(tess, reference).text
    tess.send(f"/tickets/{reference}/passcode", {**form, "kind": "pin"})
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    monkeypatch.setattr("repairshop.privacy.vault_service.record_history", lambda *_, **__: 1 / 0)
    seen = [tess.send(f"/tickets/{reference}/passcode", form).text, reveal(tess, reference).text]
    monkeypatch.undo()
    paths = [f"/tickets/{reference}{page}" for page in ("", "/passcode", "/privacy")]
    seen += [tess.get(path).text for path in (*paths, "/bench")]
    assert f"/tickets/{reference}" not in tess.get(f"/find?q={PLANTED}").text
    pdf = print_text(app, reference, tess.actor)

    assert not [page for page in seen if PLANTED in page]
    assert "test calls" in pdf
    assert PLANTED not in pdf
    with sqlite3.connect(config.data / "repairshop.db") as database:
        assert PLANTED not in "\n".join(database.iterdump())
    for file in config.data.rglob("*"):
        assert not file.is_file() or PLANTED.encode() not in file.read_bytes(), file
    out, err = capfd.readouterr()
    assert "Traceback" in err, "the errors were reported"
    assert PLANTED not in out + err


def print_text(app, reference, by):
    with app.test_request_context():
        document = report_pdf(get_report(reference, shop_id=by.shop_id), at=now(), check_address=None)
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(document.pdf)).pages)
