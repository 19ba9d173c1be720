"""Whatever a shop does with its parts, in whatever order: the books agree and nothing is in two places."""

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from repairshop.database import db
from repairshop.errors import Refused
from repairshop.parts import service, stock, stock_queries
from repairshop.parts.models import PartFitted, PartPiece, PartReservation
from repairshop.parts.rules import FittedPart, PartOrigin
from repairshop.parts.stock_rules import PieceState
from repairshop.staff.rules import Role
from repairshop.tickets.service import get_ticket_for_change, move_ticket, undo_move
from repairshop.tickets.stages import Outcome, Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.parts.builders import make_part

SERIALS = tuple(f"S{number}" for number in range(5))
_shops = count(1)
serials = st.sampled_from(SERIALS)
numbers = st.integers(1, 3)


class StockMachine(RuleBasedStateMachine):
    """A counted part, one with serials, two repairs; every verb with values that may be allowed or not."""

    @initialize()
    def open_shop(self) -> None:
        number = next(_shops)
        self.by = make_staff(make_shop(f"Shop {number}", slug=f"shop-{number}"), Role.MANAGER)
        self.counted = make_part(self.by)
        self.serialised = make_part(self.by, "Battery", serialised=True)
        self.tickets = [make_ticket(self.by, stage=Stage.IN_REPAIR) for _ in range(2)]
        self.ever_fitted: set[str] = set()
        with transaction():
            stock.receive(self.counted, count=3, by=self.by)
            stock.receive(self.serialised, serials=SERIALS[:3], by=self.by)
            stock.reserve(self.tickets[1], self.counted, by=self.by)

    def attempt(self, act: Callable[[], object]) -> bool:
        """Whether it was allowed; a refusal leaves nothing behind, which the invariants look at."""
        try:
            with transaction():
                act()
        except Refused:
            return False
        return True

    @rule(number=numbers)
    def receive_counted(self, number: int) -> None:
        assert self.attempt(lambda: stock.receive(self.counted, count=number, by=self.by))

    @rule(chosen=st.lists(serials, min_size=1, max_size=3, unique=True))
    def receive_serials(self, chosen: list[str]) -> None:
        came = self.attempt(lambda: stock.receive(self.serialised, serials=chosen, by=self.by))
        assert not (came and self.ever_fitted & set(chosen))

    @rule(ticket=st.integers(0, 1), serialised=st.booleans())
    def reserve(self, ticket: int, serialised: bool) -> None:
        part = self.serialised if serialised else self.counted
        self.attempt(lambda: stock.reserve(self.tickets[ticket], part, by=self.by))

    @rule(ticket=st.integers(0, 1), place=st.integers(0, 3))
    def release(self, ticket: int, place: int) -> None:
        rows = self.open_reservations(ticket)
        if place < len(rows):
            assert self.attempt(lambda: stock.release(self.tickets[ticket], rows[place], by=self.by))

    @rule(ticket=st.integers(0, 1))
    def fit_counted(self, ticket: int) -> None:
        part = FittedPart(name="Screen", origin=PartOrigin.AFTERMARKET, part_id=self.counted)
        self.attempt(lambda: service.fit_part(self.tickets[ticket], part, by=self.by))

    @rule(ticket=st.integers(0, 1), serial=serials, named=st.booleans())
    def fit_serial(self, ticket: int, serial: str, named: bool) -> None:
        part = FittedPart(
            name="Battery",
            origin=PartOrigin.AFTERMARKET,
            serial=serial,
            part_id=self.serialised if named else None,
        )
        if self.attempt(lambda: service.fit_part(self.tickets[ticket], part, by=self.by)):
            assert serial not in self.ever_fitted
            self.ever_fitted.add(serial)

    @rule(ticket=st.integers(0, 1), goes_back=st.booleans())
    def take_out(self, ticket: int, goes_back: bool) -> None:
        ticket_id = get_ticket(self.tickets[ticket]).id
        query = select(PartFitted.id).where(
            PartFitted.ticket_id == ticket_id, PartFitted.removed_at.is_(None)
        )
        fitted = db.session.scalars(query.limit(1)).first()
        if fitted is not None:
            assert self.attempt(
                lambda: service.take_part_out(
                    self.tickets[ticket], fitted, because="Dead", goes_back=goes_back, by=self.by
                )
            )

    @rule(number=numbers)
    def find_faulty(self, number: int) -> None:
        self.attempt(lambda: stock.find_faulty(self.counted, count=number, reason="Bad", by=self.by))

    @rule(serial=serials)
    def find_serial_faulty(self, serial: str) -> None:
        self.attempt(lambda: stock.find_faulty(self.serialised, serial=serial, reason="Bad", by=self.by))

    @rule(number=numbers, faulty=st.booleans())
    def return_counted(self, number: int, faulty: bool) -> None:
        self.attempt(
            lambda: stock.return_to_supplier(
                self.counted, count=number, faulty=faulty, reason="Back", by=self.by
            )
        )

    @rule(serial=serials, faulty=st.booleans())
    def return_serial(self, serial: str, faulty: bool) -> None:
        self.attempt(
            lambda: stock.return_to_supplier(
                self.serialised, serial=serial, faulty=faulty, reason="Back", by=self.by
            )
        )

    @rule(counted=st.integers(0, 4), books=st.integers(0, 4))
    def count_shelf(self, counted: int, books: int) -> None:
        self.attempt(
            lambda: stock.correct_count(
                self.counted, counted=counted, books=books, reason="Counted", by=self.by
            )
        )

    @rule(serial=serials)
    def miss_serial(self, serial: str) -> None:
        self.attempt(lambda: stock.count_away(self.serialised, serial=serial, reason="Gone", by=self.by))

    @precondition(lambda self: get_ticket(self.tickets[0]).stage is Stage.IN_REPAIR)
    @rule(undone=st.booleans())
    def finish_and_release(self, undone: bool) -> None:
        reference = self.tickets[0]
        with transaction():
            ticket = get_ticket_for_change(reference, by=self.by)
            move_ticket(ticket, Verb.FINISH, outcome=Outcome.REPAIRED, by=self.by)
        with transaction():
            move_ticket(get_ticket_for_change(reference, by=self.by), Verb.RELEASE, by=self.by)
        assert self.open_reservations(0) == []
        if undone:
            with transaction():
                undo_move(reference, by=self.by)

    def open_reservations(self, ticket: int) -> list[int]:
        ticket_id = get_ticket(self.tickets[ticket]).id
        query = select(PartReservation.id).where(
            PartReservation.ticket_id == ticket_id, PartReservation.ended_at.is_(None)
        )
        return list(db.session.scalars(query.order_by(PartReservation.id)))

    @invariant()
    def figures_are_the_sum_of_the_movements(self) -> None:
        db.session.expire_all()
        for books in stock_queries.read_books(self.by.shop_id):
            on_hand, reserved, faulty = books.by_row
            assert books.agree
            assert 0 <= reserved <= on_hand
            assert faulty >= 0

    @invariant()
    def a_fitted_serial_is_never_on_hand_again(self) -> None:
        query = select(PartPiece.serial, PartPiece.state).where(PartPiece.shop_id == self.by.shop_id)
        places = db.session.execute(query).all()
        assert len({serial for serial, _ in places}) == len(places)
        on_hand = {serial for serial, state in places if state is PieceState.ON_HAND}
        assert not on_hand & self.ever_fitted

    def teardown(self) -> None:
        db.session.rollback()


@pytest.mark.both_databases
def test_stock_holds_whatever_is_done(app_context: None, database: str) -> None:
    examples = 25 if database == "sqlite" else 8
    run_state_machine_as_test(
        StockMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
