"""A claim from the customer's page, and the counter's pages of claims."""

import re
from datetime import timedelta

import pytest
import time_machine

from repairshop import clock
from repairshop.parts.rules import FittedPart, PartOrigin
from repairshop.parts.service import fit_part
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.warranty import queries, service
from tests.builders import get_ticket, make_ticket, open_day
from tests.cast import sign_in
from tests.portal.guests import come_in
from tests.quotes.builders import draft
from tests.warranty.builders import claim, handed_over, in_diagnosis

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        return handed_over(tess.actor)


@pytest.fixture
def carl(app, reference):
    return come_in(app, reference)


def say(browser, reference, text="Dark again", same="yes"):
    return browser.send(f"/repair/{reference}/claim", {"reported_fault": text, "same_fault": same})


def claims_on(app, reference):
    with app.app_context():
        return queries.list_claims(get_ticket(reference).id)


def test_a_claim_is_a_booked_job_of_its_own_and_the_page_says_so(app, carl, reference):
    before = carl.get("/repair").headers["ETag"]
    assert "Something is wrong again" in carl.get("/repair").text

    response = say(carl, reference)

    assert response.status_code == 303
    page = carl.get(response.location).text
    assert "Claim R-2 of" in page
    assert "We have not looked at it yet" in page
    (made,) = claims_on(app, reference)
    assert made.stage is Stage.BOOKED
    assert carl.get("/repair", headers={"If-None-Match": before}).status_code == 200


def test_nobody_decided_about_a_repair_under_warranty(app, tess, reference):
    with app.app_context():
        claimed = in_diagnosis(claim(reference, tess.actor), tess.actor)
        with transaction():
            service.proceed_under_warranty(claimed, because="Loose cable", by=tess.actor)

    page = come_in(app, claimed).get(f"/repair/{claimed}").text

    assert "Covered by the warranty" in page
    assert "You decided" not in page


def test_one_claim_at_a_time(app, carl, reference):
    say(carl, reference)

    again = say(carl, reference, text="Still dark")

    assert again.status_code == 422
    assert "There is a claim on this repair already: R-2" in again.text
    assert len(claims_on(app, reference)) == 1


def test_the_same_sending_twice_makes_one(app, carl, reference):
    fields = {"reported_fault": "Dark again", "same_fault": "yes", "once": "the-one-sending"}
    for _ in range(2):
        assert carl.send(f"/repair/{reference}/claim", fields).status_code == 303

    assert len(claims_on(app, reference)) == 1


def test_without_words_it_is_said_at_the_field(app, carl, reference):
    response = say(carl, reference, text=" ")

    assert response.status_code == 422
    assert "Enter what is wrong now" in response.text
    assert claims_on(app, reference) == []


def test_after_the_last_day_it_is_explained_and_nothing_is_opened(app, carl, reference):
    with time_machine.travel(clock.now() + timedelta(days=366)):
        late = come_in(app, reference)
        page = late.get(f"/repair/{reference}/claim")
        sent = say(late, reference)

    assert page.status_code == 200
    assert "The warranty on this repair ended on" in page.text
    assert 'name="reported_fault"' not in page.text
    assert sent.status_code == 404
    assert claims_on(app, reference) == []


@pytest.mark.parametrize("stage", [Stage.READY, Stage.HANDED_OVER])
def test_a_job_without_a_warranty_is_explained_too(app, tess, stage):
    with app.app_context():
        bare = make_ticket(tess.actor, stage=stage)
    browser = come_in(app, bare)

    assert browser.get(f"/repair/{bare}/claim").status_code == 200
    assert say(browser, bare).status_code == 422


def test_another_visits_repair_is_not_there(app, tess, reference):
    with app.app_context():
        other = handed_over(tess.actor, name="Dana Diaz", phone="07700 900124")
    dana = come_in(app, other)

    assert dana.get(f"/repair/{reference}/claim").status_code == 404
    assert say(dana, reference).status_code == 404
    assert claims_on(app, reference) == []


def test_the_decision_stands_on_both_pages(app, tess, carl, reference):
    with app.app_context():
        claimed = in_diagnosis(claim(reference, tess.actor), tess.actor)
        with transaction():
            service.decide_not_covered(claimed, because="The frame is bent <since>", by=tess.actor)
    on_claim = come_in(app, claimed).get("/repair").text
    on_first = carl.get(f"/repair/{reference}/claim").text

    for page in (on_claim, on_first):
        assert "The warranty does not cover it. The frame is bent &lt;since&gt;" in page
        assert "Nothing is done before you have seen a price and said yes." in page


