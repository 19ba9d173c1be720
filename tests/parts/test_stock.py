"""Stock: figures that never go below nothing, a serial in one place, a book that nobody rewrites."""

import threading

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from repairshop.database import db
from repairshop.errors import NotFound, Refused
from repairshop.parts import catalogue, service, stock, stock_queries
from repairshop.parts.catalogue_queries import get_part
from repairshop.parts.models import StockMovement
from repairshop.parts.rules import FittedPart, PartOrigin, read_serials
from repairshop.parts.stock_rules import (
    CountChanged,
    CountUnchanged,
    FewerThanReserved,
    MovementKind,
    NotEnoughFaulty,
    NotEnoughFree,
    NothingToReserveFor,
    NotReserved,
    PartStillHere,
    PieceState,
    SerialFittedBefore,
    SerialHere,
    SerialMissing,
    SerialNotHere,
    SerialsNotKept,
    count_change,
    require_receivable,
    require_reservable,
)
from repairshop.staff.rules import Actor, Role
from repairshop.tickets.service import get_ticket_for_change, move_ticket, undo_move
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.cast import Browser
from tests.parts.builders import make_part, part_facts


@pytest.fixture
def mira_here(app_context: None) -> Actor:
    return make_staff(make_shop(), Role.MANAGER, first_name="Mira")


def figures(part_id: int, by: Actor) -> tuple[int, int, int]:
    db.session.expire_all()
    part = get_part(part_id, shop_id=by.shop_id)
    return part.on_hand, part.reserved, part.faulty


def do(act, *args: object, by: Actor, **options: object):
    with transaction():
        return act(*args, by=by, **options)


def fitted(part_id: int | None, serial: str = "", **facts: object) -> FittedPart:
    usual: dict[str, object] = {"name": "Screen", "origin": PartOrigin.AFTERMARKET}
    return FittedPart(part_id=part_id, serial=serial, **{**usual, **facts})  # type: ignore[arg-type]


def books_agree(by: Actor) -> None:
    db.session.expire_all()
    assert [books for books in stock_queries.read_books(by.shop_id) if not books.agree] == []


@pytest.mark.parametrize(
    ("counted", "on_hand", "reserved", "expected"),
    [(5, 3, 1, 2), (0, 3, 0, -3), (1, 3, 1, -2), (3, 3, 0, CountUnchanged), (0, 3, 1, FewerThanReserved)],
)
def test_what_a_count_changes(counted, on_hand, reserved, expected):
    if isinstance(expected, int):
        assert count_change(counted=counted, on_hand=on_hand, reserved=reserved) == expected
        return
    with pytest.raises(expected):
        count_change(counted=counted, on_hand=on_hand, reserved=reserved)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (None, None),
        (PieceState.RETURNED, None),
        (PieceState.GONE, None),
        (PieceState.ON_HAND, SerialHere),
        (PieceState.FAULTY, SerialHere),
        (PieceState.FITTED, SerialFittedBefore),
        (PieceState.TAKEN_OUT, SerialFittedBefore),
    ],
)
def test_which_serials_may_come_in(state, refusal):
    if refusal is None:
        require_receivable(state, serial="A1")
        return
    with pytest.raises(refusal):
        require_receivable(state, serial="A1")


@pytest.mark.parametrize("stage", list(Stage))
def test_parts_are_set_aside_only_while_there_is_work_to_do(stage):
    over = {
        Stage.BOOKED,
        Stage.READY,
        Stage.UNCLAIMED,
        Stage.HANDED_OVER,
        Stage.SURRENDERED,
        Stage.CANCELLED,
    }
    if stage not in over:
        require_reservable(stage)
        return
    with pytest.raises(NothingToReserveFor):
        require_reservable(stage)


def test_serials_are_read_one_a_line_and_once():
    assert read_serials("gx-12 34\nGX1234, ab1\n\n") == ("GX1234", "AB1")


