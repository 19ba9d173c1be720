"""A claim from the customer's page, and the counter's pages of claims."""

from datetime import timedelta

import pytest
import time_machine

from repairshop import clock
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.warranty import queries, service
from tests.builders import get_ticket, make_ticket
from tests.portal.guests import come_in
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
    done = tess.send(f"/tickets/{claimed}/not-covered", {"because": "Water got in"})

    assert "is not under warranty" in page
    assert (empty.status_code, done.status_code) == (422, 302)
    assert "Enter why it is not covered" in empty.text
    assert "Not covered: Water got in" in tess.get(f"/tickets/{claimed}").text


def test_another_shops_claim_is_not_there(app, tess, theo, reference):
    with app.app_context():
        claimed = in_diagnosis(claim(reference, tess.actor), tess.actor)

    assert theo.get(f"/tickets/{claimed}/not-covered").status_code == 404
    assert theo.send(f"/tickets/{claimed}/not-covered", {"because": "x"}).status_code == 404


def test_the_counter_sees_the_rule_of_comebacks(frank, reference):
    page = frank.get(f"/tickets/{reference}/open-warranty-claim").text

    assert "The same fault within 30 days of the hand-over counts as a comeback" in page
    assert "today it does" in page


def test_the_manager_sees_whose_repairs_held_and_nothing_young(app, mira, tess, reference):
    young = mira.get("/shop/first-time-fix").text
    with app.app_context(), time_machine.travel(clock.now() - timedelta(days=32)):
        handed_over(tess.actor)

    page = mira.get("/shop/first-time-fix").text

    assert "1 repair may still come back" in young
    assert "Tess" not in young
    assert "Tess" in page
    assert "100 %" in page
