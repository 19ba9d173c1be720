"""`flask demo load` and `flask demo links`, as a newcomer runs them."""

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from config import Config, Mode
from repairshop import clock
from repairshop.board.queries import asks_when_full, get_limits
from repairshop.board.rules import COLUMN_OF, USUAL_LIMITS
from repairshop.customers.models import ContactPoint, Touchpoint
from repairshop.customers.rules import ContactKind
from repairshop.database import Base, db
from repairshop.demo import service
from repairshop.demo.commands import get_password
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import UNSENT_STATES, Channel, OutboxReason, why_outbox
from repairshop.operations.audit import walk_everything
from repairshop.quotes.queries import get_current_quote
from repairshop.quotes.rules import QuoteState
from repairshop.staff.accounts import is_password_of
from repairshop.staff.models import Shop, Staff
from repairshop.tickets.links import parse_token, token_is_true
from repairshop.tickets.models import PortalLink, Ticket
from repairshop.tickets.stages import OPEN_STAGES, Stage
from repairshop.transaction import transaction

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    def call(*arguments: str) -> Result:
        result = app.test_cli_runner().invoke(args=["demo", *arguments])
        db.session.rollback()
        return result

    return call


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.both_databases
def test_a_newcomer_finds_a_shop_at_work(run: Callable[..., Result], app: Flask) -> None:
    result = run("load", "--tickets", "30")

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Made the demo shop; ")
    assert_every_stage_has_a_ticket_and_some_are_late()
    assert_only_invented_people()
    assert_nothing_waits_to_be_sent()
    assert_chains_hold()
    assert_the_open_quotes_can_be_answered()
    assert_links(run, app)


def assert_every_stage_has_a_ticket_and_some_are_late() -> None:
    tickets = db.session.scalars(select(Ticket)).all()
    now = clock.now()
    open_tickets = [ticket for ticket in tickets if ticket.stage in OPEN_STAGES]
    assert {ticket.stage for ticket in tickets} == set(Stage)
    assert any(ticket.due_at and ticket.due_at < now for ticket in open_tickets)
    assert any(ticket.stage is Stage.RECEIVED and ticket.checked_in_at is None for ticket in open_tickets)
    assert any(ticket.claim_of_id for ticket in open_tickets)
    assert all(ticket.opened_at <= ticket.changed_at <= now for ticket in tickets)
    on_the_bench = {ticket.assignee_id for ticket in open_tickets if ticket.stage in COLUMN_OF}
    assert None in on_the_bench  # what nobody has taken up
    assert len(on_the_bench - {None}) == 3
    assert asks_when_full(tickets[0].shop_id)
    assert get_limits(tickets[0].shop_id) == dict(USUAL_LIMITS)


def assert_only_invented_people() -> None:
    points = db.session.scalars(select(ContactPoint)).all()
    phones = [point.value for point in points if point.kind is ContactKind.PHONE]
    mails = [point.value for point in points if point.kind is ContactKind.EMAIL]
    assert phones
    assert all(phone.startswith("+447700900") for phone in phones)
    assert mails
    assert all(mail.endswith("@example.com") for mail in mails)
    shop = db.session.scalars(select(Shop)).one()
    assert shop.is_demo
    reason = why_outbox(
        is_set_up=True, is_demo=shop.is_demo, provider_is_local=False, address_is_private=False
    )
    assert reason is OutboxReason.DEMO_SHOP


def assert_nothing_waits_to_be_sent() -> None:
    """The worker's first tick must not send weeks of notices."""
    waiting = db.session.scalars(
        select(OutgoingMessage).where(
            OutgoingMessage.state.in_(UNSENT_STATES), OutgoingMessage.channel != Channel.CALL
        )
    ).all()
    assert [
        message.notice for message in waiting if message.send_after < clock.now() - timedelta(minutes=1)
    ] == []


