"""Orders: parcels found by scan, parts taken in for the repair that waits, faulty ones apart."""

import re
from datetime import date

import pytest
from flask import Flask

from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.parts import order_queries, orders, service, stock_queries
from repairshop.parts.catalogue_queries import get_part
from repairshop.parts.models import PartOrder
from repairshop.parts.queries import list_parts
from repairshop.parts.rules import LateDates, MoreThanOrdered, NewOrder, PartNotOnOrder, dates_with_late_part
from repairshop.parts.stock_rules import SerialMissing
from repairshop.promises.queries import get_promises
from repairshop.promises.rules import PromiseReason
from repairshop.promises.service import make_promise
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.queries import list_history
from repairshop.tickets.service import undo_move
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.workshop import service as workshop
from tests.builders import get_ticket, make_shop, make_staff, make_ticket, open_day
from tests.cast import Browser
from tests.parts.builders import make_part, make_supplier
from tests.parts.test_stock import books_agree, do, figures


@pytest.fixture
def mira_here(app_context: None) -> Actor:
    return make_staff(make_shop(), Role.MANAGER, first_name="Mira")


def ordered(by: Actor, part_id: int | None, *, expected_on: date | None = None) -> tuple[str, int]:
    """A repair that waits for one part, and the order's id."""
    reference = make_ticket(by, stage=Stage.APPROVED)
    order = NewOrder(name="Screen", part_id=part_id, expected_on=expected_on)
    do(workshop.order_part, reference, order, by=by)
    return reference, list_parts(get_ticket(reference).id).orders[0].id


@pytest.mark.parametrize(
    ("expected_on", "told"),
    [
        (None, None),
        (date(2026, 3, 6), None),  # in time, on the last day told
        (date(2026, 3, 9), LateDates(earliest=date(2026, 3, 9), latest=date(2026, 3, 11))),
        # It should have been here by now: today at the soonest, which is still in time.
        (date(2026, 3, 1), None),
    ],
)
def test_the_dates_move_on_by_as_long_as_the_part_is_late(expected_on, told):
    days = {"earliest": date(2026, 3, 4), "latest": date(2026, 3, 6), "today": date(2026, 3, 3)}

    assert dates_with_late_part(**days, expected_on=expected_on) == told


def test_a_part_that_is_overdue_delays_the_repair_day_by_day():
    late = dates_with_late_part(
        earliest=date(2026, 3, 6),
        latest=date(2026, 3, 6),
        expected_on=date(2026, 3, 2),
        today=date(2026, 3, 9),
    )

    assert late == LateDates(earliest=date(2026, 3, 9), latest=date(2026, 3, 10))


@pytest.mark.both_databases
def test_what_arrives_for_a_repair_is_set_aside_for_it_and_moves_it_on(mira_here: Actor) -> None:
    part_id = make_part(mira_here)
    reference, order_id = ordered(mira_here, part_id)
    assert get_part(part_id, shop_id=mira_here.shop_id).on_order == 1

    do(workshop.part_arrived, reference, order_id, by=mira_here)

    assert get_ticket(reference).stage is Stage.APPROVED
    assert figures(part_id, mira_here) == (1, 1, 0)
    assert [row.part_id for row in stock_queries.list_reservations(get_ticket(reference).id)] == [part_id]
    assert get_part(part_id, shop_id=mira_here.shop_id).on_order == 0
    books_agree(mira_here)


@pytest.mark.both_databases
def test_an_arrival_that_is_undone_leaves_the_books_as_they_were(mira_here: Actor) -> None:
    part_id = make_part(mira_here, serialised=True)
    reference, order_id = ordered(mira_here, part_id)
    with pytest.raises(SerialMissing):
        do(workshop.part_arrived, reference, order_id, by=mira_here)
    do(workshop.part_arrived, reference, order_id, serial="A1", by=mira_here)

    with transaction():
        undo_move(reference, by=mira_here)

    assert get_ticket(reference).stage is Stage.AWAITING_PARTS
    assert figures(part_id, mira_here) == (0, 0, 0)
    assert db.session.get_one(PartOrder, order_id).arrived_at is None
    books_agree(mira_here)
    do(workshop.part_arrived, reference, order_id, serial="A1", by=mira_here)  # and now it really comes
    assert figures(part_id, mira_here) == (1, 1, 0)


