"""Scan and act: labels, commands and places on one page, and what is next."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from repairshop.board.moving import CommandUnknown, code_of, read_command
from repairshop.board.rules import Job, Terms, next_up
from repairshop.board.verbs import ENDPOINTS
from repairshop.catalogue.rules import DeviceType
from repairshop.custody.rules import Command
from repairshop.custody.service import add_place
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import ARROWS, ONE_KEY_VERBS, Stage, Verb
from repairshop.transaction import transaction
from repairshop.workshop.queries import list_spans
from tests.builders import get_ticket, make_ticket

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


def at_stage(app, tess, stage) -> str:
    with app.app_context():
        return make_ticket(tess.actor, stage=stage)


def scan(browser, q, reference="", **more):
    return browser.send("/bench/act", {"q": q, "reference": reference, **more})


def stage_of(app, reference) -> Stage:
    with app.app_context():
        return get_ticket(reference).stage


def test_every_verb_has_a_code_that_a_scanner_can_type_and_that_no_place_s_command_has():
    codes = {code_of(verb): verb for verb in ENDPOINTS}

    assert len(codes) == len(ENDPOINTS)
    assert all(re.fullmatch("[A-Z]+", code) for code in codes)
    assert all(read_command(code) is verb for code, verb in codes.items())
    assert not set(codes) & set(Command)
    with pytest.raises(CommandUnknown):
        read_command("DANCE")


def test_a_label_and_a_command_move_the_job(app, tess):
    reference = at_stage(app, tess, Stage.APPROVED)

    opened = scan(tess, f"RST{reference}")
    assert opened.location.endswith(f"/bench/act?ticket={reference}")
    assert scan(tess, "RSCSTARTREPAIR", reference).status_code == 302
    assert stage_of(app, reference) is Stage.IN_REPAIR
    assert scan(tess, "RSCFINISH", reference).status_code == 302
    assert stage_of(app, reference) is Stage.FINAL_CHECKS
    scan(tess, "RSCUNDO", reference)

    assert stage_of(app, reference) is Stage.IN_REPAIR


def test_a_command_that_needs_words_opens_its_form_and_moves_nothing(app, tess):
    reference = at_stage(app, tess, Stage.IN_REPAIR)

    answer = scan(tess, "RSCRETURNUNREPAIRED", reference)

    assert answer.location.endswith(f"/tickets/{reference}/return-unrepaired")
    assert stage_of(app, reference) is Stage.IN_REPAIR


@pytest.mark.parametrize(
    ("q", "sentence"),
    [
        ("RSCFINISH", "does not start there"),
        ("RSCDANCE", "nor one of its codes"),
        ("hello", "nor one of its codes"),
        ("", "Scan a label or a command"),
    ],
)
def test_what_cannot_be_done_is_said_at_the_field_and_kept(app, tess, q, sentence):
    reference = at_stage(app, tess, Stage.RECEIVED)

    answer = scan(tess, q, reference)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{reference}"' in answer.text
    assert stage_of(app, reference) is Stage.RECEIVED


def test_a_command_without_a_device_asks_for_it(tess):
    answer = scan(tess, "RSCSTARTREPAIR")

    assert answer.status_code == 422
    assert "Scan the device first" in answer.text


def test_places_and_clocks_are_scanned_here_too(app, tess, clock):
    reference = at_stage(app, tess, Stage.FINAL_CHECKS)
    with app.app_context(), transaction():
        add_place("Shelf 3", by=tess.actor)

    scan(tess, "RSPSHELF3", reference)
    scan(tess, "RSCCLOCKON", reference)
    clock.move_to(NOW + timedelta(minutes=12))
    scan(tess, "RSCCLOCKOFF", reference)

    with app.app_context():
        ticket = get_ticket(reference)
        assert (ticket.holder, ticket.holder_label) == (Holder.PLACE, "Shelf 3")
        assert [span.minutes for span in list_spans(ticket.id)][-1] == 12


def test_another_shop_s_label_opens_nothing(app, tess, theo):
    foreign = at_stage(app, theo, Stage.APPROVED)

    assert "Scan a device" in tess.get(f"/bench/act?ticket={foreign}").text
    scan(tess, "RSCSTARTREPAIR", foreign)

    assert stage_of(app, foreign) is Stage.APPROVED


def test_where_a_scan_leads_back_to_is_never_another_site(app, tess):
    reference = at_stage(app, tess, Stage.APPROVED)

    answer = scan(tess, "RSCSTARTREPAIR", reference, back="https://example.com/")

    assert answer.location.startswith("/bench/act")


def test_beside_each_key_stands_what_it_sends(app, tess):
    page = tess.get(f"/bench/act?ticket={at_stage(app, tess, Stage.IN_REPAIR)}").text

    offers = re.findall(r"<li>(.*?)</li>", page[page.index('class="offers"') :], re.DOTALL)
    assert len(offers) == len(ARROWS[Stage.IN_REPAIR])
    assert all("900123" in offer and "bubble" in offer for offer in offers)


def test_one_key_verbs_are_buttons_and_the_others_links(app, tess):
    reference = at_stage(app, tess, Stage.APPROVED)

    page = tess.get(f"/bench/act?ticket={reference}").text

    assert re.search(rf'formaction="/tickets/{reference}/start-repair"[^>]*data-key="1"', page)
    assert re.search(rf'href="/tickets/{reference}/order-part"[^>]*data-key="2"', page)


def test_a_command_found_by_the_search_box_leads_to_the_page_that_asks_for_the_device(tess):
    assert tess.get("/find?q=RSCSTARTREPAIR").location.endswith("/bench/act")


def test_the_sheet_holds_every_command(tess):
    page = tess.get("/bench/codes").text

    assert page.count("<img") == len(ENDPOINTS) + 3


def test_the_queue_holds_one_s_own_and_nobody_s_jobs(app, tess):
    reference = at_stage(app, tess, Stage.APPROVED)
    at_stage(app, tess, Stage.AWAITING_PARTS)

    page = tess.get("/bench/act").text

    assert page.count('class="queue-job"') == 1
    assert f"/bench/act?ticket={reference}" in page


def job(number: int, **more) -> Job:
    facts = {
        "id": number,
        "reference": f"T{number}",
        "number": f"R-{number}",
        "device_label": "Phone",
        "fault_label": "Screen",
        "stage": Stage.APPROVED,
        "stage_since": NOW,
        "stage_version": 1,
        "device_type": DeviceType.PHONE,
        "fault_key": "screen",
        "assignee_id": None,
        "due_at": NOW + timedelta(days=1),
        "opened_at": NOW - timedelta(days=number),
        "has_open_check_in": False,
        "terms": Terms(),
    }
    return Job(**{**facts, **more})


@pytest.mark.parametrize(
    ("jobs", "parts_here", "order"),
    [
        ([job(1), job(2, due_at=NOW - timedelta(hours=1))], (), [2, 1]),  # late first
        ([job(1), job(2, due_at=NOW + timedelta(hours=1))], (), [2, 1]),  # then what is due sooner
        ([job(1, due_at=None), job(2)], (), [2, 1]),  # no date comes last
        ([job(1), job(2)], (), [2, 1]),  # the older one
        ([job(1), job(2)], (1,), [1, 2]),  # unless the other's part lies here
        ([job(1, assignee_id=7), job(2, assignee_id=8)], (), [1]),  # not somebody else's
        ([job(1, stage=Stage.AWAITING_APPROVAL), job(2, has_open_check_in=True)], (), []),
    ],
)
def test_what_is_next(jobs, parts_here, order):
    found = next_up(jobs, by_staff_id=7, parts_here=parts_here, at=NOW)

    assert [each.id for each in found] == order


def test_the_table_of_one_key_verbs_is_complete(app, tess):
    """Each of them is carried out, not sent to a form."""
    from repairshop.board.moving import needs_form

    assert {verb for verb in Verb if verb in ENDPOINTS and not needs_form(verb)} == ONE_KEY_VERBS
