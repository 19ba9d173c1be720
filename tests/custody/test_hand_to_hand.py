"""Scans at the hand-to-hand page, from the label to the chain; the shop's places; devices nobody has."""

import io
import re
from datetime import UTC, datetime, timedelta

import pypdf
import pytest
import time_machine
from flask import Flask

from repairshop.codes import Scan, ScanKind, scan_text
from repairshop.custody import queries, service
from repairshop.custody.rules import Command, NeverAway, NotOurs, PlaceKind, PlaceTaken
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.chain import digest_of
from repairshop.tickets.custody import newest_step, where_is
from repairshop.tickets.models import Custody
from repairshop.tickets.queries import list_custody, list_history
from repairshop.tickets.rules import (
    Holder,
    NothingToPassOn,
    NothingToUndo,
    PassedOnMeanwhile,
    UndoNotYours,
    UndoTooLate,
)
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.cast import Browser

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
TAKE = Scan(kind=ScanKind.COMMAND, text=Command.TAKE)
LEND = Scan(kind=ScanKind.COMMAND, text=Command.CUSTOMER)
SHIP = Scan(kind=ScanKind.COMMAND, text=Command.SHIP)
ARRIVED = Scan(kind=ScanKind.COMMAND, text=Command.ARRIVED)
SHELF = Scan(kind=ScanKind.PLACE, text="SHELF3")


@pytest.fixture
def tess_here(app_context: None) -> Actor:
    return make_staff(make_shop())


@pytest.fixture
def shelf(tess_here: Actor) -> None:
    with transaction():
        service.add_place("Shelf 3", by=tess_here)


def scan(reference: str, scanned: Scan, *, by: Actor) -> bool:
    with transaction():
        return service.record_scan(reference, scanned, by=by)


def take_back(reference: str, *, by: Actor) -> None:
    """What the button on the page says that shows the newest step."""
    step = queries.find_last_step(get_ticket(reference).id)
    with transaction():
        service.take_back(reference, str(step.id) if step else "", by=by)


def holder(reference: str) -> tuple[Holder, str]:
    ticket = get_ticket(reference)
    return ticket.holder, ticket.holder_label


@pytest.mark.both_databases
@pytest.mark.usefixtures("shelf")
def test_a_device_goes_from_hand_to_place_and_the_chain_proves_each_name(tess_here: Actor) -> None:
    reference = make_ticket(tess_here)

    assert scan(reference, TAKE, by=tess_here)
    assert holder(reference) == (Holder.STAFF, "Tess")
    assert scan(reference, SHELF, by=tess_here)
    assert holder(reference) == (Holder.PLACE, "Shelf 3")

    ticket_id = get_ticket(reference).id
    last = db.session.query(Custody).filter_by(ticket_id=ticket_id).order_by(Custody.id.desc()).first()
    entry = list_history(ticket_id)[0]
    assert entry.after["mark"] == "SHELF3"
    assert entry.after["name"] == digest_of("Shelf 3", salt=last.salt)


@pytest.mark.usefixtures("shelf")
def test_a_double_scan_is_one_step(tess_here: Actor) -> None:
    reference = make_ticket(tess_here)
    scan(reference, SHELF, by=tess_here)
    steps = len(list_custody(get_ticket(reference).id))

    assert not scan(reference, SHELF, by=tess_here)

    assert len(list_custody(get_ticket(reference).id)) == steps


@pytest.mark.usefixtures("shelf")
def test_the_sim_tray_and_the_charger_go_their_own_ways(tess_here: Actor) -> None:
    reference = make_ticket(tess_here, accessories=("Charger",))
    with transaction():
        service.record_scan(reference, SHELF, item="Charger", by=tess_here)
        service.record_scan(reference, LEND, item="sim_tray", by=tess_here)
        service.record_scan(reference, TAKE, by=tess_here)
    ticket = get_ticket(reference)

    assert where_is(ticket, "Charger") == (Holder.PLACE, "Shelf 3")
    assert where_is(ticket, "sim_tray") == (Holder.CUSTOMER, "")
    assert holder(reference) == (Holder.STAFF, "Tess")
    with pytest.raises(NotOurs):
        service.record_scan(reference, TAKE, item="Somebody's bag", by=tess_here)
    with transaction():
        service.record_scan(reference, TAKE, item="Charger", by=tess_here)
    take_back(reference, by=tess_here)
    assert where_is(get_ticket(reference), "Charger") == (Holder.PLACE, "Shelf 3")


