"""A person who is erased is in no table, file or document any more; figures and chains are."""

from typing import Any

import pytest
from sqlalchemy import func, select

from repairshop.customers.models import Customer, Touchpoint
from repairshop.database import db
from repairshop.media.store import the_store
from repairshop.merging.rules import Side
from repairshop.merging.service import merge
from repairshop.operations.audit import walk_everything
from repairshop.quotes.models import Quote, QuoteDecision
from repairshop.reports.documents import report_for_ticket
from repairshop.retention import jobs, queries, service
from repairshop.retention.rules import Cause, CustomerErasedAlready, CustomerHasOpenTicket, DeviceStillHere
from repairshop.tickets.models import HistoryEntry, Ticket, TicketMove
from repairshop.tickets.rules import Holder
from repairshop.transaction import transaction
from tests import builders
from tests.retention.lived import IMEI, MARK, PHONE, everything_kept, live

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def tess(app_context):
    return builders.make_staff(builders.make_shop())


def customer_of(reference: str) -> int:
    ticket = builders.get_ticket(reference)
    assert ticket.visit
    return ticket.visit.customer_id


def erase(customer_id: int, by: Any) -> None:
    with transaction():
        service.erase_customer(customer_id, by=by)
    jobs.remove_files()


def figures() -> list[Any]:
    """What boards and figures count: stages, times, models, faults, money, contacts, history."""
    counted = (
        select(Ticket.stage, Ticket.outcome, Ticket.closed_at, Ticket.device_label, Ticket.fault_key),
        select(TicketMove.verb, TicketMove.at),
        select(Quote.hash, Quote.sent_at),
        select(QuoteDecision.kind, QuoteDecision.price_minor),
        select(Touchpoint.kind, Touchpoint.at),
        select(func.count(HistoryEntry.id)).where(HistoryEntry.act != "customer_erased"),
    )
    return [db.session.execute(statement).all() for statement in counted]


@pytest.mark.both_databases
def test_no_planted_value_is_found_afterwards(tess: Any) -> None:
    reference = live(tess)
    ticket_id, customer_id, before = builders.get_ticket(reference).id, customer_of(reference), figures()
    drawn = report_for_ticket(ticket_id)
    assert drawn is not None
    kept = everything_kept()
    assert kept.count(MARK) > 25
    assert IMEI in kept
    assert PHONE in kept

    erase(customer_id, tess)

    kept = everything_kept()
    assert [line for line in kept.splitlines() if MARK in line or IMEI in line or PHONE in line] == []
    assert list(the_store().list_files()) == []
    assert report_for_ticket(ticket_id) is None
    assert figures() == before
    assert walk_everything().holds
    removals = queries.list_removals(tess.shop_id)
    assert {(removal.cause, removal.staff_id) for removal in removals} == {(Cause.REQUEST, tess.id)}


def test_nobody_else_loses_a_word(tess: Any) -> None:
    gone, stays = live(tess), live(tess)
    dana = builders.get_ticket(stays).visit
    assert dana
    before = dana.customer.name

    erase(customer_of(gone), tess)

    ticket = builders.get_ticket(stays)
    assert ticket.visit
    assert (ticket.visit.customer.name, ticket.reported_fault) == (before, MARK)
    assert report_for_ticket(ticket.id) is not None


def test_people_merged_into_them_go_with_them(tess: Any) -> None:
    reference = live(tess)
    with transaction():
        doubled = builders.make_customer(tess, f"{MARK} twice", phone=None).id
    with transaction():
        merge(customer_of(reference), doubled, name_of=Side.GONE, language_of=Side.KEPT, by=tess)

    erase(customer_of(reference), tess)

    assert {row.erased_at is not None for row in db.session.scalars(select(Customer))} == {True}
    assert MARK not in everything_kept()


def test_it_is_refused_while_the_repair_or_the_device_is_here_and_a_second_time(tess: Any) -> None:
    under_way, here = live(tess, over=False), live(tess)
    with transaction():
        builders.get_ticket(here).holder = Holder.PLACE

    with pytest.raises(CustomerHasOpenTicket), transaction():
        service.erase_customer(customer_of(under_way), by=tess)
    with pytest.raises(DeviceStillHere), transaction():
        service.erase_customer(customer_of(here), by=tess)

    with transaction():
        builders.get_ticket(here).holder = Holder.CUSTOMER
    erase(customer_of(here), tess)
    with pytest.raises(CustomerErasedAlready), transaction():
        service.erase_customer(customer_of(here), by=tess)