@pytest.mark.both_databases
def test_a_counted_part_through_its_life(mira_here: Actor) -> None:
    part_id = make_part(mira_here)
    first, second = (make_ticket(mira_here, stage=Stage.IN_REPAIR) for _ in range(2))

    do(stock.receive, part_id, count=3, by=mira_here)
    do(stock.reserve, first, part_id, by=mira_here)
    do(stock.find_faulty, part_id, reason="Dead pixels", by=mira_here)
    assert figures(part_id, mira_here) == (2, 1, 1)
    do(service.fit_part, first, fitted(part_id), by=mira_here)
    assert figures(part_id, mira_here) == (1, 0, 1)
    do(service.fit_part, second, fitted(part_id), by=mira_here)
    with pytest.raises(NotEnoughFree):
        do(service.fit_part, second, fitted(part_id), by=mira_here)
    do(stock.return_to_supplier, part_id, reason="Credit note", by=mira_here)
    with pytest.raises(NotEnoughFaulty):
        do(stock.return_to_supplier, part_id, reason="Twice", by=mira_here)

    assert figures(part_id, mira_here) == (0, 0, 0)
    kinds = [row.kind for row in stock_queries.list_movements(part_id)]
    assert kinds == [
        MovementKind.RETURNED,
        MovementKind.FITTED,
        MovementKind.FITTED,
        MovementKind.FOUND_FAULTY,
        MovementKind.RESERVED,
        MovementKind.RECEIVED,
    ]
    books_agree(mira_here)


@pytest.mark.both_databases
def test_a_reserved_part_is_for_its_own_repair(mira_here: Actor) -> None:
    part_id = make_part(mira_here)
    first, second = (make_ticket(mira_here, stage=Stage.IN_REPAIR) for _ in range(2))
    do(stock.receive, part_id, count=1, by=mira_here)
    reservation = do(stock.reserve, first, part_id, by=mira_here)

    for act in (
        lambda: do(stock.reserve, second, part_id, by=mira_here),
        lambda: do(service.fit_part, second, fitted(part_id), by=mira_here),
        lambda: do(stock.find_faulty, part_id, reason="Dropped", by=mira_here),
        lambda: do(stock.return_to_supplier, part_id, faulty=False, reason="Not needed", by=mira_here),
    ):
        with pytest.raises(NotEnoughFree):
            act()
    do(stock.release, first, reservation, by=mira_here)
    with pytest.raises(NotReserved):
        do(stock.release, first, reservation, by=mira_here)
    with pytest.raises(NotFound):
        do(stock.release, second, reservation, by=mira_here)
    do(service.fit_part, second, fitted(part_id), by=mira_here)

    assert figures(part_id, mira_here) == (0, 0, 0)
    books_agree(mira_here)


@pytest.mark.both_databases
def test_a_serial_is_in_one_place(mira_here: Actor) -> None:
    part_id = make_part(mira_here, serialised=True)
    other = make_part(mira_here, "Battery", serialised=True)
    reference = make_ticket(mira_here, stage=Stage.IN_REPAIR)
    do(stock.receive, part_id, serials=("A1", "A-2"), lot="L7", by=mira_here)

    with pytest.raises(SerialHere):
        do(stock.receive, part_id, serials=("a1",), by=mira_here)
    with pytest.raises(SerialHere):
        do(stock.receive, other, serials=("A2",), by=mira_here)
    with pytest.raises(SerialMissing):
        do(stock.receive, part_id, count=1, by=mira_here)
    with pytest.raises(SerialMissing):
        do(service.fit_part, reference, fitted(part_id), by=mira_here)
    with pytest.raises(SerialNotHere):
        do(service.fit_part, reference, fitted(part_id, "A3"), by=mira_here)
    do(service.fit_part, reference, fitted(None, "a 1"), by=mira_here)  # found by its serial alone
    do(stock.return_to_supplier, part_id, serial="A2", faulty=False, reason="Not needed", by=mira_here)
    with pytest.raises(SerialNotHere):
        do(service.fit_part, reference, fitted(None, "A2"), by=mira_here)

    assert figures(part_id, mira_here) == (0, 0, 0)
    from repairshop.parts.queries import list_parts

    [row] = list_parts(get_ticket(reference).id).fitted
    assert (row.part_id, row.lot, row.serial) == (part_id, "L7", "A1")
    # What went back to the supplier may come again, good; what was fitted never.
    do(stock.receive, part_id, serials=("A2",), by=mira_here)
    with pytest.raises(SerialFittedBefore):
        do(stock.receive, part_id, serials=("A1",), by=mira_here)
    books_agree(mira_here)


