"""`flask audit verify` and the heads of days: whatever is changed in the history is found."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.customers import service as customers
from repairshop.customers.service import NewDevice
from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice, State
from repairshop.operations import jobs, service
from repairshop.operations.audit import walk_everything
from repairshop.operations.rules import PublishedHead
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ShopId, system_actor
from repairshop.staff.service import create_shop
from repairshop.tickets import service as tickets
from repairshop.tickets.history import record_history
from repairshop.tickets.models import DayHead, Ticket
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests.builders import make_ticket
from tests.cast import Browser

pytestmark = pytest.mark.usefixtures("app_context")

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def by(app_context: None) -> Actor:
    with transaction():
        shop = create_shop(name="Fixwell", country="GB", currency="GBP", time_zone="Europe/London")
        return system_actor(ShopId(shop.id))


@pytest.fixture
def take_in(by: Actor) -> Callable[[datetime], str]:
    """A ticket with three entries in its history; its code."""

    def run(at: datetime) -> str:
        with transaction(), clock.as_of(at):
            carl = customers.add_customer("Carl Clegg", language="en", by=by)
            device = customers.add_device(carl, NewDevice(device_type=DeviceType.PHONE, model="3310"), by=by)
            visit = tickets.open_visit(carl, by=by)
            ticket = tickets.open_ticket(
                visit, tickets.NewTicket(device=device), verb=Verb.TAKE_IN, stage=Stage.RECEIVED, by=by
            )
            record_history(ticket, "assigned", by=by, after={"staff": 1})
            record_history(ticket, "assigned", by=by, before={"staff": 1}, after={"staff": 2})
            return ticket.code

    return run


def forge(statement: str, *, database: str) -> None:
    """Change history the way somebody with the database's password can."""
    with transaction():
        if database == "sqlite":
            for table in ("history", "day_head"):
                db.session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_update"))
                db.session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_delete"))
        else:
            db.session.execute(text("ALTER TABLE history DISABLE TRIGGER ALL"))
            db.session.execute(text("ALTER TABLE day_head DISABLE TRIGGER ALL"))
        db.session.execute(text(statement))


@pytest.mark.both_databases
def test_a_history_nobody_touched_holds(take_in: Callable[[datetime], str], app: Flask) -> None:
    take_in(MONDAY)
    take_in(MONDAY + DAY)

    result = app.test_cli_runner().invoke(args=["audit", "verify"])

    assert result.exit_code == 0
    assert "2 tickets with 6 entries, 0 published heads compared\nEvery chain holds" in result.output


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("statement", "seq", "reason"),
    [
        ("UPDATE history SET after = '{\"staff\": 9}' WHERE seq = 2", 2, "hash"),
        ("UPDATE history SET actor_id = 9 WHERE seq = 2", 2, "hash"),
        ("DELETE FROM history WHERE seq = 2", 2, "gap"),
        ("DELETE FROM history WHERE seq = 3", 3, "truncated"),
        ("DELETE FROM history", 1, "truncated"),
        ("UPDATE history SET previous_hash = hash WHERE seq = 3", 3, "previous"),
        ("UPDATE history SET seq = 9 WHERE seq = 2", 2, "gap"),
    ],
)
def test_a_forged_entry_is_found_where_it_is(
    take_in: Callable[[datetime], str], database: str, statement: str, seq: int, reason: str
) -> None:
    code = take_in(MONDAY)
    forge(statement, database=database)

    (broken,) = walk_everything().broken

    assert (broken.code, broken.seq, broken.reason) == (code, seq, reason)


def test_a_chain_does_not_fit_another_ticket(take_in: Callable[[datetime], str], database: str) -> None:
    """The first link holds the ticket's code, so two tickets cannot trade their pasts."""
    take_in(MONDAY)
    take_in(MONDAY)
    with transaction():
        one, two = db.session.scalars(select(Ticket).order_by(Ticket.id))
        first, second = one.code, two.code
        one.code = "-" * 9
        db.session.flush()  # codes are unique: one steps aside
        two.code = first
        db.session.flush()
        one.code = second

    assert [(broken.seq, broken.reason) for broken in walk_everything().broken] == [(1, "previous")] * 2


def test_the_exit_status_and_the_ticket_tell(
    take_in: Callable[[datetime], str], app: Flask, database: str
) -> None:
    code = take_in(MONDAY)
    forge("UPDATE history SET act = 'finish' WHERE seq = 2", database=database)

    result = app.test_cli_runner().invoke(args=["audit", "verify"])

    assert result.exit_code == 1
    assert f"BROKEN Fixwell R-1 ({code}) at entry 2: the entry was changed" in result.output


@pytest.mark.both_databases
def test_each_day_that_is_over_gets_its_head_once(take_in: Callable[[datetime], str], by: Actor) -> None:
    take_in(MONDAY)
    with clock.as_of(MONDAY + DAY):
        first = jobs.publish_day_heads(by.shop_id)
        again = jobs.publish_day_heads(by.shop_id)
    take_in(MONDAY + DAY)
    with clock.as_of(MONDAY + 4 * DAY):
        later = jobs.publish_day_heads(by.shop_id)

    days = list(db.session.scalars(select(DayHead.day).order_by(DayHead.day)))
    assert (first, again, later) == (1, 0, 3)
    assert days == ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
    found = walk_everything()
    assert (found.heads, found.holds) == (4, True)


