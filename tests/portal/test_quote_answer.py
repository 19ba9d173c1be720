"""Approve, decline, ask, take back: from the customer's own page, without scripting."""

import re

import pytest

from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.tickets.queries import list_questions
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.stages import Outcome, Stage
from repairshop.transaction import transaction
from repairshop.workshop.service import start_repair
from tests.builders import get_ticket, open_day
from tests.counting import counted_queries
from tests.portal.guests import come_in
from tests.quotes.builders import AFTERMARKET, ORIGINAL, RESCUE, current, quoted_ticket

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        return quoted_ticket(tess.actor, earliest=open_day(7), latest=open_day(7))


@pytest.fixture
def carl(app, reference):
    return come_in(app, reference)


def stage_of(app, reference):
    with app.app_context():
        return get_ticket(reference).stage


def quote_of(app, reference):
    with app.app_context():
        return current(reference)


def fields_of(page):
    """The hidden fields of a page's main form, as the browser would send them."""
    return dict(re.findall(r'<input[^>]*name="(version|once)"[^>]*value="([^"]*)"', page.text))


def approve(browser, app, reference, **fields):
    quote = quote_of(app, reference)
    page = browser.get(f"/repair/{reference}/quote")
    return browser.send(f"/repair/{reference}/approve/{quote.id}", {**fields_of(page), **fields})


def test_yes_to_the_asked_repair_only(app, carl, reference):
    response = approve(carl, app, reference)

    assert response.status_code == 303
    assert stage_of(app, reference) is Stage.APPROVED
    assert quote_of(app, reference).approval.price.minor == 10500
    assert "You said yes to £105.00" in carl.get(response.location).text


def test_yes_with_an_extra_that_was_ticked(app, carl, reference):
    battery = next(line for line in quote_of(app, reference).lines if line.optional)

    approve(carl, app, reference, extras=str(battery.id))

    assert quote_of(app, reference).approval.price.minor == 12900


def test_the_total_is_worked_out_by_the_server_before_anything_is_decided(app, carl, reference):
    battery = next(line for line in quote_of(app, reference).lines if line.optional)

    page = approve(carl, app, reference, extras=str(battery.id), total="1")

    assert "Approve £129.00 repair" in page.text
    assert stage_of(app, reference) is Stage.AWAITING_APPROVAL


def test_a_second_click_changes_nothing(app, carl, reference):
    quote = quote_of(app, reference)
    fields = fields_of(carl.get(f"/repair/{reference}/quote"))
    path = f"/repair/{reference}/approve/{quote.id}"

    answers = [carl.send(path, fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    with app.app_context():
        assert len(current(reference).decisions) == 1


def test_an_unknown_extra_is_refused_at_the_field(app, carl, reference):
    response = approve(carl, app, reference, extras="999999")

    assert response.status_code == 422
    assert stage_of(app, reference) is Stage.AWAITING_APPROVAL


def test_no_with_a_reason(app, carl, reference):
    quote = quote_of(app, reference)
    page = carl.get(f"/repair/{reference}/decline")

    carl.send(
        f"/repair/{reference}/decline/{quote.id}", {**fields_of(page), "reason": "too_expensive", "note": ""}
    )

    with app.app_context():
        ticket = get_ticket(reference)
        assert (ticket.stage, ticket.outcome) == (Stage.FINAL_CHECKS, Outcome.DECLINED)


def test_who_said_yes_in_another_tab_is_not_asked_for_a_no(app, carl, reference):
    approve(carl, app, reference)

    page = carl.get(f"/repair/{reference}/decline", follow_redirects=True)

    assert "You said yes to £105.00" in page.text
    assert "Would you tell us why?" not in page.text


def test_a_yes_can_be_taken_back_until_work_starts(app, tess, carl, reference):
    approve(carl, app, reference)
    page = carl.get(f"/repair/{reference}/answered")

    carl.send(f"/repair/{reference}/take-back", fields_of(page))
    assert stage_of(app, reference) is Stage.AWAITING_APPROVAL

    approve(carl, app, reference)
    page = carl.get(f"/repair/{reference}/answered")
    with app.app_context(), transaction():
        start_repair(reference, by=tess.actor)
    carl.send(f"/repair/{reference}/take-back", fields_of(page))
    assert stage_of(app, reference) is Stage.IN_REPAIR


def test_who_came_by_receipt_gets_a_link_sent_instead(app, reference):
    guest = come_in(app, reference, origin=LinkOrigin.RECEIPT)
    quote = quote_of(app, reference)

    page = guest.get(f"/repair/{reference}/quote")
    refused = guest.send(f"/repair/{reference}/approve/{quote.id}")
    sent = guest.send(f"/repair/{reference}/send-link")
    again = guest.send(f"/repair/{reference}/send-link")

    assert "Send me a link instead" in page.text
    assert refused.status_code == 422
    assert stage_of(app, reference) is Stage.AWAITING_APPROVAL
    assert "A link is on its way" in sent.text
    assert "A link went out a moment ago" in again.text
    with app.app_context():
        texts = db.session.query(OutgoingMessage).filter(OutgoingMessage.notice == "link").all()
        assert texts
        assert all("/t/" not in (text.text or "") for text in texts)


def test_a_question_moves_nothing_and_is_asked_once(app, carl, reference):
    page = carl.get(f"/repair/{reference}/question")
    fields = {**fields_of(page), "text": "Is the glass original?"}

    for _ in range(2):
        carl.send(f"/repair/{reference}/question", fields)

    with app.app_context():
        ticket = get_ticket(reference)
        assert [question.text for question in list_questions(ticket.id)] == ["Is the glass original?"]
        assert ticket.stage is Stage.AWAITING_APPROVAL


def test_an_empty_question_comes_back_with_its_error(carl, reference):
    page = carl.send(f"/repair/{reference}/question", {"text": "  "})

    assert page.status_code == 422
    assert "Enter your question" in page.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("Broken 💥", "Broken 💥"),
        ("\u202eevil", "evil"),
        ("{{ 7*7 }} %(x)s", "{{ 7*7 }} %(x)s"),
    ],
)
def test_hostile_words_are_shown_as_words(carl, reference, text, shown):
    carl.send(f"/repair/{reference}/question", {"text": text})

    page = carl.get(f"/repair/{reference}/question").text

    assert f"<b>{shown}</b>" in page