@pytest.mark.both_databases
def test_a_fitted_serial_is_never_on_hand_again_whatever_way_it_takes(mira_here: Actor) -> None:
    part_id = make_part(mira_here, serialised=True)
    reference = make_ticket(mira_here, stage=Stage.IN_REPAIR)
    do(stock.receive, part_id, serials=("A1", "B1"), by=mira_here)
    first, second = (
        do(lambda *, by, serial: service.fit_part(reference, fitted(part_id, serial), by=by).id, **said)
        for said in ({"by": mira_here, "serial": "A1"}, {"by": mira_here, "serial": "B1"})
    )

    do(service.take_part_out, reference, first, because="Dead", goes_back=True, by=mira_here)
    do(service.take_part_out, reference, second, because="Not the fault", by=mira_here)
    assert figures(part_id, mira_here) == (0, 0, 1)
    do(stock.return_to_supplier, part_id, serial="A1", reason="Credit note", by=mira_here)

    for serial in ("A1", "B1"):
        with pytest.raises(SerialFittedBefore):
            do(stock.receive, part_id, serials=(serial,), by=mira_here)
        with pytest.raises(SerialFittedBefore):
            do(service.fit_part, reference, fitted(None, serial), by=mira_here)
    books_agree(mira_here)


def test_a_count_corrects_the_books_with_a_reason(mira_here: Actor) -> None:
    part_id = make_part(mira_here)
    do(stock.receive, part_id, count=3, by=mira_here)

    do(stock.correct_count, part_id, counted=1, books=3, reason="Two fell", by=mira_here)
    with pytest.raises(CountChanged):
        do(stock.correct_count, part_id, counted=5, books=3, reason="Late", by=mira_here)

    assert figures(part_id, mira_here) == (1, 0, 0)
    [row, _] = stock_queries.list_movements(part_id)
    assert (row.kind, row.on_hand, row.reason, row.by) == (
        MovementKind.CORRECTED,
        -2,
        "Two fell",
        "Mira",
    )


def test_how_a_part_is_counted_stays_while_some_are_here(mira_here: Actor) -> None:
    part_id = make_part(mira_here)
    with pytest.raises(SerialsNotKept):
        do(stock.receive, part_id, serials=("A1",), by=mira_here)
    do(stock.receive, part_id, count=1, by=mira_here)

    with pytest.raises(PartStillHere):
        do(catalogue.change_part, part_id, part_facts(serialised=True), by=mira_here)


@pytest.mark.both_databases
def test_the_book_of_movements_cannot_be_rewritten(mira_here: Actor) -> None:
    part_id = make_part(mira_here)
    do(stock.receive, part_id, count=1, by=mira_here)

    for statement in ("UPDATE stock_movement SET on_hand = 9", "DELETE FROM stock_movement"):
        with pytest.raises(DatabaseError, match="never changes"), transaction():
            db.session.execute(text(statement))

    assert db.session.query(StockMovement).count() == 1


@pytest.mark.both_databases
def test_what_a_finished_repair_did_not_use_is_free_and_an_undo_takes_it_back(mira_here: Actor) -> None:
    part_id = make_part(mira_here)
    reference = make_ticket(mira_here, stage=Stage.FINAL_CHECKS)
    do(stock.receive, part_id, count=1, by=mira_here)
    do(stock.reserve, reference, part_id, by=mira_here)

    with transaction():
        move_ticket(get_ticket_for_change(reference, by=mira_here), Verb.RELEASE, by=mira_here)
    assert figures(part_id, mira_here) == (1, 0, 0)
    with transaction():
        undo_move(reference, by=mira_here)
    assert figures(part_id, mira_here) == (1, 1, 0)
    with transaction():
        move_ticket(get_ticket_for_change(reference, by=mira_here), Verb.RELEASE, by=mira_here)
    other = make_ticket(mira_here, stage=Stage.IN_REPAIR)
    do(stock.reserve, other, part_id, by=mira_here)
    with transaction():
        undo_move(reference, by=mira_here)  # somebody else has it now

    assert figures(part_id, mira_here) == (1, 1, 0)
    assert [row.reference for row in stock_queries.list_reservations_of_part(part_id)] == [other]
    books_agree(mira_here)