def test_staff_say_why_it_is_not_covered_and_see_who_is_told(app, tess, reference):
    with app.app_context():
        claimed = in_diagnosis(claim(reference, tess.actor), tess.actor)
    page = tess.get(f"/tickets/{claimed}/not-covered").text
    empty = tess.send(f"/tickets/{claimed}/not-covered", {"because": ""})
    done = tess.send(f"/tickets/{claimed}/not-covered", {"about": "none", "because": "Water got in"})

    assert "is not under warranty" in page
    assert (empty.status_code, done.status_code) == (422, 302)
    assert "Enter why it is not covered" in empty.text
    assert "Choose what it is about" in empty.text
    assert "Not covered: Water got in" in tess.get(f"/tickets/{claimed}").text


def with_a_screen(by, days=90):
    """Repaired with a part of its own cover, 90 days where the work has 365; its claim is in diagnosis."""
    reference = make_ticket(by, stage=Stage.IN_REPAIR)
    part = FittedPart(name="Screen", origin=PartOrigin.AFTERMARKET, serial="SN-1", warranty_days=days)
    with transaction():
        fit_part(reference, part, by=by)
    return handed_over(by, reference)


@pytest.mark.parametrize("page", ["proceed-under-warranty", "not-covered"])
def test_the_decision_shows_each_cover_and_whether_it_ran_on_the_day_of_the_claim(app, tess, page):
    with app.app_context():
        first = with_a_screen(tess.actor)
        with time_machine.travel(clock.now() + timedelta(days=100)):
            claimed = in_diagnosis(claim(first, tess.actor), tess.actor)

    shown = tess.get(f"/tickets/{claimed}/{page}").text

    assert re.search(r"The work, covered until \w+ \d+|The work, covered until \d+", shown)
    assert re.search(r"Screen, was covered until [^<]+ and is over", shown)
    assert "None of these" in shown
    assert "checked" not in shown  # nobody decides by pressing Enter


def test_the_cover_that_was_named_stands_on_every_page_of_the_claim(app, tess, frank):
    with app.app_context():
        first = with_a_screen(tess.actor)
        claimed = in_diagnosis(claim(first, tess.actor), tess.actor)
        screen = queries.list_claim_covers(get_ticket(claimed).id)[1]

    done = tess.send(
        f"/tickets/{claimed}/proceed-under-warranty", {"about": str(screen.id), "because": "Dead pixels"}
    )

    assert done.status_code == 302
    said = "It is about the part “Screen”, covered until"
    assert said in tess.get(f"/tickets/{claimed}").text
    assert said in frank.get(f"/tickets/{first}/open-warranty-claim").text
    assert said in come_in(app, claimed).get("/repair").text
    assert said in come_in(app, first).get(f"/repair/{first}/claim").text


def test_what_is_done_as_goodwill_is_called_so(app, tess, reference):
    with app.app_context():
        claimed = in_diagnosis(claim(reference, tess.actor), tess.actor)

    tess.send(f"/tickets/{claimed}/proceed-under-warranty", {"about": "none", "because": "A loyal customer"})

    page = come_in(app, claimed).get("/repair").text
    assert "You pay nothing." in page
    assert "this is goodwill" in page
    assert "The warranty covers it" not in page


@pytest.mark.parametrize("about", ["", "0", "99999999999999999999", "nonsense", "of another repair"])
def test_a_cover_that_was_not_offered_is_refused_at_the_field(app, tess, reference, about):
    with app.app_context():
        claimed = in_diagnosis(claim(reference, tess.actor), tess.actor)
        other = queries.list_claim_covers(
            get_ticket(claim(handed_over(tess.actor, name="Dana Diaz", phone="07700 900124"), tess.actor)).id
        )[0].id

    for page in ("proceed-under-warranty", "not-covered"):
        fields = {"about": str(other) if about == "of another repair" else about, "because": "Dead pixels"}
        response = tess.send(f"/tickets/{claimed}/{page}", fields)

        assert response.status_code == 422
        assert 'href="#about' in response.text
        assert "Dead pixels" in response.text
    with app.app_context():
        assert queries.find_decision(get_ticket(claimed).id).covered is None