@pytest.fixture
def choice(app, tess):
    with app.app_context():
        return quoted_ticket(
            tess.actor, options=(ORIGINAL, AFTERMARKET, RESCUE), earliest=open_day(7), latest=open_day(7)
        )


def test_the_options_stand_side_by_side_each_with_its_own_yes(app, choice):
    carl = come_in(app, choice)

    home, page = carl.get(f"/repair/{choice}").text, carl.get(f"/repair/{choice}/quote").text

    for text in (home, page):
        places = [text.index(label) for label in ("Original part", "Aftermarket part", "Data rescue only")]
        assert places == sorted(places)
    assert "3 ways to repair it" in home
    assert page.count("/approve/") == 3
    for words in ("Approve £105.00 repair", "Approve £73.00 repair", "Approve £60.00 repair", "Unknown part"):
        assert words in page
    assert page.count("Decline the repair") == 1


def test_an_extra_says_where_it_comes_from_before_it_is_ticked(app, carl, reference):
    page = carl.get(f"/repair/{reference}/quote").text

    assert "Battery, £24.00" in page
    assert page.count("The device will show: Unknown part") == 1


def test_yes_to_one_option_with_its_extra(app, choice):
    carl = come_in(app, choice)
    aftermarket = quote_of(app, choice).options[1]
    ticked = {"option": str(aftermarket.id), "extras": str(aftermarket.lines[-1].id)}
    total = approve(carl, app, choice, **ticked, total="1")
    assert "Approve £97.00 repair" in total.text
    assert "Approve £105.00 repair" in total.text

    response = approve(carl, app, choice, **ticked)

    assert response.status_code == 303
    quote = quote_of(app, choice)
    assert quote.agreed_option.label == "Aftermarket part"
    assert quote.approval.price.minor == 9700
    said = carl.get(response.location).text
    assert "You said yes to £97.00" in said
    assert "Aftermarket part" in said
    assert "Data rescue only" not in said


@pytest.mark.parametrize("option", ["", "0", "999999999999999999999", "nonsense"])
def test_a_yes_to_no_option_is_refused(app, choice, option):
    guest = come_in(app, choice)
    response = approve(guest, app, choice, option=option)
    ticked = approve(guest, app, choice, option=option, extras="1")

    assert response.status_code == ticked.status_code == 422
    assert stage_of(app, choice) is Stage.AWAITING_APPROVAL


def test_the_options_cost_no_more_queries_than_one(app, carl, reference, choice):
    with counted_queries(app) as one:
        carl.get(f"/repair/{reference}/quote")
    other = come_in(app, choice)
    with counted_queries(app) as three:
        other.get(f"/repair/{choice}/quote")

    assert three.count == one.count