@pytest.mark.both_databases
def test_of_many_who_want_the_last_one_at_once_one_gets_it(app: Flask, mira_here: Actor) -> None:
    part_id = make_part(mira_here)
    references = [make_ticket(mira_here, stage=Stage.IN_REPAIR) for _ in range(4)]
    do(stock.receive, part_id, count=1, by=mira_here)
    start, got, refused = threading.Barrier(4), [], []

    def want(reference: str) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    stock.reserve(reference, part_id, by=mira_here)
                got.append(reference)
            except Refused as refusal:
                refused.append(type(refusal))

    db.session.rollback()
    threads = [threading.Thread(target=want, args=(reference,)) for reference in references]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 1
    assert refused == [NotEnoughFree] * 3
    assert figures(part_id, mira_here) == (1, 1, 0)
    books_agree(mira_here)


@pytest.mark.both_databases
def test_of_two_who_fit_the_same_serial_at_once_one_does(app: Flask, mira_here: Actor) -> None:
    part_id = make_part(mira_here, serialised=True)
    references = [make_ticket(mira_here, stage=Stage.IN_REPAIR) for _ in range(2)]
    do(stock.receive, part_id, serials=("A1", "A2"), by=mira_here)
    start, done, refused = threading.Barrier(2), [], []

    def fit(reference: str) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    service.fit_part(reference, fitted(part_id, "A1"), by=mira_here)
                done.append(reference)
            except Refused as refusal:
                refused.append(type(refusal))

    db.session.rollback()
    threads = [threading.Thread(target=fit, args=(reference,)) for reference in references]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(done) == 1
    assert len(refused) == 1
    assert refused[0] in {SerialNotHere, SerialFittedBefore}
    assert figures(part_id, mira_here) == (1, 0, 0)
    books_agree(mira_here)


def test_stock_by_plain_forms(app: Flask, mira: Browser, tess: Browser) -> None:
    with app.app_context():
        part_id = make_part(mira.actor, serialised=True)
        reference = make_ticket(tess.actor, stage=Stage.IN_REPAIR)
    there = f"/shop/parts/{part_id}"
    wrong = tess.send(f"{there}/receive", {"serials": ""})
    assert "scan it" in wrong.get_data(as_text=True)
    tess.send(f"{there}/receive", {"serials": "A1\nA2", "lot": "L7"})
    tess.send(f"{there}/faulty", {"serial": "A2", "reason": "Dead pixels"})
    tess.send(f"{there}/return", {"serial": "A2", "faulty": "y", "reason": "Credit note"})
    page = tess.get(there).get_data(as_text=True)
    assert "Dead pixels" in page
    assert "It is not there" not in page
    assert tess.send(f"{there}/missing", {"serial": "A1", "reason": "Gone"}).status_code == 403

    tess.send(f"/tickets/{reference}/parts/reserve/{part_id}", {})
    page = tess.get(f"/tickets/{reference}/parts").get_data(as_text=True)
    assert "Set aside for it" in page
    form = tess.get(f"/tickets/{reference}/parts?part={part_id}").get_data(as_text=True)
    assert 'value="Screen for iPhone 13"' in form
    lacking = tess.send(
        f"/tickets/{reference}/parts/fit",
        {
            "part": str(part_id),
            "name": "Screen",
            "origin": "aftermarket",
            "pairing": "not_needed",
            "old_part": "recycled",
        },
    )
    assert lacking.status_code == 422
    tess.send(
        f"/tickets/{reference}/parts/fit",
        {
            "part": str(part_id),
            "name": "Screen",
            "serial": "A1",
            "origin": "aftermarket",
            "pairing": "not_needed",
            "old_part": "recycled",
        },
    )
    page = tess.get(f"/tickets/{reference}/parts").get_data(as_text=True)
    assert "lot L7" in page
    assert "Set aside for it" not in page
    with app.app_context():
        assert figures(part_id, mira.actor) == (0, 0, 0)


def test_another_shop_touches_none_of_it(mira_here: Actor) -> None:

    theo = make_staff(make_shop("Mendit"), first_name="Theo")
    part_id = make_part(mira_here)
    reference = make_ticket(theo, stage=Stage.IN_REPAIR)

    for act in (
        lambda: do(stock.receive, part_id, count=1, by=theo),
        lambda: do(stock.reserve, reference, part_id, by=theo),
        lambda: do(service.fit_part, reference, fitted(part_id), by=theo),
    ):
        with pytest.raises(NotFound):
            act()
