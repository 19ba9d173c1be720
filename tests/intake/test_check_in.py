"""The open check-in: what it waits for, what closes it, and who may let an item off."""

import base64
import io
import re

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select

from repairshop.database import db
from repairshop.intake import queries
from repairshop.intake.rules import (
    GateFacts,
    GateItem,
    ReachIsTheDevice,
    merged,
    missing_items,
    require_other_reach,
    seen_mark,
    split_accessories,
)
from repairshop.privacy.rules import Task, TaskKind, TaskPart, TaskState
from repairshop.tickets.models import Signature
from repairshop.tickets.queries import list_history
from tests.builders import get_ticket
from tests.intake.test_booking import MONDAY
from tests.intake.test_take_in_page import CARL, FAULT, PHONE, the_ticket

ANSWERS = {
    "notice-choice": "acknowledged",
    "backup-choice": "yes",
    "repair_mode-choice": "no_such_mode",
    "sim_and_accounts-choice": "noted",
    "sim_and_accounts-sim": "out",
    "sim_and_accounts-card": "none",
    "sim_and_accounts-lock": "repair_state",
    "sim_and_accounts-lock_seen": "settings",
    "data_use-choice": "tests_only",
    "data_use-wish": "watch",
}
EVERYTHING = {
    **ANSWERS,
    "credential-choice": "not_needed",
    "condition_note": "Glass cracked, no dents",
    "reach_note": "carl@example.com",
    "signed_name": "Carl Cooper",
    "agreed": "y",
}


def facts(**changed):
    task = Task(kind=TaskKind.BACKUP, part=TaskPart.CUSTOMER_PRESENT, state=TaskState.DONE)
    whole = {
        "condition_noted": True,
        "tasks": [task],
        "reach_note": "by mail",
        "signed_at": MONDAY,
        "opened_at": MONDAY,
    }
    return GateFacts(**{**whole, **changed})


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({}, []),
        ({"condition_noted": False}, [GateItem.CONDITION]),
        ({"tasks": []}, [GateItem.PRIVACY]),
        ({"tasks": [Task(kind=TaskKind.BACKUP, part=TaskPart.CUSTOMER_PRESENT)]}, [GateItem.PRIVACY]),
        ({"reach_note": ""}, [GateItem.REACH]),
        ({"signed_at": None}, [GateItem.SIGNATURE]),
        ({"signed_at": MONDAY.replace(hour=9)}, [GateItem.SIGNATURE]),
        ({"signed_at": None, "waived": frozenset({GateItem.SIGNATURE})}, []),
        ({"condition_noted": False, "reach_note": ""}, [GateItem.CONDITION, GateItem.REACH]),
    ],
)
def test_the_gate_names_what_is_missing(changed, missing):
    assert missing_items(facts(**changed)) == missing


@pytest.mark.parametrize("note", ["07700 900123", "07700-900-123", "(07700) 900123"])
def test_a_paused_number_is_no_other_way(note):
    with pytest.raises(ReachIsTheDevice):
        require_other_reach(note, paused=["07700 900123", "+447700900123"])


@pytest.mark.parametrize(
    "note", ["", "carl@example.com", "07700 900123 or his wife 07700 900456", "comes by"]
)
def test_any_other_way_is_taken(note):
    require_other_reach(note, paused=["07700 900123"])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("charger, case", ("charger", "case")),
        ("charger;case\n charger ,, ", ("charger", "case")),
        (",".join(str(number) for number in range(40)), tuple(str(number) for number in range(12))),
    ],
)
def test_accessories_are_listed_once_each(text, names):
    assert split_accessories(text) == names


@pytest.mark.parametrize(
    ("mine", "current", "kept"),
    [("old", "old", "old"), ("mine", "old", "mine"), ("old", "theirs", "theirs"), ("mine", "theirs", None)],
)
def test_a_field_only_one_side_touched_is_merged(mine, current, kept):
    assert merged("note", mine=mine, current=current, seen=seen_mark({"note": "old"})) == kept


@pytest.fixture
def reference(app, frank):
    frank.send("/intake", {**PHONE, **CARL, **FAULT})
    return the_ticket(app).code


def page_fields(browser, reference):
    page = browser.get(f"/tickets/{reference}/check-in-complete").text
    hidden = dict(re.findall(r'<input[^>]*name="(version|seen)"[^>]*value="([^"]*)"', page))
    return {"version": hidden["version"], "seen": hidden["seen"]}


def complete(browser, reference, **changed):
    fields = {**page_fields(browser, reference), **EVERYTHING, **changed}
    return browser.send(f"/tickets/{reference}/check-in-complete", fields)


def test_everything_answered_closes_the_check_in(app, frank, reference):
    answer = complete(frank, reference)

    ticket = the_ticket(app)
    assert answer.status_code == 302
    assert ticket.checked_in_at is not None
    assert ticket.condition_note == "Glass cracked, no dents"
    with app.app_context():
        signature = db.session.scalars(select(Signature)).one()
        assert (signature.name, signature.media_id) == ("Carl Cooper", None)
        acts = [entry.act for entry in list_history(ticket.id)]
        assert acts.count("check_in_completed") == 1
        assert queries.list_open_check_ins(frank.actor.shop_id) == []
    assert "completed" in frank.get(f"/tickets/{reference}/check-in-complete").text


