"""The page that adds work within the limit, and where staff and the customer read of it."""

from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from repairshop.quotes.queries import find_agreed_quote
from repairshop.reports.report_facts import get_report
from repairshop.tickets.service import get_ticket_for_change
from repairshop.transaction import transaction
from tests.builders import get_ticket
from tests.cast import Browser
from tests.portal.guests import come_in
from tests.quotes.builders import SCREEN, WORK, approve, quoted_ticket
from tests.quotes.test_quote_pages import HOSTILE, hidden, line

NOW = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)
CLEANING = line(0, "work", description="Cleaning the charge port", unit_price="15")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def agreed(app: Flask, tess: Browser) -> str:
    with app.app_context():
        reference = quoted_ticket(tess.actor, lines=(SCREEN, WORK), at_most_minor=11500)
        approve(reference, by=tess.actor)
        with transaction():
            get_ticket_for_change(reference, by=tess.actor).spend_limit_minor = 15000
        return reference


def address(reference: str) -> str:
    return f"/tickets/{reference}/add-work"


def send(tess: Browser, reference: str, **typed: str):
    page = tess.get(address(reference)).text
    return tess.send(
        address(reference),
        {"version": hidden(page, "version"), "once": hidden(page, "once"), **CLEANING, **typed},
    )


def test_the_page_says_what_is_left_and_what_would_be_sent(tess, agreed) -> None:
    page = tess.get(address(agreed)).text

    assert "£115" in page
    assert "£35" in page
    assert "one more fix within your limit" in page


def test_work_is_added_and_undone_from_the_page_it_leads_to(app, tess, agreed) -> None:
    answer = send(tess, agreed, reason=HOSTILE)

    assert answer.status_code == 302
    page = tess.get(answer.location).text
    assert "Added within the limit: £15" in page
    assert "<script>alert" not in page
    assert "Limit without asking: £150" in page
    with app.app_context():
        quote = find_agreed_quote(get_ticket(agreed).id)
        addition_id = quote.additions[0].id
    undo = f"/tickets/{agreed}/added-work/{addition_id}/undo"
    assert undo in page
    tess.send(undo)
    assert "Added within the limit" not in tess.get(answer.location).text


def test_above_the_limit_it_says_so_keeps_all_and_leads_to_the_quote(tess, agreed) -> None:
    answer = send(tess, agreed, reason="Lint", **line(0, "work", description="New port", unit_price="35.01"))

    assert answer.status_code == 422
    assert "£150.01" in answer.text
    assert 'value="35.01"' in answer.text
    assert 'value="Lint"' in answer.text
    assert f"/tickets/{agreed}/quote" in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": ""}, "Write why it is needed"),
        ({"reason": "Lint", "lines-0-unit_price": "a lot"}, "lines-0-unit_price"),
        ({"reason": "Lint", "lines-0-description": "", "lines-0-unit_price": ""}, "Write down a part"),
    ],
)
def test_bad_input_is_said_at_its_place(tess, agreed, typed, said) -> None:
    answer = send(tess, agreed, **typed)

    assert answer.status_code == 422
    assert said in answer.text


def test_buttons_that_only_draw_save_nothing(app, tess, agreed) -> None:
    more = send(tess, agreed, act="add-part")
    total = send(tess, agreed, act="total")

    assert more.status_code == 200
    assert 'name="lines-1-origin"' in more.text
    assert "£15.00 more, £130.00 at most in all" in total.text
    with app.app_context():
        assert find_agreed_quote(get_ticket(agreed).id).additions == ()


def test_one_sending_is_taken_once(app, tess, agreed) -> None:
    page = tess.get(address(agreed)).text
    data = {"version": hidden(page, "version"), "once": hidden(page, "once"), **CLEANING, "reason": "Lint"}

    for _ in range(2):
        assert tess.send(address(agreed), data).status_code in {302, 303}

    with app.app_context():
        assert len(find_agreed_quote(get_ticket(agreed).id).additions) == 1


def test_the_customer_sees_it_with_its_evidence(app, tess, agreed) -> None:
    send(tess, agreed, reason="Full of lint")
    guest = come_in(app, agreed)

    page, answered = guest.get(f"/repair/{agreed}").text, guest.get(f"/repair/{agreed}/answered").text

    assert "You pay £130.00 at most." in page
    assert "£15.00 of it was added during the repair, within your limit." in page
    for said in ("Cleaning the charge port", "Full of lint", "Limit without asking: £150"):
        assert said in answered


def test_the_report_holds_it_in_its_price_and_apart(app, tess, agreed) -> None:
    send(tess, agreed, reason="Full of lint")

    with app.app_context():
        report = get_report(agreed, shop_id=tess.actor.shop_id)

    assert report.price is not None
    assert report.price.total.minor == 10500 + 1500
    assert report.price.lines[-1].text == "Cleaning the charge port"
    (one,) = report.added
    assert (one.reason, one.limit.minor, one.agreed_before.minor, one.at_most.minor) == (
        "Full of lint",
        15000,
        11500,
        13000,
    )
    assert "Cleaning the charge port" in report.work
