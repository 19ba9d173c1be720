"""The counter's home."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from repairshop.database import db
from repairshop.intake.models import Booking
from repairshop.tickets import service
from repairshop.tickets.attachments import ask_question
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.board.counting import counted_queries
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser


def group(page: str, title: str) -> str:
    """The HTML of one group of the page."""
    return page.split(f'<h2 id="{title}">')[1].split("</section>")[0]


def fill(browser: Browser) -> dict[str, str]:
    actor = browser.actor
    made = {
        "check-ins": make_ticket(actor, checked_in=False),
        "arrivals": make_ticket(actor, stage=Stage.BOOKED),
        "collect": make_ticket(actor, stage=Stage.READY),
        "questions": make_ticket(actor, stage=Stage.IN_REPAIR),
    }
    with transaction():
        booked = get_ticket(made["arrivals"])
        booked.changed_at = datetime.now(UTC)
        yesterday = booked.changed_at.date() - timedelta(days=1)
        db.session.add(Booking(ticket_id=booked.id, comes_on=yesterday, time_note=""))
        ticket = get_ticket(made["questions"])
        ask_question(ticket, "When can I come?", by=service.actor_for_customer(ticket))
    return made


@pytest.mark.both_databases
def test_each_kind_of_waiting_has_its_group(app: Flask, frank: Browser) -> None:
    with app.app_context():
        made = fill(frank)

    page = frank.get("/counter").get_data(as_text=True)

    for title, reference in made.items():
        assert re.findall(r'href="/tickets/(\w+)', group(page, title)) == [reference], title
    assert f"/tickets/{made['check-ins']}/check-in-complete" in page
    assert f"/tickets/{made['collect']}/hand-over" in page
    assert "When can I come?" in group(page, "questions")


def test_an_empty_counter_says_what_to_do(frank: Browser) -> None:
    page = frank.get("/counter").get_data(as_text=True)

    assert "Press N when the next one comes." in page
    assert "Press B to book a repair." in page
    assert 'href="/intake" data-key="n"' in page
    assert 'href="/book" data-key="b"' in page
    assert re.search(r'<a href="/counter" data-key="g c" aria-current="page">', page)


def test_other_shops_wait_elsewhere(app: Flask, frank: Browser, theo: Browser) -> None:
    with app.app_context():
        made = fill(frank)

    page = theo.get("/counter").get_data(as_text=True)

    assert not [reference for reference in made.values() if reference in page]


@pytest.mark.both_databases
def test_queries_do_not_grow_with_what_waits(app: Flask, frank: Browser) -> None:
    def page_queries() -> int:
        with counted_queries(app) as seen:
            assert frank.get("/counter").status_code == 200
        return len([statement for statement in seen if statement.startswith("SELECT")])

    with app.app_context():
        fill(frank)
    few = page_queries()
    with app.app_context():
        for _ in range(5):
            fill(frank)

    assert page_queries() <= few <= 13