def test_each_missing_item_is_named_with_a_link_and_nothing_is_kept(app, frank, reference):
    answer = frank.send(
        f"/tickets/{reference}/check-in-complete",
        {**page_fields(frank, reference), "backup-choice": "yes", "condition_note": ""},
    )

    assert answer.status_code == 422
    for target in ("condition_note", "notice-choice-0", "repair_mode-choice-0", "signed_name", "reach_note"):
        assert f'href="#{target}"' in answer.text
    assert 'href="#backup-choice-0"' not in answer.text
    assert 'href="#sealed-choice-0"' not in answer.text
    assert the_ticket(app).checked_in_at is None


def test_what_is_known_so_far_can_be_saved(app, frank, reference):
    fields = {
        **page_fields(frank, reference),
        "backup-choice": "no",
        "condition_note": "Dusty",
        "deed": "save",
    }

    answer = frank.send(f"/tickets/{reference}/check-in-complete", fields)

    assert answer.status_code == 302
    assert the_ticket(app).condition_note == "Dusty"
    assert re.search(r'<input[^>]*checked[^>]*value="no"', frank.get(answer.location).text)
    assert the_ticket(app).checked_in_at is None


def test_saving_again_writes_only_what_changed(app, frank, reference):
    fields = {"backup-choice": "no", "condition_note": "Dusty", "deed": "save", "reach_note": "mail"}
    frank.send(f"/tickets/{reference}/check-in-complete", {**page_fields(frank, reference), **fields})
    before = the_ticket(app).history_seq

    frank.send(f"/tickets/{reference}/check-in-complete", {**page_fields(frank, reference), **fields})

    assert the_ticket(app).history_seq == before


@pytest.mark.parametrize(
    ("changed", "target"),
    [
        ({"repair_mode-choice": "impossible"}, "repair_mode-reason"),
        ({"credential-choice": "needed"}, "credential-reason"),
        ({"sim_and_accounts-lock": ""}, "sim_and_accounts-lock"),
        ({"data_use-wish": ""}, "data_use-wish"),
        ({"agreed": ""}, "signed_name"),
        ({"signed_name": ""}, "signed_name"),
        ({"reach_note": ""}, "reach_note"),
    ],
)
def test_an_answer_that_says_too_little_comes_back_at_its_place(app, frank, reference, changed, target):
    answer = complete(frank, reference, **changed)

    assert answer.status_code == 422
    assert f'href="#{target}"' in answer.text
    assert f'id="{target}-error"' in answer.text
    assert the_ticket(app).checked_in_at is None


def drawing() -> str:
    picture = Image.new("RGBA", (600, 200))
    ImageDraw.Draw(picture).line([(20, 150), (200, 40), (400, 160), (580, 60)], fill="black", width=6)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def test_a_drawn_signature_is_kept_as_a_picture(app, frank, reference):
    answer = complete(frank, reference, drawn=drawing(), agreed="")

    assert answer.status_code == 302
    with app.app_context():
        assert db.session.scalars(select(Signature)).one().media_id is not None


@pytest.mark.parametrize("drawn", ["data:image/png;base64,AAAA", "data:text/html,<script>", "x" * 500])
def test_a_drawing_that_is_none_is_refused_at_the_signature(app, frank, reference, drawn):
    answer = complete(frank, reference, drawn=drawn, agreed="")

    assert answer.status_code == 422
    assert 'id="signed_name-error"' in answer.text
    assert the_ticket(app).checked_in_at is None


def test_one_signature_counts_for_the_devices_that_were_there(app, frank, reference):
    with app.app_context():
        visit_id = get_ticket(reference).visit_id
    frank.send(f"/intake?visit={visit_id}", {**PHONE, "model": "iPad", "device_type": "tablet", **FAULT})
    with app.app_context():
        second = queries.list_open_check_ins(frank.actor.shop_id)[1].reference
    complete(frank, reference)

    answer = complete(frank, second, agreed="", signed_name="")

    assert answer.status_code == 302
    with app.app_context():
        assert len(list(db.session.scalars(select(Signature)))) == 1


def test_only_a_manager_lets_an_item_off_and_the_reason_is_shown(app, frank, mira, reference):
    address = f"/tickets/{reference}/check-in-waive/signature"

    assert frank.get(address).status_code == 403
    assert mira.send(address, {"reason": ""}).status_code == 422
    assert mira.send(address, {"reason": "sent in by post"}).status_code == 302
    answer = complete(frank, reference, agreed="", signed_name="")

    assert answer.status_code == 302
    assert the_ticket(app).checked_in_at is not None
    assert mira.get(f"/tickets/{reference}/check-in-waive/privacy").status_code == 404


def test_the_check_in_closes_once(app, frank, reference):
    page = frank.get(f"/tickets/{reference}/check-in-complete").text
    once = re.search(r'name="once"[^>]*value="([^"]+)"', page)[1]

    first, again = complete(frank, reference, once=once), None
    again = frank.send(f"/tickets/{reference}/check-in-complete", {**EVERYTHING, "once": once})
    late = frank.send(f"/tickets/{reference}/check-in-complete", EVERYTHING)

    assert first.location == again.location
    assert late.status_code == 422
    with app.app_context():
        acts = [entry.act for entry in list_history(the_ticket(app).id)]
    assert acts.count("check_in_completed") == 1