@pytest.mark.both_databases
def test_a_part_that_came_faulty_is_apart_and_its_order_stays_open(mira_here: Actor) -> None:
    part_id = make_part(mira_here)
    reference, order_id = ordered(mira_here, part_id)

    do(
        service.receive_faulty_part,
        reference,
        order_id,
        because="Cracked",
        expected_on=open_day(5),
        by=mira_here,
    )

    assert figures(part_id, mira_here) == (0, 0, 1)
    [order] = list_parts(get_ticket(reference).id).open_orders
    assert order.expected_on == open_day(5)
    assert get_ticket(reference).stage is Stage.AWAITING_PARTS
    assert list_history(get_ticket(reference).id)[0].act == "part_arrived_faulty"
    books_agree(mira_here)


@pytest.mark.both_databases
def test_an_order_for_the_shelf_comes_in_parts_and_never_more_than_was_ordered(mira_here: Actor) -> None:
    part_id = make_part(mira_here, supplier_id=make_supplier(mira_here))
    order_id = do(orders.order_for_stock, part_id, quantity=3, expected_on=open_day(3), by=mira_here)
    part = get_part(part_id, shop_id=mira_here.shop_id)
    assert (part.on_order, part.next_expected_on) == (3, open_day(3))

    do(orders.receive_for_stock, order_id, count=2, by=mira_here)
    with pytest.raises(MoreThanOrdered):
        do(orders.receive_for_stock, order_id, count=2, by=mira_here)
    assert figures(part_id, mira_here) == (2, 0, 0)
    do(orders.receive_for_stock, order_id, count=1, faulty="Bent", by=mira_here)
    with pytest.raises(PartNotOnOrder):
        do(orders.receive_for_stock, order_id, count=1, by=mira_here)

    assert figures(part_id, mira_here) == (2, 0, 1)
    assert order_queries.list_open_orders(mira_here.shop_id) == []
    books_agree(mira_here)


@pytest.mark.both_databases
@pytest.mark.parametrize("by_what", ["code", "code with spaces", "barcode", "number", "nothing"])
def test_a_parcel_is_found_by_scan(mira_here: Actor, by_what: str) -> None:
    part_id = make_part(mira_here, barcode="4006381333931", supplier_number="ND-13")
    reference, order_id = ordered(mira_here, part_id, expected_on=open_day(4))
    do(orders.order_for_stock, part_id, quantity=2, expected_on=open_day(4), by=mira_here)
    code = db.session.get_one(PartOrder, order_id).code
    scanned = {
        "code": code,
        "code with spaces": f"{code[:4]}-{code[4:8]} {code[8:].lower()}",
        "barcode": "4006381333931",
        "number": "nd-13",
        "nothing": "5000000000000",
    }[by_what]

    found = order_queries.list_orders_meant(scanned, shop_id=mira_here.shop_id)

    wanted = {"nothing": [], "barcode": [reference, None], "number": [reference, None]}
    assert [row.reference for row in found] == wanted.get(by_what, [reference])


def test_another_shop_neither_finds_nor_takes_in_an_order(mira_here: Actor) -> None:
    part_id = make_part(mira_here, barcode="4006381333931")
    order_id = do(orders.order_for_stock, part_id, quantity=1, expected_on=None, by=mira_here)
    theo = make_staff(make_shop("Mendit"), Role.MANAGER, first_name="Theo")

    assert order_queries.list_orders_meant("4006381333931", shop_id=theo.shop_id) == []
    for act in (
        lambda: do(orders.receive_for_stock, order_id, count=1, by=theo),
        lambda: do(orders.cancel_for_stock, order_id, by=theo),
        lambda: do(orders.order_for_stock, part_id, quantity=1, expected_on=None, by=theo),
        lambda: do(
            workshop.order_part,
            make_ticket(theo, stage=Stage.APPROVED),
            NewOrder(name="Screen", part_id=part_id),
            by=theo,
        ),
    ):
        with pytest.raises(NotFound):
            act()


def promised(by: Actor, reference: str, latest: date) -> None:
    with transaction():
        make_promise(get_ticket(reference), earliest=latest, latest=latest, by=by, reason=PromiseReason.QUOTE)