def test_a_colleague_takes_it_by_the_code_with_their_name(tess_here: Actor) -> None:
    mira = make_staff(tess_here.shop_id, Role.MANAGER, first_name="Mira")
    reference = make_ticket(tess_here)

    scan(reference, Scan(kind=ScanKind.PERSON, text=str(mira.staff_id)), by=tess_here)

    assert holder(reference) == (Holder.STAFF, "Mira")


def test_the_customer_has_it_until_the_part_comes(tess_here: Actor) -> None:
    reference = make_ticket(tess_here, stage=Stage.AWAITING_PARTS)

    scan(reference, LEND, by=tess_here)
    assert holder(reference) == (Holder.CUSTOMER, "")
    scan(reference, TAKE, by=tess_here)

    assert holder(reference) == (Holder.STAFF, "Tess")


@pytest.mark.parametrize(
    "scanned",
    [
        Scan(kind=ScanKind.PLACE, text="ATTIC"),
        Scan(kind=ScanKind.PERSON, text="999999"),
        Scan(kind=ScanKind.PERSON, text="TESS"),
        Scan(kind=ScanKind.COMMAND, text="STARTREPAIR"),
    ],
)
def test_what_this_shop_does_not_have_moves_nothing(tess_here: Actor, scanned: Scan) -> None:
    reference = make_ticket(tess_here)
    before = holder(reference)

    with pytest.raises(NotOurs):
        scan(reference, scanned, by=tess_here)

    assert holder(reference) == before


def test_people_and_places_of_another_shop_are_not_ours(tess_here: Actor) -> None:
    theo = make_staff(make_shop(name="Elsewhere"), first_name="Theo")
    with transaction():
        service.add_place("Shelf 3", by=theo)
    reference = make_ticket(tess_here)

    for scanned in (SHELF, Scan(kind=ScanKind.PERSON, text=str(theo.staff_id))):
        with pytest.raises(NotOurs):
            scan(reference, scanned, by=tess_here)
    with pytest.raises(NotFound):
        scan(reference, TAKE, by=theo)


@pytest.mark.parametrize("stage", [Stage.BOOKED, Stage.HANDED_OVER])
def test_a_device_that_is_not_with_us_is_not_passed_on(tess_here: Actor, stage: Stage) -> None:
    with pytest.raises(NothingToPassOn):
        scan(make_ticket(tess_here, stage=stage), TAKE, by=tess_here)


@pytest.mark.usefixtures("shelf")
def test_a_mistaken_scan_is_taken_back_by_who_made_it_and_soon(tess_here: Actor) -> None:
    mira = make_staff(tess_here.shop_id, Role.MANAGER, first_name="Mira")
    with time_machine.travel(NOW, tick=False) as clock:
        reference = make_ticket(tess_here)
        scan(reference, TAKE, by=tess_here)
        scan(reference, SHELF, by=tess_here)
        with pytest.raises(UndoNotYours):
            take_back(reference, by=mira)

        take_back(reference, by=tess_here)
        assert holder(reference) == (Holder.STAFF, "Tess")

        clock.shift(timedelta(minutes=11))
        with pytest.raises(UndoTooLate):
            take_back(reference, by=tess_here)


def test_only_the_step_that_was_seen_is_taken_back_and_only_once(tess_here: Actor) -> None:
    reference = make_ticket(tess_here)
    scan(reference, TAKE, by=tess_here)
    seen = queries.find_last_step(get_ticket(reference).id)
    assert seen is not None

    with transaction():
        service.take_back(reference, str(seen.id), by=tess_here)
    with pytest.raises(NothingToUndo), transaction():
        service.take_back(reference, str(seen.id), by=tess_here)

    assert holder(reference)[0] is Holder.PLACE


def test_an_arrival_is_not_taken_back_as_if_it_were_a_scan(tess_here: Actor) -> None:
    reference = make_ticket(tess_here)

    with pytest.raises(NothingToUndo):
        take_back(reference, by=tess_here)

    assert holder(reference)[0] is Holder.PLACE


