"""The pages of the quotes, as people use them, without scripting."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from repairshop.catalogue.service import load_catalogue
from repairshop.database import db
from repairshop.quotes.draft_queries import get_draft
from repairshop.quotes.queries import list_quotes
from repairshop.staff.models import Shop
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.counting import counted_queries
from tests.portal.guests import come_in
from tests.quotes.builders import approve, draft, quoted_ticket
from tests.quotes.pages import DATES, SCREEN, WORK, current, hidden, line, stage_of

HOSTILE = '<script>alert("x")</script> 🔧 שלום'
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


def test_a_first_draft_starts_from_the_faults_usual_price_and_days(app, tess) -> None:
    with app.app_context():
        with transaction():
            load_catalogue()
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)

    page = tess.get(f"/tickets/{reference}/quote").text

    assert 'value="Screen"' in page
    assert float(hidden(page, "lines-0-unit_price")) > 0
    assert float(hidden(page, "options-0-at_most")) >= float(hidden(page, "lines-0-unit_price"))
    assert re.search(r'name="latest"[^>]*value="2026-03-\d\d"', page)
    with app.app_context():
        assert get_draft(get_ticket(reference).id).version == 0


def test_writing_checking_and_sending_a_quote(app, tess, ticket) -> None:
    path = f"/tickets/{ticket}/quote"
    added = tess.send(path, {**SCREEN, **DATES, "act": "add-work"})
    assert added.location == f"{path}?add=work&to=0#option-0"
    page = tess.get(added.location).text
    assert 'value="Screen"' in page
    assert 'name="lines-1-description"' in page

    saved = tess.send(
        path, {**SCREEN, **WORK, **DATES, "options-0-at_most": "120", "message": HOSTILE, "act": "check"}
    )

    assert saved.location == f"/tickets/{ticket}/send-quote"
    check = tess.get(saved.location).text
    assert "£105.00" in check
    assert "at most £120.00" in check
    assert "New, original" in check
    assert "The device will show: Nothing" in check
    assert "Send the £105.00 quote" in check
    assert "<script>alert" not in check
    sent = tess.send(saved.location, {"version": hidden(check, "version")})
    assert sent.status_code == 302
    assert stage_of(app, ticket) is Stage.AWAITING_APPROVAL
    assert current(app, ticket).options[0].price.minor == 10500


def test_removing_a_line_keeps_the_others(app, tess, ticket) -> None:
    tess.send(f"/tickets/{ticket}/quote", {**SCREEN, **WORK, **DATES, "act": "remove-0"})

    with app.app_context():
        kept = get_draft(get_ticket(ticket).id)
    assert [line.description for line in kept.options[0].lines] == ["Fitting"]


@pytest.mark.parametrize(
    ("changes", "target", "words"),
    [
        ({"lines-0-unit_price": "seventy"}, "#lines-0-unit_price", "amount"),
        ({"lines-0-unit_price": "-5"}, "#lines-0-unit_price", "amount"),
        ({"lines-0-unit_price": "999999999999"}, "#lines-0-unit_price", "amount"),
        ({"lines-1-quantity": "0"}, "#lines-1-quantity", "whole number"),
        ({"lines-1-quantity": "many"}, "#lines-1-quantity", ""),
        ({"lines-0-description": "x" * 201}, "#lines-0-description", "200 characters"),
        ({"lines-0-description": "bell \x07"}, "#lines-0-description", "cannot be printed"),
        ({"lines-0-origin": "stolen"}, "#lines-0-origin", ""),
        ({"options-0-at_most": "free"}, "#options-0-at_most", "amount"),
        ({"latest": "soon"}, "#latest", "date"),
        ({"message": "x" * 2001}, "#message", "2000 characters"),
    ],
)
def test_bad_input_comes_back_at_its_field_with_everything_kept(
    app, tess, ticket, changes, target, words
) -> None:
    answer = tess.send(f"/tickets/{ticket}/quote", {**SCREEN, **WORK, **DATES, **changes})

    assert answer.status_code == 422
    assert f'href="{target}"' in answer.text
    assert words in answer.text
    assert 'value="Fitting"' in answer.text
    with app.app_context():
        assert get_draft(get_ticket(ticket).id).version == 0


def test_a_refusal_of_the_sending_is_said_on_the_check_page(app, tess, ticket) -> None:
    without_origin = {**SCREEN, "lines-0-origin": ""}
    tess.send(f"/tickets/{ticket}/quote", {**without_origin, **WORK, **DATES})

    answer = tess.send(f"/tickets/{ticket}/send-quote")

    assert answer.status_code == 422
    assert "Choose where the part comes from" in answer.text
    assert stage_of(app, ticket) is Stage.DIAGNOSING


def test_an_empty_draft_leads_from_the_check_to_the_draft(tess, ticket) -> None:
    assert tess.get(f"/tickets/{ticket}/send-quote").location == f"/tickets/{ticket}/quote"


def test_two_people_at_one_draft_are_told(app, tess, frank, ticket) -> None:
    path = f"/tickets/{ticket}/quote"
    version = hidden(tess.get(path).text, "draft_version")
    frank.send(path, {**WORK, **DATES})

    answer = tess.send(path, {**SCREEN, **DATES, "draft_version": version})

    assert answer.status_code == 409
    assert "Screen" in answer.text
    with app.app_context():
        assert [line.description for line in get_draft(get_ticket(ticket).id).options[0].lines] == ["Fitting"]


def test_sending_twice_sends_once(app, tess, ticket) -> None:
    tess.send(f"/tickets/{ticket}/quote", {**SCREEN, **WORK, **DATES})
    page = tess.get(f"/tickets/{ticket}/send-quote").text
    once = {"version": hidden(page, "version"), "once": hidden(page, "once")}
    tess.send(f"/tickets/{ticket}/send-quote", once)

    again = tess.send(f"/tickets/{ticket}/send-quote", once)

    assert again.status_code == 303
    with app.app_context():
        assert len(list_quotes(get_ticket(ticket).id)) == 1


@pytest.mark.parametrize("action", ["send-quote", "approve", "requote", "accept-fixed-price"])
def test_a_verb_of_another_stage_is_refused_with_its_reason(app, tess, action) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.FINAL_CHECKS)
        draft(reference, by=tess.actor)

    answer = tess.get(f"/tickets/{reference}/{action}")

    assert answer.status_code == 422
    assert "does not start there" in answer.text


def test_the_list_costs_the_same_however_many_versions(app, tess, quoted) -> None:
    path = f"/tickets/{quoted}/quotes"
    with counted_queries(app) as few:
        tess.get(path)
    for _ in range(4):
        tess.send(f"/tickets/{quoted}/revise-quote")
    with counted_queries(app) as many:
        page = tess.get(path).text

    assert "Version 5" in page
    assert many.count == few.count
    assert many.count <= 12


def test_a_ticket_without_quotes_says_what_to_do(tess, ticket) -> None:
    page = tess.get(f"/tickets/{ticket}/quotes").text

    assert "Nothing was quoted yet" in page
    assert f'href="/tickets/{ticket}/quote"' in page


def option(number: int, **values: str) -> dict[str, str]:
    return {f"options-{number}-{name}": value for name, value in values.items()}


def test_an_option_is_copied_named_and_sent_beside_the_first(app, tess, ticket) -> None:
    path = f"/tickets/{ticket}/quote"
    first = {**option(0, label="", at_most=""), **SCREEN, **WORK, **DATES}
    tess.send(path, {**first, "act": "copy-option-0"})
    page = tess.get(path).text
    assert page.count('value="Screen"') == 2
    assert 'value="drop-option-1"' in page

    two = {
        **option(0, label="Original part", at_most=""),
        **option(1, label="Aftermarket part", at_most="99"),
        **line(0, "part", description="Screen", unit_price="74", origin="new_original", option="0"),
        **line(1, "work", description="Fitting", unit_price="31", option="0"),
        **line(2, "part", description="Screen", unit_price="42", origin="aftermarket", option="1"),
        **line(3, "work", description="Fitting", unit_price="31", option="1"),
        **DATES,
        "act": "check",
    }
    check = tess.get(tess.send(path, two).location).text
    assert "Send the quote with 2 options" in check
    assert "Aftermarket part" in check
    tess.send(f"/tickets/{ticket}/send-quote", {"version": hidden(check, "version")})

    found = [(one.label, one.price.minor, one.at_most.minor) for one in current(app, ticket).options]
    assert found == [("Original part", 10500, 10500), ("Aftermarket part", 7300, 9900)]
    board = tess.get(f"/tickets/{ticket}").text
    assert "2 options" in board
    assert "£73.00 to £105.00" in board


@pytest.mark.parametrize(
    ("act", "left"),
    [
        ("drop-option-0", [["Fitting"]]),
        ("drop-option-1", [["Screen"]]),
        ("drop-option-9", [["Screen"], ["Fitting"]]),
        ("drop-option-99999", [["Screen"], ["Fitting"]]),
        ("copy-option-7", [["Screen"], ["Fitting"]]),
        ("add-option", [["Screen"], ["Fitting"], []]),
        ("copy-option-1", [["Screen"], ["Fitting"], ["Fitting"]]),
        ("add-part-1", [["Screen"], ["Fitting"]]),
        ("add-part-x", [["Screen"], ["Fitting"]]),
        ("remove-1", [["Screen"], []]),
        ("save", [["Screen"], ["Fitting"]]),
    ],
)
def test_buttons_change_the_options_and_keep_what_is_typed(app, tess, ticket, act, left) -> None:
    typed = {**option(0, label="One"), **option(1, label="Two"), **SCREEN, **WORK, "lines-1-option": "1"}

    assert tess.send(f"/tickets/{ticket}/quote", {**typed, **DATES, "act": act}).status_code == 302

    with app.app_context():
        kept = get_draft(get_ticket(ticket).id).options
    assert [[row.description for row in one.lines] for one in kept] == left


def test_a_line_of_an_option_that_does_not_exist_stays_with_the_first(app, tess, ticket) -> None:
    tess.send(f"/tickets/{ticket}/quote", {**SCREEN, **WORK, "lines-1-option": "7", **DATES})

    with app.app_context():
        (only,) = get_draft(get_ticket(ticket).id).options
    assert [row.description for row in only.lines] == ["Screen", "Fitting"]


def test_minutes_make_the_price_where_the_shop_has_a_rate(app, tess, ticket) -> None:
    by_time = line(0, "work", description="Soldering", minutes="50")
    refused = tess.send(f"/tickets/{ticket}/quote", {**by_time, **DATES})
    assert refused.status_code == 422
    assert 'href="#lines-0-minutes"' in refused.text
    with app.app_context(), transaction():
        db.session.get_one(Shop, tess.actor.shop_id).hourly_rate_minor = 4500

    tess.send(f"/tickets/{ticket}/quote", {**by_time, **DATES})

    page = tess.get(f"/tickets/{ticket}/send-quote").text
    assert "50 minutes at £45.00 an hour" in page
    assert "£37.50" in page
    again = tess.get(f"/tickets/{ticket}/quote").text
    assert hidden(again, "lines-0-unit_price") == ""
    assert hidden(again, "lines-0-minutes") == "50"


def test_a_fee_is_told_with_its_time_in_the_shops_own_clock(app, tess, ticket) -> None:
    fee = {"diagnosis_fee": "25", "diagnosis_fee_told_at": "2026-03-02T16:20"}
    tess.send(f"/tickets/{ticket}/quote", {**SCREEN, **WORK, **DATES, **fee})

    page = tess.get(f"/tickets/{ticket}/send-quote").text
    assert "the diagnosis costs £25.00" in page
    assert "Told on" in page
    assert "16:20" in page
    assert hidden(tess.get(f"/tickets/{ticket}/quote").text, "diagnosis_fee_told_at") == "2026-03-02T16:20"


@pytest.mark.parametrize(
    ("latest", "said"),
    [
        (date(2026, 3, 5), "It should be ready Thu 5 March."),
        (date(2026, 3, 6), "It should be ready Thu 5 March or Fri 6 March."),
        (date(2026, 3, 10), "Ready between Thu 5 March and Tue 10 March."),
    ],
)
def test_the_customer_reads_one_day_two_days_or_a_stretch(app, tess, latest, said) -> None:
    with app.app_context():
        reference = quoted_ticket(tess.actor, latest=latest)
    carl = come_in(app, reference)

    assert said in carl.get(f"/repair/{reference}/quote").text
    with app.app_context():
        approve(reference, by=tess.actor)
    assert f"{said} The next message comes when" in carl.get(f"/repair/{reference}/answered").text
