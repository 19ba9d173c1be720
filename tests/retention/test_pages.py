"""The owner's periods and report; a person's data as a file and its end, for managers."""

import io
import zipfile
from datetime import timedelta

import pytest
import time_machine

from repairshop import clock
from repairshop.operations.audit import walk_everything
from repairshop.personal import Kind
from repairshop.retention import counting, jobs, queries
from repairshop.tickets.queries import list_history
from repairshop.transaction import transaction
from tests import builders
from tests.retention.lived import IMEI, MARK, PHONE, everything_kept, later, live

pytestmark = pytest.mark.usefixtures("app_context")

PERIODS = {"photos": 30, "messages": 365, "notes": 730, "signatures": 1095, "contact": 1095, "ticket": 2190}


def person_of(reference):
    return builders.get_ticket(reference).visit.customer_id


def acts(reference):
    return [entry.act for entry in list_history(builders.get_ticket(reference).id)]


def test_an_owner_reads_what_the_next_night_removes_and_afterwards_what_it_did(olga):
    live(olga.actor)
    with clock.as_of(clock.now()):
        due = counting.count_due(olga.actor.shop_id, at=clock.now())
    assert due[Kind.PHOTOS] > 0
    page = olga.get("/shop/kept").text
    assert f"{due[Kind.PHOTOS]} entries" in page
    assert MARK not in page

    jobs.remove_what_is_over(olga.actor.shop_id)

    assert "Nothing is over its period." in olga.get("/shop/kept").text
    report = olga.get("/shop/kept/removed").text
    assert f"{due[Kind.PHOTOS]} entries" in report
    assert MARK not in report


def test_what_was_counted_before_is_what_goes(olga):
    live(olga.actor)
    with later(5000):
        due = counting.count_due(olga.actor.shop_id, at=clock.now())
        jobs.remove_what_is_over(olga.actor.shop_id)

    gone = dict.fromkeys(Kind, 0)
    for row in queries.list_removals(olga.actor.shop_id):
        gone[row.kind] += row.count
    assert gone == due


def test_an_owner_chooses_periods_and_no_shorter_one_than_has_to_be_shown(olga, mira):
    assert olga.send("/shop/kept", PERIODS).status_code == 302
    refused = olga.send("/shop/kept", PERIODS | {"ticket": 10})

    assert refused.status_code == 422
    assert "from 730 to 3650" in refused.text
    assert 'value="10"' in refused.text
    assert queries.periods_of(olga.actor.shop_id)[Kind.PHOTOS] == 30
    assert mira.get("/shop/kept").status_code == 403


def test_a_manager_gets_everything_as_a_file_and_the_chain_says_so(mira):
    reference = live(mira.actor)

    answer = mira.send(f"/customers/{person_of(reference)}/data/export", {})

    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        text = archive.read("customer.json").decode()
    assert IMEI in text
    assert PHONE in text
    assert acts(reference)[0] == "customer_exported"


def test_a_manager_erases_a_person_once_and_the_page_says_when(mira, theo):
    reference = live(mira.actor)
    there = f"/customers/{person_of(reference)}/data"
    assert "This goes for good" in mira.get(there).text
    assert mira.send(f"{there}/erase", {"because": ""}).status_code == 422
    assert theo.get(there).status_code in {403, 404}

    answer = mira.send(f"{there}/erase", {"because": "asked"})

    assert answer.status_code == 302
    assert "was erased on" in mira.get(there).text
    assert MARK not in everything_kept()
    assert acts(reference)[0] == "customer_erased"
    assert walk_everything().holds
    assert "erased already" in mira.send(f"{there}/erase", {"because": "asked"}).text
    for page in ("", "/photos", "/shots"):
        answer = mira.get(f"/tickets/{reference}{page}")
        assert answer.status_code == 200
        assert "thumbnail" not in answer.text, "no gap where a photo was"


def test_nobody_is_offered_the_link_of_a_person_who_was_erased(mira):
    reference = live(mira.actor)
    assert "Link for the customer" in mira.get(f"/tickets/{reference}").text

    mira.send(f"/customers/{person_of(reference)}/data/erase", {"because": "asked"})

    page = mira.get(f"/tickets/{reference}").text
    assert "Link for the customer" not in page
    assert "Erased on " in page
    assert mira.send(f"/tickets/{reference}/link").status_code == 404


def test_a_repair_under_way_says_why_its_customer_cannot_be_erased(mira):
    reference = live(mira.actor, over=False)
    there = f"/customers/{person_of(reference)}/data"

    assert "is not finished yet" in mira.get(there).text
    assert mira.send(f"{there}/erase", {"because": "asked"}).status_code == 422
    assert MARK in everything_kept()


def test_both_ask_for_the_password_again(mira):
    there = f"/customers/{person_of(live(mira.actor))}/data"

    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        for act in ("export", "erase"):
            assert "/sign-in/again" in mira.send(f"{there}/{act}", {"because": "asked"}).location

    assert MARK in everything_kept()


def test_another_shops_customer_is_unknown(mira, theo):
    with transaction():
        stranger = builders.make_customer(theo.actor, "Elsewhere", phone=None).id

    assert mira.get(f"/customers/{stranger}/data").status_code == 404
    assert mira.send(f"/customers/{stranger}/data/export", {}).status_code == 404
    assert mira.send(f"/customers/{stranger}/data/erase", {"because": "asked"}).status_code == 404