@pytest.mark.usefixtures("shelf")
def test_a_device_nobody_has_for_an_hour_is_listed_until_somebody_has_it(tess_here: Actor) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        reference = make_ticket(tess_here)
        make_ticket(tess_here, stage=Stage.HANDED_OVER)
        clock.shift(timedelta(minutes=61))
        shop_id, at = tess_here.shop_id, NOW + timedelta(minutes=61)

        assert queries.count_lost(shop_id, at=NOW + timedelta(minutes=60)).count == 0
        assert [one.head.reference for one in queries.list_lost(shop_id, at=at)] == [reference]
        assert queries.count_lost(shop_id, at=at) == queries.Lost(count=1, since=NOW)
        scan(reference, SHELF, by=tess_here)

        assert queries.count_lost(shop_id, at=at + timedelta(hours=5)).count == 0


@pytest.mark.usefixtures("shelf")
def test_places_that_read_alike_are_one(tess_here: Actor) -> None:
    with pytest.raises(PlaceTaken), transaction():
        service.add_place("shelf-3", by=tess_here)

    [place] = queries.list_places(tess_here.shop_id)
    with transaction():
        service.retire_place(place.id, by=tess_here)
    assert queries.list_places(tess_here.shop_id) == []
    with transaction():
        service.add_place("Shelf-3", by=tess_here)

    assert [(row.id, row.name) for row in queries.list_places(tess_here.shop_id)] == [(place.id, "Shelf-3")]


def test_two_scans_and_an_undo_without_scripting(app: Flask, tess: Browser, mira: Browser) -> None:
    mira.send("/shop/places", {"name": "Shelf 3"})
    with app.app_context():
        reference = make_ticket(tess.actor)

    label = tess.send("/hand-to-hand", {"q": scan_text(ScanKind.TICKET, reference)})
    assert label.location == f"/hand-to-hand?ticket={reference}"
    page = tess.get(label.location).get_data(as_text=True)
    assert "Shelf 3" in page
    assert "I have it" in page
    placed = tess.send("/hand-to-hand", {"q": "rspshelf3", "reference": reference})
    assert placed.location == f"/hand-to-hand?done={reference}"
    assert "In the shop, Shelf 3" in tess.get(placed.location).get_data(as_text=True)
    taken = tess.send("/hand-to-hand", {"choice": "RSCTAKE", "reference": reference})
    assert taken.location == placed.location
    page = tess.get(taken.location).get_data(as_text=True)
    assert "Before that: In the shop, Shelf 3" in page
    [step] = re.findall(r'name="step"[^>]*value="(\d+)"', page)
    stale = tess.send(f"/hand-to-hand/{reference}/undo", {"step": "x" * 20})
    assert "no move left to undo" in stale.get_data(as_text=True)
    assert "Undo</button>" not in mira.get(taken.location).get_data(as_text=True)
    tess.send(f"/hand-to-hand/{reference}/undo", {"step": step})

    with app.app_context():
        assert holder(reference) == (Holder.PLACE, "Shelf 3")
    found = tess.get("/find?q=RSPSHELF3")
    assert found.location == f"/tickets/{reference}"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("RSPSHELF3", "label first, then where it goes"),
        ("RST00000000", "That is no label"),
        ("hello", "That is no label"),
    ],
)
def test_a_scan_that_says_nothing_here_is_said_at_the_field(tess: Browser, said: str, sentence: str) -> None:
    answer = tess.send("/hand-to-hand", {"q": said})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert sentence in answer.get_data(as_text=True)


def test_the_sheet_has_a_code_for_each_place_person_and_command(mira: Browser) -> None:
    mira.send("/shop/places", {"name": "Shelf 3"})

    page = mira.get("/shop/places/sheet").get_data(as_text=True)

    for name in ("Shelf 3", "Mira", "I have it", "Back with the customer for now"):
        assert name in page
    assert page.count("data:image/svg+xml") >= 4


@pytest.mark.both_databases
def test_a_scan_from_a_page_that_is_stale_is_refused(tess_here: Actor) -> None:
    with transaction():
        service.add_place("Shelf 3", by=tess_here)
    reference = make_ticket(tess_here)
    seen = newest_step(get_ticket(reference).id)
    scan(reference, TAKE, by=tess_here)

    with pytest.raises(PassedOnMeanwhile), transaction():
        service.record_scan(reference, SHELF, by=tess_here, seen=seen)
    with transaction():
        service.record_scan(reference, SHELF, by=tess_here, seen=newest_step(get_ticket(reference).id))

    assert holder(reference) == (Holder.PLACE, "Shelf 3")


