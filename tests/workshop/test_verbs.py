"""The bench's verbs: guards, orders, undo."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from repairshop.database import db
from repairshop.errors import Conflict
from repairshop.parts import queries as parts
from repairshop.parts.rules import NewOrder
from repairshop.staff.models import Shop
from repairshop.tickets import service as tickets
from repairshop.tickets.custody import pass_on
from repairshop.tickets.queries import list_notes
from repairshop.tickets.rules import CustodyNotInShop, Holder
from repairshop.tickets.stages import MoveNotAllowed, Outcome, Stage
from repairshop.transaction import transaction
from repairshop.workshop import service
from repairshop.workshop.rules import (
    NothingOnOrder,
    PartDateInThePast,
    ReasonInWordsMissing,
    ReturnReason,
)
from tests.builders import get_ticket, make_shop, make_staff, make_ticket

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
SCREEN = NewOrder(name="Screen", supplier="Glassworks", expected_on=date(2026, 3, 6))


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def tess():
    return make_staff(make_shop())


def parts_of(reference):
    return parts.list_parts(get_ticket(reference).id)


def test_repair_starts_only_with_the_device_in_the_shop(tess):
    reference = make_ticket(tess, stage=Stage.APPROVED)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess)
        pass_on(ticket, Holder.CUSTOMER, to_label="", by=tess)

    with pytest.raises(CustodyNotInShop), transaction():
        service.start_repair(reference, by=tess)

    assert get_ticket(reference).stage is Stage.APPROVED


def test_an_ordered_part_makes_the_ticket_wait(tess):
    reference = make_ticket(tess, stage=Stage.APPROVED)

    with transaction():
        service.order_part(reference, SCREEN, by=tess)

    assert get_ticket(reference).stage is Stage.AWAITING_PARTS
    assert parts_of(reference).expected_on == SCREEN.expected_on


def test_the_last_of_two_parts_moves_the_ticket_on(tess):
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)
    with transaction():
        service.needs_part(reference, SCREEN, by=tess)
        service.order_part(reference, NewOrder(name="Battery"), by=tess)
    first, second = parts_of(reference).open_orders

    with transaction():
        moved_by_first = service.part_arrived(reference, first.id, by=tess)
        moved_by_second = service.part_arrived(reference, second.id, by=tess)

    assert (moved_by_first, moved_by_second) == (False, True)
    assert get_ticket(reference).stage is Stage.APPROVED


def test_undoing_an_arrival_puts_the_parts_back_on_order(tess):
    reference = make_ticket(tess, stage=Stage.APPROVED)
    with transaction():
        service.order_part(reference, SCREEN, by=tess)
    with transaction():
        service.last_part_arrived(reference, by=tess)

    with transaction():
        tickets.undo_move(reference, by=tess)

    assert get_ticket(reference).stage is Stage.AWAITING_PARTS
    assert len(parts_of(reference).open_orders) == 1


def test_undoing_an_order_cancels_it(tess):
    reference = make_ticket(tess, stage=Stage.APPROVED)
    with transaction():
        service.order_part(reference, SCREEN, by=tess)

    with transaction():
        tickets.undo_move(reference, by=tess)

    assert get_ticket(reference).stage is Stage.APPROVED
    assert parts_of(reference).open_orders == ()


def test_nothing_arrives_that_was_not_ordered(tess):
    reference = make_ticket(tess, stage=Stage.AWAITING_PARTS)

    with pytest.raises(NothingOnOrder), transaction():
        service.last_part_arrived(reference, by=tess)


def test_a_part_is_not_expected_yesterday(tess):
    reference = make_ticket(tess, stage=Stage.APPROVED)
    late = NewOrder(name="Screen", expected_on=(NOW - timedelta(days=1)).date())

    with pytest.raises(PartDateInThePast), transaction():
        service.order_part(reference, late, by=tess)

    assert parts_of(reference).orders == ()


def test_today_is_the_shops_own_day(tess, clock):
    with transaction():
        db.session.get_one(Shop, tess.shop_id).time_zone = "America/New_York"
    reference = make_ticket(tess, stage=Stage.APPROVED)
    clock.move_to(datetime(2026, 3, 4, 2, 0, tzinfo=UTC))  # nine in the evening of the third over there

    with transaction():
        service.order_part(reference, NewOrder(name="Screen", expected_on=date(2026, 3, 3)), by=tess)

    assert get_ticket(reference).stage is Stage.AWAITING_PARTS


def test_a_further_order_keeps_its_note_too(tess):
    reference = make_ticket(tess, stage=Stage.AWAITING_PARTS)

    with transaction():
        service.order_part(reference, SCREEN, by=tess, note="The first one is out of stock")

    assert [note.text for note in list_notes(get_ticket(reference).id)] == ["The first one is out of stock"]


def test_finish_may_end_partly_repaired(tess):
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)

    with transaction():
        service.finish(reference, by=tess, outcome=Outcome.PARTLY_REPAIRED, note="The camera stays blurred")

    assert get_ticket(reference).outcome is Outcome.PARTLY_REPAIRED


def test_a_failed_test_takes_it_back_to_the_bench(tess):
    reference = make_ticket(tess, stage=Stage.FINAL_CHECKS)

    with transaction():
        service.test_failed(reference, by=tess, expected_version=None, note="Touch dead at the top")

    ticket = get_ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.IN_REPAIR, None)


@pytest.mark.parametrize(
    "stage",
    [Stage.RECEIVED, Stage.DIAGNOSING, Stage.APPROVED, Stage.AWAITING_PARTS, Stage.IN_REPAIR],
)
def test_it_can_go_back_unrepaired_from_every_stage_of_the_work(tess, stage):
    reference = make_ticket(tess, stage=stage)

    with transaction():
        service.return_unrepaired(reference, reason=ReturnReason.TOO_DEAR, by=tess)

    ticket = get_ticket(reference)
    assert (ticket.stage, ticket.outcome, ticket.outcome_reason) == (
        Stage.FINAL_CHECKS,
        Outcome.RETURNED_UNREPAIRED,
        "too_dear",
    )


def test_another_reason_is_said_in_words(tess):
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)

    with pytest.raises(ReasonInWordsMissing), transaction():
        service.return_unrepaired(reference, reason=ReturnReason.OTHER, by=tess)


def test_returning_cancels_what_is_on_order_and_undo_orders_it_again(tess):
    reference = make_ticket(tess, stage=Stage.APPROVED)
    with transaction():
        service.order_part(reference, SCREEN, by=tess)
    with transaction():
        service.return_unrepaired(reference, reason=ReturnReason.NO_PART, by=tess)
    assert parts_of(reference).open_orders == ()

    with transaction():
        tickets.undo_move(reference, by=tess)

    assert len(parts_of(reference).open_orders) == 1


def test_a_verb_from_a_stale_page_meets_a_conflict(tess):
    reference = make_ticket(tess, stage=Stage.APPROVED)
    seen = get_ticket(reference).stage_version
    with transaction():
        service.start_repair(reference, by=tess, expected_version=seen)

    with pytest.raises(Conflict), transaction():
        service.start_repair(reference, by=tess, expected_version=seen)


def test_verbs_start_only_where_the_machine_has_an_arrow(tess):
    reference = make_ticket(tess, stage=Stage.RECEIVED)

    with pytest.raises(MoveNotAllowed), transaction():
        service.finish(reference, by=tess)