def test_a_late_part_stands_on_the_list_with_its_draft_until_the_customer_is_told(
    app: Flask, tess: Browser
) -> None:
    with app.app_context():
        reference, _ = ordered(tess.actor, make_part(tess.actor), expected_on=open_day(9))
        promised(tess.actor, reference, open_day(2))
        in_time, _ = ordered(tess.actor, None, expected_on=open_day(2))
        promised(tess.actor, in_time, open_day(9))
    listed = tess.get("/shop/part-orders").get_data(as_text=True)
    assert f"/tickets/{reference}/parts/late" in listed
    assert f"/tickets/{in_time}/parts/late" not in listed
    assert f"/tickets/{reference}/parts/late" in tess.get(f"/tickets/{reference}").get_data(as_text=True)
    page = tess.get(f"/tickets/{reference}/parts/late").get_data(as_text=True)
    assert f'value="{open_day(9)}"' in page
    assert tess.get(f"/tickets/{in_time}/parts/late").status_code == 404
    message = re.search('<blockquote class="bubble"[^>]*>([^<]*)', page)
    assert message is not None
    latest = re.search(
        'name="latest"[^>]*value="\\d+-\\d+-0?(\\d+)"|value="\\d+-\\d+-0?(\\d+)"[^>]*name="latest"', page
    )
    assert latest is not None
    assert f" {latest[1] or latest[2]} " in message[1]
    later = open_day(20)
    looked = tess.send(
        f"/tickets/{reference}/parts/late", {"earliest": str(later), "latest": str(later), "look": "1"}
    )
    assert looked.status_code == 200
    message = re.search('<blockquote class="bubble"[^>]*>([^<]*)', looked.get_data(as_text=True))
    assert message is not None
    assert f"{later.day} " in message[1]

    with app.app_context():
        draft = order_queries.list_late(tess.actor.shop_id, at=get_ticket(reference).opened_at)[0].draft
    told = tess.send(
        f"/tickets/{reference}/parts/late",
        {
            "earliest": str(draft.earliest),
            "latest": str(draft.latest),
            "note": "The wrong one came",
        },
    )

    assert told.location == f"/tickets/{reference}"
    with app.app_context():
        promises = get_promises(get_ticket(reference).id)
        assert promises is not None
        assert promises.current.reason is PromiseReason.PART_LATE
        assert promises.current.dates.latest == draft.latest >= open_day(9)
        assert promises.first.dates.latest == open_day(2)
        assert order_queries.list_late(tess.actor.shop_id, at=get_ticket(reference).opened_at) == []


def test_orders_by_plain_forms(app: Flask, tess: Browser) -> None:
    with app.app_context():
        supplier = make_supplier(tess.actor, lead_days=3)
        part_id = make_part(tess.actor, serialised=True, supplier_id=supplier)
        reference = make_ticket(tess.actor, stage=Stage.IN_REPAIR)
    page = tess.get(f"/tickets/{reference}/needs-part?part={part_id}").get_data(as_text=True)
    assert 'value="Screen for iPhone 13"' in page
    assert 'value="Northern Parts"' in page
    tess.send(
        f"/tickets/{reference}/needs-part",
        {"part": str(part_id), "name": "Screen for iPhone 13", "supplier": "Northern Parts"},
    )
    with app.app_context():
        [order] = list_parts(get_ticket(reference).id).orders
    assert order.part_id == part_id
    parcel = tess.get(f"/shop/part-orders?q={order.code}").get_data(as_text=True)
    assert f"/tickets/{reference}/parts/orders/{order.id}/arrived" in parcel
    lacking = tess.send(f"/tickets/{reference}/parts/orders/{order.id}/arrived", {})
    assert lacking.status_code == 422
    assert "scan it" in lacking.get_data(as_text=True)
    tess.send(f"/tickets/{reference}/parts/orders/{order.id}/arrived", {"serial": "A1"})
    with app.app_context():
        assert get_ticket(reference).stage is Stage.APPROVED

    tess.send(f"/shop/parts/{part_id}/order", {"quantity": "2"})
    with app.app_context():
        [shelf] = order_queries.list_open_orders(tess.actor.shop_id)
    tess.send(f"/shop/part-orders/{shelf.id}/expected", {"expected_on": str(open_day(3))})
    tess.send(f"/shop/part-orders/{shelf.id}/arrived", {"serials": "B1"})
    wrong = tess.send(f"/shop/part-orders/{shelf.id}/arrived", {"serials": "B1"})
    assert "is here already" in wrong.get_data(as_text=True)
    tess.send(f"/shop/part-orders/{shelf.id}/cancel", {})

    assert "Nothing is on order." in tess.get("/shop/part-orders").get_data(as_text=True)
    with app.app_context():
        assert figures(part_id, tess.actor) == (2, 1, 0)