def assert_chains_hold() -> None:
    audit = walk_everything()
    assert (audit.broken, audit.tickets) == ([], count(Ticket))


def assert_the_open_quotes_can_be_answered() -> None:
    waiting = db.session.scalars(select(Ticket.id).where(Ticket.stage == Stage.AWAITING_APPROVAL)).all()
    quotes = [get_current_quote(ticket_id) for ticket_id in waiting]
    assert all(quote and quote.state is QuoteState.OPEN for quote in quotes)


def assert_links(run: Callable[..., Result], app: Flask) -> None:
    found = json.loads(run("links", "--json").stdout)
    config = app.extensions["repairshop_config"]
    assert set(found) == {"staff", "tickets"}
    assert {person["role"] for person in found["staff"]} == {"owner", "manager", "counter", "technician"}
    password = found["staff"][0]["password"]
    tess = db.session.scalars(select(Staff).where(Staff.email == "tess@example.com")).one()
    with app.test_request_context():
        assert is_password_of(tess.id, password)
    assert {ticket["stage"] for ticket in found["tickets"]} == {stage.value for stage in Stage}
    for ticket in found["tickets"]:
        assert {"stage", "code", "number", "staff_url", "portal_url"} <= set(ticket)
        assert ticket["staff_url"] == f"{config.public_url}/tickets/{ticket['code']}"
        parsed = parse_token(ticket["portal_url"].rpartition("/t/")[2])
        assert parsed is not None
        link = db.session.get_one(PortalLink, parsed.link_id)
        assert token_is_true(parsed, version=link.version, key=config.link_key)


@pytest.fixture
def demo_shop(app_context: None) -> None:
    """The shop without its present, which takes seconds to play."""
    with transaction():
        service.make_shop(password_hash="unused")


@pytest.mark.usefixtures("demo_shop")
def test_a_later_load_adds_only_what_is_missing(run: Callable[..., Result]) -> None:
    first = run("load", "--tickets", "25")
    before = count(Ticket)
    same = run("load", "--tickets", str(before))
    more = run("load", "--tickets", str(before + 20))

    assert first.stdout.startswith("Found the demo shop; ")
    assert same.stdout.startswith("Found the demo shop; 0 tickets with 0 rows added")
    assert more.stdout.startswith("Found the demo shop; ")
    assert 0 < before < count(Ticket) <= before + 20
    assert count(Shop) == 1


@pytest.mark.usefixtures("demo_shop")
def test_a_ticket_of_the_past_is_at_least_twenty_rows(run: Callable[..., Result]) -> None:
    tables = list(Base.metadata.tables.values())

    def rows() -> int:
        return sum(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)

    before = rows()
    run("load", "--tickets", "60")

    made = count(Ticket)
    assert made > 40
    assert (rows() - before) / made >= 20
    assert count(Touchpoint) > 2 * made


def test_the_password_of_the_settings_is_taken(config: Config) -> None:
    assert get_password(replace(config, demo_password="a sentence of our own")) == "a sentence of our own"


def test_a_made_password_is_kept_for_the_owner_of_the_folder_only(config: Config, data_folder: Path) -> None:
    made = get_password(config)

    assert get_password(config) == made
    assert len(made) >= 16
    assert stat.S_IMODE((data_folder / "demo-password").stat().st_mode) == 0o600


@pytest.mark.parametrize("command", ["load", "links"])
def test_production_refuses_the_demo(
    run: Callable[..., Result], app: Flask, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    config = app.extensions["repairshop_config"]
    monkeypatch.setitem(app.extensions, "repairshop_config", replace(config, mode=Mode.PRODUCTION))

    result = run(command)

    assert result.exit_code == 1
    assert "not for production" in result.stderr
    assert count(Shop) == 0


def test_links_without_a_demo_shop_say_how_to_make_one(run: Callable[..., Result]) -> None:
    result = run("links", "--json")

    assert result.exit_code == 1
    assert "flask demo load" in result.stderr