def test_no_price_goes_out_before_the_claim_is_decided(app, tess, reference):
    with app.app_context():
        claimed = in_diagnosis(claim(reference, tess.actor), tess.actor)
        draft(claimed, by=tess.actor, earliest=open_day(7), latest=open_day(8))

    page = tess.get(f"/tickets/{claimed}/quote").text
    asked = tess.get(f"/tickets/{claimed}/send-quote")
    sent = tess.send(f"/tickets/{claimed}/send-quote", {})

    reason = "This is a warranty claim. Say first whether the warranty covers it"
    assert reason in page
    assert f"/tickets/{claimed}/not-covered" in page
    assert 'value="check"' not in page
    assert (asked.status_code, asked.location) == (302, f"/tickets/{claimed}/quote")
    assert sent.status_code == 422
    assert reason in sent.text
    with app.app_context():
        assert get_ticket(claimed).stage is Stage.DIAGNOSING


def test_once_it_is_not_covered_the_quote_goes_out(app, tess, reference):
    with app.app_context():
        claimed = in_diagnosis(claim(reference, tess.actor), tess.actor)
        draft(claimed, by=tess.actor, earliest=open_day(7), latest=open_day(8))
        with transaction():
            service.decide_not_covered(claimed, because="Water got in", by=tess.actor)

    assert 'value="check"' in tess.get(f"/tickets/{claimed}/quote").text
    assert tess.get(f"/tickets/{claimed}/send-quote").status_code == 200
    assert tess.send(f"/tickets/{claimed}/send-quote", {}).status_code == 302
    with app.app_context():
        assert get_ticket(claimed).stage is Stage.AWAITING_APPROVAL


def test_another_shops_claim_is_not_there(app, tess, theo, reference):
    with app.app_context():
        claimed = in_diagnosis(claim(reference, tess.actor), tess.actor)

    assert theo.get(f"/tickets/{claimed}/not-covered").status_code == 404
    assert theo.send(f"/tickets/{claimed}/not-covered", {"because": "x"}).status_code == 404


def test_the_counter_sees_the_rule_of_comebacks(frank, reference):
    page = frank.get(f"/tickets/{reference}/open-warranty-claim").text

    assert "The same fault within 30 days of the hand-over counts as a comeback" in page
    assert "today it does" in page


def test_the_customer_is_told_by_when_it_counts_as_not_held(app, carl, reference):
    page = carl.get(f"/repair/{reference}/claim").text
    with time_machine.travel(clock.now() + timedelta(days=31)):
        later = come_in(app, reference).get(f"/repair/{reference}/claim").text

    assert re.search(r"If the same fault is back by [^,]+, our repair did not hold", page)
    assert "our repair did not hold" not in later


@pytest.mark.parametrize("why", ["not handed over", "a claim is open", "over"])
def test_where_no_claim_can_be_made_the_counter_reads_why_and_no_form(app, tess, frank, reference, why):
    words = {
        "not handed over": "handed over",
        "a claim is open": "There is a claim on this repair already: R-2",
        "over": "The warranty",
    }
    with app.app_context():
        if why == "not handed over":
            reference = make_ticket(tess.actor, stage=Stage.READY)
        if why == "a claim is open":
            claim(reference, tess.actor)
    days = 400 if why == "over" else 0
    with time_machine.travel(clock.now() + timedelta(days=days)):
        page = sign_in(app, frank.actor).get(f"/tickets/{reference}/open-warranty-claim").text

    assert words[why] in page
    assert 'name="reported_fault"' not in page


def test_the_manager_sees_whose_repairs_held_and_nothing_young(app, mira, tess, reference):
    young = mira.get("/shop/first-time-fix").text
    with app.app_context(), time_machine.travel(clock.now() - timedelta(days=32)):
        handed_over(tess.actor)

    page = mira.get("/shop/first-time-fix").text

    assert "1 repair may still come back" in young
    assert "Tess" not in young
    assert "Tess" in page
    assert "100 %" in page
    assert '<b aria-current="true">90 days</b>' in page
    assert page.index(">Held<") < page.index(">Repairs<")  # what it is about is in sight on a phone
