"""A charger that lies elsewhere than its phone: asked about at the door, given back later."""

import pytest
from flask import Flask

from repairshop.codes import Scan, ScanKind
from repairshop.custody import service as custody
from repairshop.custody.queries import list_things
from repairshop.custody.rules import NOTHING_ELSEWHERE, Command, Leaving, ThingsElsewhere
from repairshop.handover import service
from repairshop.handover.rules import SurrenderBasis, SurrenderKind
from repairshop.staff.rules import Actor
from repairshop.tickets import service as tickets
from repairshop.tickets.custody import where_is
from repairshop.tickets.queries import list_history, list_notes
from repairshop.tickets.rules import Holder, NothingToPassOn
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.cast import Browser
from tests.handover.test_hand_over import PARCEL, SIGNED

SHELF = Scan(kind=ScanKind.PLACE, text="SHELF3")
LEND = Scan(kind=ScanKind.COMMAND, text=Command.CUSTOMER)
GIVEN_UP = {"kind": SurrenderKind.RECYCLING, "basis": SurrenderBasis.CUSTOMER_AGREED, "confirmed": True}
CHARGER_TOO = Leaving(gone_too=frozenset({"Charger"}))
STAYS = Leaving(kept_because="The customer fetches it on Friday")


@pytest.fixture
def tess_here(app_context: None) -> Actor:
    tess = make_staff(make_shop())
    with transaction():
        custody.add_place("Shelf 3", by=tess)
    return tess


@pytest.fixture
def phone(tess_here: Actor) -> str:
    """Ready, somewhere in the shop; its charger on shelf 3, its case never passed on by itself."""
    reference = make_ticket(tess_here, stage=Stage.READY, accessories=("Charger", "Case"))
    scan(reference, SHELF, "Charger", by=tess_here)
    return reference


def scan(reference: str, scanned: Scan, item: str, *, by: Actor) -> None:
    with transaction():
        custody.record_scan(reference, scanned, item=item, by=by)


def hand_over(reference: str, leaving: Leaving = NOTHING_ELSEWHERE, *, how=SIGNED, by: Actor) -> None:
    with transaction():
        service.hand_over(reference, how, leaving=leaving, by=by)


def where(reference: str, item: str) -> tuple[Holder, str]:
    return where_is(get_ticket(reference), item)


@pytest.mark.both_databases
def test_what_lies_elsewhere_holds_the_hand_over_until_somebody_says_what_became_of_it(
    tess_here: Actor, phone: str
) -> None:
    with pytest.raises(ThingsElsewhere) as refused:
        hand_over(phone, by=tess_here)
    assert refused.value.values["items"] == ["Charger"]
    assert get_ticket(phone).stage is Stage.READY

    hand_over(phone, CHARGER_TOO, by=tess_here)

    assert where(phone, "Charger") == where(phone, "Case") == (Holder.CUSTOMER, "")
    assert list_things(get_ticket(phone).id) == []


def test_what_lies_by_the_device_goes_with_it_unasked(tess_here: Actor, phone: str) -> None:
    scan(phone, SHELF, "device", by=tess_here)

    hand_over(phone, how=PARCEL, by=tess_here)

    assert where(phone, "Charger") == (Holder.CARRIER, "Parcel Co")


def test_what_the_customer_has_already_is_not_asked_about(tess_here: Actor, phone: str) -> None:
    scan(phone, LEND, "Charger", by=tess_here)

    hand_over(phone, by=tess_here)

    assert get_ticket(phone).stage is Stage.HANDED_OVER


@pytest.mark.both_databases
def test_what_stays_behind_has_a_reason_and_is_given_back_later(tess_here: Actor, phone: str) -> None:
    hand_over(phone, STAYS, by=tess_here)
    ticket = get_ticket(phone)
    assert where(phone, "Charger") == (Holder.PLACE, "Shelf 3")
    assert "left_behind" in {entry.act for entry in list_history(ticket.id)}
    assert [note.text for note in list_notes(ticket.id)] == ["The customer fetches it on Friday"]

    scan(phone, LEND, "Charger", by=tess_here)

    assert where(phone, "Charger") == (Holder.CUSTOMER, "")
    for item in ("device", "Charger", "Case"):
        with pytest.raises(NothingToPassOn):
            scan(phone, SHELF, item, by=tess_here)