def test_a_day_ends_at_the_shops_midnight(take_in: Callable[[datetime], str], by: Actor) -> None:
    late = datetime(2026, 7, 6, 23, 30, tzinfo=UTC)  # half past midnight of Tuesday in Manchester
    take_in(late)
    with clock.as_of(late + timedelta(hours=1)):
        jobs.publish_day_heads(by.shop_id)  # Monday: nothing changed
    with clock.as_of(late + DAY):
        jobs.publish_day_heads(by.shop_id)

    heads = list(db.session.scalars(select(DayHead).order_by(DayHead.day)))
    assert [head.day for head in heads] == ["2026-07-06", "2026-07-07"]
    assert walk_everything().holds


def test_a_forger_who_mends_the_chain_is_found_by_a_head_kept_outside(
    take_in: Callable[[datetime], str], by: Actor, database: str, app: Flask
) -> None:
    take_in(MONDAY)
    take_in(MONDAY)
    with clock.as_of(MONDAY + DAY), transaction():
        service.publish_heads(by.shop_id)
    kept = db.session.scalars(select(DayHead.head)).one()
    assert walk_everything(given=[PublishedHead(day=MONDAY.date(), head=kept)]).holds

    # The last entry of one ticket goes, its row is made to fit, and the published head with it.
    forge("DELETE FROM history WHERE seq = 3 AND ticket_id = 1", database=database)
    with transaction():
        ticket = db.session.get_one(Ticket, 1)
        ticket.history_seq = 2
        ticket.history_hash = db.session.execute(
            text("SELECT hash FROM history WHERE ticket_id = 1 AND seq = 2")
        ).scalar_one()
    forge("DELETE FROM day_head", database=database)
    assert walk_everything().holds

    result = app.test_cli_runner().invoke(args=["audit", "verify", "--head", f"2026-03-02:{kept}"])

    assert result.exit_code == 1
    assert "BROKEN 2026-03-02: no shop has the head you gave" in result.output


def test_a_changed_head_is_found(take_in: Callable[[datetime], str], by: Actor, database: str) -> None:
    take_in(MONDAY)
    with clock.as_of(MONDAY + DAY), transaction():
        service.publish_heads(by.shop_id)
    forge(f"UPDATE day_head SET head = '{'0' * 64}'", database=database)

    (wrong,) = walk_everything().wrong_heads

    assert (wrong.shop, wrong.published) == (db.session.query(Shop).one().name, "0" * 64)


def test_a_head_that_is_none_is_refused(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["audit", "verify", "--head", "yesterday"])

    assert result.exit_code == 2
    assert "64 hexadecimal digits" in result.output


def test_what_is_older_than_the_first_head_is_under_it_too(
    take_in: Callable[[datetime], str], by: Actor, database: str
) -> None:
    take_in(MONDAY - 40 * DAY)
    with clock.as_of(MONDAY + DAY), transaction():
        service.publish_heads(by.shop_id)
    assert walk_everything().holds

    forge("DELETE FROM history WHERE seq = 3", database=database)
    with transaction():
        ticket = db.session.query(Ticket).one()
        ticket.history_seq = 2
        ticket.history_hash = db.session.execute(text("SELECT hash FROM history WHERE seq = 2")).scalar_one()

    assert len(walk_everything().wrong_heads) == 1


def test_a_day_whose_head_is_gone_is_named(
    take_in: Callable[[datetime], str], by: Actor, app: Flask, database: str
) -> None:
    take_in(MONDAY)
    for day in (1, 2, 3):
        with clock.as_of(MONDAY + day * DAY), transaction():
            service.publish_heads(by.shop_id)
    forge("DELETE FROM day_head WHERE day = '2026-03-03'", database=database)

    result = app.test_cli_runner().invoke(args=["audit", "verify"])

    assert result.exit_code == 1
    assert "BROKEN Fixwell 2026-03-03: the day's head is missing" in result.output


def test_the_head_is_mailed_to_each_owner_once_and_verifies_as_it_was_mailed(
    app: Flask, olga: Browser, tess: Browser
) -> None:
    make_ticket(tess.actor)
    tomorrow = clock.now() + DAY
    for _ in range(2):
        with clock.as_of(tomorrow):
            jobs.publish_day_heads(olga.actor.shop_id)

    (mail,) = db.session.scalars(select(OutgoingMessage).where(OutgoingMessage.notice == Notice.DAY_HEAD))
    head = db.session.scalars(select(DayHead)).one()
    assert (mail.recipient, mail.state) == ("olga@example.com", State.QUEUED)
    assert f"--head {head.day}:{head.head}" in mail.text
    assert "{link}" not in mail.text + mail.html
    result = app.test_cli_runner().invoke(args=["audit", "verify", "--head", f"{head.day}:{head.head}"])
    assert result.exit_code == 0