def test_a_stale_page_says_so_shows_the_truth_and_keeps_what_was_typed(
    app: Flask, tess: Browser, mira: Browser
) -> None:
    mira.send("/shop/places", {"name": "Shelf 3"})
    with app.app_context():
        reference = make_ticket(tess.actor)
    pages = {
        path: hidden(tess.get(path).get_data(as_text=True), "seen")
        for path in (f"/hand-to-hand?ticket={reference}", f"/tickets/{reference}/pass-on")
    }
    mira.send("/hand-to-hand", {"choice": "RSCTAKE", "reference": reference})

    typed = {"q": "RSPSHELF3", "reference": reference, "item": "sim_tray"}
    scanned = tess.send("/hand-to-hand", typed | {"seen": next(iter(pages.values()))})
    words = {"item": "device", "to": "specialist", "label": "Board Medics"}
    passed = tess.send(f"/tickets/{reference}/pass-on", words | {"seen": list(pages.values())[1]})

    for answer, kept in ((scanned, 'value="RSPSHELF3"'), (passed, 'value="Board Medics"')):
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert "Somebody passed it on while this page was open" in page
        assert "In the hands of Mira" in page
        assert kept in page
        assert hidden(page, "seen") not in pages.values()
    again = hidden(scanned.get_data(as_text=True), "seen")
    assert tess.send("/hand-to-hand", typed | {"seen": again}).status_code == 302


def hidden(page: str, name: str) -> str:
    [value] = re.findall(rf'name="{name}"[^>]*value="(\d+)"', page)
    return value


@pytest.mark.both_databases
def test_a_carrier_and_a_specialist_have_codes_like_places(tess_here: Actor) -> None:
    with transaction():
        service.add_place("Parcel Co", kind=PlaceKind.CARRIER, by=tess_here)
        service.add_place("Board Medics", kind=PlaceKind.SPECIALIST, by=tess_here)
    reference = make_ticket(tess_here)

    for code, expected in (
        ("PARCELCO", (Holder.CARRIER, "Parcel Co")),
        ("BOARDMEDICS", (Holder.SPECIALIST, "Board Medics")),
    ):
        scan(reference, Scan(kind=ScanKind.PLACE, text=code), by=tess_here)
        assert holder(reference) == expected

    scan(reference, ARRIVED, by=tess_here)
    assert holder(reference) == (Holder.PLACE, "")


def test_a_device_is_shipped_and_brought_back_by_command(tess_here: Actor) -> None:
    reference = make_ticket(tess_here)

    scan(reference, SHIP, by=tess_here)
    assert holder(reference) == (Holder.CARRIER, "")
    scan(reference, ARRIVED, by=tess_here)
    assert holder(reference) == (Holder.PLACE, "")


@pytest.mark.usefixtures("shelf")
def test_what_is_in_the_shop_does_not_arrive_and_keeps_its_place(tess_here: Actor) -> None:
    reference = make_ticket(tess_here)
    scan(reference, SHELF, by=tess_here)

    with pytest.raises(NeverAway):
        scan(reference, ARRIVED, by=tess_here)

    assert holder(reference) == (Holder.PLACE, "Shelf 3")


def test_a_carrier_is_named_on_the_page_and_its_code_is_on_the_pdf(app: Flask, mira: Browser) -> None:
    mira.send("/shop/places", {"name": "Parcel Co", "kind": "carrier"})
    with app.app_context():
        reference = make_ticket(mira.actor)

    assert "A carrier" in mira.get("/shop/places").get_data(as_text=True)
    page = mira.get(f"/hand-to-hand?ticket={reference}").get_data(as_text=True)
    assert 'value="RSPPARCELCO"' in page
    assert "Off with a carrier" in page
    sent = mira.send("/hand-to-hand", {"q": "RSPPARCELCO", "reference": reference})
    assert "With the carrier Parcel Co" in mira.get(sent.location).get_data(as_text=True)
    answer = mira.get("/shop/places/sheet.pdf")
    pages = pypdf.PdfReader(io.BytesIO(answer.data)).pages
    words = " ".join("".join(each.extract_text() for each in pages).split())
    for name in ("Parcel Co", "Mira", "I have it", "Off with a carrier", "Brought back to the shop"):
        assert name in words