def test_a_thing_given_back_by_mistake_is_taken_back_though_the_job_is_over(
    tess_here: Actor, phone: str
) -> None:
    hand_over(phone, STAYS, by=tess_here)
    scan(phone, LEND, "Charger", by=tess_here)
    last = custody.find_last_step(get_ticket(phone).id)
    assert last is not None

    with transaction():
        custody.take_back(phone, str(last.id), by=tess_here)

    assert where(phone, "Charger") == (Holder.PLACE, "Shelf 3")


@pytest.mark.both_databases
def test_an_undone_hand_over_puts_each_thing_back_where_it_was(tess_here: Actor, phone: str) -> None:
    hand_over(phone, CHARGER_TOO, by=tess_here)

    with transaction():
        tickets.undo_move(phone, by=tess_here)

    assert where(phone, "Charger") == (Holder.PLACE, "Shelf 3")
    assert where(phone, "Case") == (Holder.PLACE, "")


def test_a_surrender_asks_too_and_its_undo_restores(tess_here: Actor, phone: str) -> None:
    with pytest.raises(ThingsElsewhere), transaction():
        service.surrender(phone, **GIVEN_UP, by=tess_here)
    with transaction():
        service.surrender(phone, **GIVEN_UP, leaving=CHARGER_TOO, by=tess_here)
    assert where(phone, "Charger") == (Holder.CUSTOMER, "")

    with transaction():
        tickets.undo_move(phone, by=tess_here)

    assert where(phone, "Charger") == (Holder.PLACE, "Shelf 3")


def test_the_page_names_the_thing_and_its_place_and_keeps_what_was_typed(app: Flask, mira: Browser) -> None:
    mira.send("/shop/places", {"name": "Shelf 3"})
    with app.app_context():
        reference = make_ticket(mira.actor, stage=Stage.READY, accessories=("Charger",))
        scan(reference, SHELF, "Charger", by=mira.actor)
    fields = {"method": "counter", "proof": "passport", "signed_name": "Carl Cooper", "agreed": "y"}

    page = mira.get(f"/tickets/{reference}/hand-over").get_data(as_text=True)
    assert "Charger (In the shop, Shelf 3)" in page
    refused = mira.send(f"/tickets/{reference}/hand-over", fields)
    assert refused.status_code == 422
    assert "given back too, or why not: Charger" in refused.get_data(as_text=True)
    assert 'value="Carl Cooper"' in refused.get_data(as_text=True)
    assert "Shelf 3" in mira.get(f"/tickets/{reference}").get_data(as_text=True)
    left = mira.send(f"/tickets/{reference}/hand-over", fields | {"kept_because": "Comes on Friday"})
    assert left.status_code == 302

    still_here = mira.get(f"/hand-to-hand?ticket={reference}").get_data(as_text=True)
    assert 'value="Charger"' in still_here
    assert 'value="device"' not in still_here
    mira.send("/hand-to-hand", {"choice": "RSCLEND", "item": "Charger", "reference": reference})
    over = mira.get(f"/hand-to-hand?ticket={reference}").get_data(as_text=True)
    assert "nothing that came with it is here" in over
    assert "Shelf 3</dd>" not in mira.get(f"/tickets/{reference}").get_data(as_text=True)


def test_a_job_where_nothing_lies_elsewhere_is_not_asked(app: Flask, mira: Browser) -> None:
    with app.app_context():
        reference = make_ticket(mira.actor, stage=Stage.READY, accessories=("Charger",))

    assert "Given back too" not in mira.get(f"/tickets/{reference}/hand-over").get_data(as_text=True)
