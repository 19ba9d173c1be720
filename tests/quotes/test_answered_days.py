"""Which days a yes promises: those of the quote, or as many from now; none twice."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice
from repairshop.promises.queries import list_promises
from repairshop.promises.rules import PromiseReason
from repairshop.quotes import service
from repairshop.quotes.dates import dates_agreed
from repairshop.quotes.draft_queries import suggest
from repairshop.quotes.rules import (
    Channel,
    Evidence,
)
from repairshop.quotes.terms import DatesBasis
from repairshop.staff.rules import customer_actor
from repairshop.tickets import service as tickets
from repairshop.tickets.queries import get_head
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff
from tests.quotes.builders import approve, current, quoted_ticket

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]


NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
LATE = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)  # the quote's days are over, its time is not


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture
def tess(app_context):
    return make_staff(make_shop())


def undo(reference, *, by):
    with transaction():
        tickets.undo_move(reference, by=by)


QUOTED = (date(2026, 3, 5), date(2026, 3, 6))


def promises_of(reference):
    return list_promises(get_ticket(reference).id)


def promised(reference):
    return [(row.dates.earliest, row.dates.latest) for row in promises_of(reference)]


def say_yes(reference, tess, *, by_customer):
    if not by_customer:
        return approve(reference, by=tess)
    carl = customer_actor(tess.shop_id, get_ticket(reference).visit.customer_id)
    return approve(reference, by=carl, evidence=Evidence(channel=Channel.PORTAL))


both_doors = pytest.mark.parametrize("by_customer", [False, True], ids=["counter", "portal"])


@both_doors
def test_a_yes_in_time_promises_nothing_new(tess, clock, by_customer) -> None:
    reference = quoted_ticket(tess)
    clock.move_to(datetime(2026, 3, 6, 12, 0, tzinfo=UTC))

    say_yes(reference, tess, by_customer=by_customer)

    assert promised(reference) == [QUOTED]


@both_doors
def test_a_yes_after_the_quotes_days_promises_as_many_from_now(tess, clock, by_customer) -> None:
    reference = quoted_ticket(tess)
    clock.move_to(LATE)

    say_yes(reference, tess, by_customer=by_customer)

    ticket, row = get_ticket(reference), promises_of(reference)[-1]
    assert promised(reference)[0] == QUOTED
    assert row.reason is PromiseReason.ANSWER_TOOK_LONGER
    assert LATE.date() < row.dates.earliest <= row.dates.latest
    assert (ticket.due_at, ticket.stage) == (row.due_at, Stage.APPROVED)
    approval = current(reference).approval
    assert approval is not None
    assert dates_agreed(current(reference), at=approval.decided_at) == row.dates
    assert told_last() == (row.dates.earliest, row.dates.latest)


def told_last():
    """The days in the message about the yes."""
    query = select(OutgoingMessage).where(OutgoingMessage.notice == Notice.APPROVED)
    facts = db.session.scalars(query.order_by(OutgoingMessage.id.desc())).first().facts
    return tuple(date.fromisoformat(facts[name]) for name in ("from_date", "to_date"))


def test_an_undone_yes_takes_its_days_with_it(tess, clock) -> None:
    reference = quoted_ticket(tess)
    clock.move_to(LATE)
    approve(reference, by=tess)

    undo(reference, by=tess)

    assert promised(reference) == [QUOTED]


def test_a_yes_taken_back_and_given_again_promises_once(tess, clock) -> None:
    reference = quoted_ticket(tess)
    clock.move_to(LATE)
    approve(reference, by=tess)
    with transaction():
        service.take_approval_back(reference, by=tess)

    approve(reference, by=tess)

    assert len(promised(reference)) == 2


def test_a_new_quote_starts_from_no_day_that_has_passed(tess) -> None:
    reference = quoted_ticket(tess)
    head = get_head(reference, shop_id=tess.shop_id)

    held, over = suggest(head, at=NOW), suggest(head, at=LATE)

    assert held is not None
    assert held.basis is DatesBasis.PROMISED
    assert over is None or over.dates.earliest >= LATE.date()
