"""The pickup pass: what it shows to whom, and what the counter makes of its code."""

import io
import re
from datetime import timedelta

import pypdf
import pytest
import time_machine

from repairshop import clock
from repairshop.handover import queries
from repairshop.handover.collectors import find_collector
from repairshop.handover.pass_codes import PASS_LENGTH, PassHolder, pass_code
from repairshop.handover.passes import COLLECTORS_PASS_LENGTH
from repairshop.handover.rules import IdentityProof
from repairshop.media.store import the_store
from repairshop.tickets import service as tickets
from repairshop.tickets.portal_links import get_link, revoke_links
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_device, make_ticket, open_day
from tests.counting import counted_queries
from tests.portal.guests import come_in
from tests.quotes.builders import approve, quoted_ticket

pytestmark = pytest.mark.usefixtures("shop")

SECRETS = ("It fell", "Screen", "£", "07700", "Cooper")


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.READY)


@pytest.fixture
def carl(app, reference):
    return come_in(app, reference)


def second_device(app, reference, by, *, stage=Stage.READY):
    """Another device of the same visit."""
    with app.app_context(), transaction():
        visit = get_ticket(reference).visit
        device = make_device(by, visit.customer, model="iPad Air")
        new = tickets.NewTicket(device=device, fault_key="battery", fault_label="Battery", reported_fault="x")
        ticket = tickets.open_ticket(visit, new, verb=Verb.TAKE_IN, stage=Stage.RECEIVED, by=by)
        tickets.complete_check_in(ticket, by=by)
        steps = (Verb.RETURN_UNREPAIRED, Verb.RELEASE) if stage is Stage.READY else ()
        for step in steps:
            tickets.move_ticket(ticket, step, by=by)
        return ticket.code


def key_of(app):
    return app.extensions["repairshop_config"].link_key


def customers_code(app, reference, *, version=None, days_old=0):
    with app.app_context(), transaction():
        ticket = get_ticket(reference)
        link = get_link(ticket.visit_id, ticket.visit.customer_id, origin=LinkOrigin.SMS)
        return pass_code(
            PassHolder.CUSTOMER,
            link.id,
            version=link.version if version is None else version,
            drawn_on=(clock.now() - timedelta(days=days_old)).date(),
            key=key_of(app),
        )


def name_dana(carl, reference):
    """Where Dana finds her pass, as Carl is told."""
    assert carl.send(f"/repair/{reference}/collector", {"name": "Dana Diaz"}).status_code == 303
    page = carl.get(f"/repair/{reference}/collector").text
    return re.search(r'href="https?://[^/"]+(/collect/\w+)"', page)[1]


def collectors_code(app, reference):
    with app.app_context():
        found = find_collector(get_ticket(reference).visit_id)
        return pass_code(
            PassHolder.COLLECTOR,
            found.id,
            version=found.version,
            drawn_on=clock.now().date(),
            key=key_of(app),
        )


def test_page_and_pass_name_the_same_price_once_it_is_ready(app, tess):
    with app.app_context():
        reference = quoted_ticket(tess.actor, earliest=open_day(7), latest=open_day(7))
        approve(reference, by=tess.actor)
        with transaction():
            ticket = tickets.get_ticket_for_change(reference, by=tess.actor)
            for verb in (Verb.START_REPAIR, Verb.FINISH, Verb.RELEASE):
                tickets.move_ticket(ticket, verb, by=tess.actor)
    carl = come_in(app, reference)

    page, shown = carl.get("/repair").text, carl.get(f"/repair/{reference}/pass", follow_redirects=True).text

    paid = re.search(r"You pay (£[0-9.]+)\.</b> (£[0-9.]+) at most was agreed", page)
    assert paid
    assert paid[1] != paid[2]
    assert f"{paid[1]} to pay" in shown
    assert 'class="button" href="/repair/' in page  # the pass is what they need now


def test_the_customers_own_says_what_to_pay_and_needs_nothing_else(carl, reference):
    response = carl.get(f"/repair/{reference}/pass", follow_redirects=True)

    assert response.status_code == 200
    for words in ("Pickup pass", "iPhone 13", "R-1", "nothing to pay", "Carl Cooper", "Ready to collect"):
        assert words in response.text
    addresses = re.findall(r'(?:src|href)="([^"#]+)"', response.text)
    ours = ("data:", "?as=", "tel:", f"/repair/{reference}", "/repair/leave")
    assert all(one.startswith(ours) for one in addresses)
    assert "<script src" not in response.text
    assert "no-store" not in response.headers["Cache-Control"]
    assert "private" in response.headers["Cache-Control"]
    assert "style-src 'sha256-" in response.headers["Content-Security-Policy"]


def test_it_can_be_saved_as_a_file(carl, reference):
    response = carl.get(f"/repair/{reference}/pass?save=1", follow_redirects=True)

    assert response.headers["Content-Disposition"] == "attachment; filename=pickup-pass-R-1.html"


def test_who_was_named_sees_what_collecting_needs_and_nothing_else(anonymous, carl, reference):
    address = name_dana(carl, reference)

    response = anonymous.get(address, follow_redirects=True)

    assert response.status_code == 200
    for words in ("Dana Diaz", "iPhone 13", "R-1", "identity card"):
        assert words in response.text
    assert [one for one in SECRETS if one in response.text] == []
    assert f"/repair/{reference}" not in response.text  # no way to the customer's page
    assert anonymous.get(f"/repair/{reference}").status_code == 404
    assert "Set-Cookie" not in response.headers


def test_every_address_that_opens_nothing_answers_alike(app, anonymous, carl, tess, reference):
    """Ended, replaced, forged, of another purpose, or of a visit that has left."""
    ended = name_dana(carl, reference)
    carl.send(f"/repair/{reference}/collector/end", {})
    replaced = name_dana(carl, reference)
    carl.send(f"/repair/{reference}/collector", {"name": "Eli Evans"})
    stands = re.search(
        r'href="https?://[^/"]+(/collect/\w+)"', carl.get(f"/repair/{reference}/collector").text
    )[1]
    forged = stands[:-1] + ("A" if stands[-1] != "A" else "B")
    link = "/collect/" + carl.get("/repair").request.path.replace("/", "x")
    answers = [
        anonymous.get(one) for one in (ended, replaced, forged, link, "/collect/x", "/collect/" + "0" * 40)
    ]
    assert anonymous.get(stands).status_code == 303

    with app.app_context(), transaction():
        tickets.move_ticket(get_ticket(reference), Verb.HAND_OVER, by=tess.actor)
    answers.append(anonymous.get(stands))

    assert {one.status_code for one in answers} == {404}
    assert len({one.text for one in answers}) == 1


def test_a_collectors_pass_ends_by_itself(app, anonymous, carl, reference):
    address = name_dana(carl, reference)

    with time_machine.travel(clock.now() + COLLECTORS_PASS_LENGTH + timedelta(minutes=1)):
        assert anonymous.get(address).status_code == 404


def test_a_scan_leads_to_the_hand_over_with_the_proof_filled_in(app, frank, reference):
    code = customers_code(app, reference)

    response = frank.get(f"/find?q=RSK{code}", follow_redirects=True)

    assert response.request.path == f"/tickets/{reference}/hand-over"
    assert "The pass of Carl Cooper is good" in response.text
    assert 'selected value="pickup_pass"' in response.text or 'value="pickup_pass" selected' in response.text
    assert f'value="{code}"' in response.text


def test_a_scanned_pass_is_the_proof_and_is_kept(app, frank, reference):
    code = customers_code(app, reference)
    fields = {
        "method": "counter",
        "proof": "pickup_pass",
        "signed_name": "Carl",
        "agreed": "y",
        "pickup": code,
    }

    response = frank.send(f"/tickets/{reference}/hand-over", fields, follow_redirects=True)

    assert response.status_code == 200
    assert "has left" in response.text
    with app.app_context():
        assert queries.get_handover(get_ticket(reference).id).proof is IdentityProof.PICKUP_PASS
    assert "This pass does not count" in frank.get(f"/passes/{code}").text  # everything has left


def test_a_pass_that_was_not_scanned_proves_nothing(frank, reference):
    fields = {"method": "counter", "proof": "pickup_pass", "signed_name": "Carl", "agreed": "y"}

    response = frank.send(f"/tickets/{reference}/hand-over", fields)

    assert response.status_code == 422
    assert "own pass, or choose what else you saw" in response.text


def test_a_named_persons_pass_fills_the_name_in_and_asks_for_a_proof(app, frank, carl, reference):
    name_dana(carl, reference)
    code = collectors_code(app, reference)

    page = frank.get(f"/passes/{code}", follow_redirects=True).text
    bare = {
        "method": "counter",
        "collected_by": "Dana Diaz",
        "signed_name": "Dana",
        "agreed": "y",
        "pickup": code,
    }
    refused = frank.send(f"/tickets/{reference}/hand-over", {**bare, "proof": "pickup_pass"})
    done = frank.send(f"/tickets/{reference}/hand-over", {**bare, "proof": "identity_card"})

    assert "The pass of Dana Diaz is good" in page
    assert 'value="Dana Diaz"' in page
    assert refused.status_code == 422
    assert done.status_code == 302


def test_a_pass_taken_back_while_the_page_was_open_is_refused_once(app, frank, carl, reference):
    name_dana(carl, reference)
    fields = {
        "method": "counter",
        "collected_by": "Dana Diaz",
        "proof": "identity_card",
        "signed_name": "Dana",
        "agreed": "y",
        "pickup": collectors_code(app, reference),
    }
    carl.send(f"/repair/{reference}/collector/end", {})

    response = frank.send(f"/tickets/{reference}/hand-over", fields)

    assert response.status_code == 422
    assert "does not count any more" in response.text
    assert 'value="Dana"' in response.text  # what was typed is still there


@pytest.mark.parametrize("how", ["revoked", "old", "forged", "other shop"])
def test_a_code_that_is_not_true_now_opens_nothing(app, frank, theo, reference, how):
    code = customers_code(app, reference, days_old=PASS_LENGTH.days + 2 if how == "old" else 0)
    if how == "forged":
        code = customers_code(app, reference, version=7)
    if how == "revoked":
        with app.app_context(), transaction():
            revoke_links(get_ticket(reference).visit_id)

    response = (theo if how == "other shop" else frank).get(f"/passes/{code}")

    assert response.status_code == 404
    assert "This pass does not count" in response.text
    assert reference not in response.text


def test_a_pass_of_another_visit_fills_nothing_in(app, frank, tess, reference):
    with app.app_context():
        other = make_ticket(tess.actor, stage=Stage.READY, name="Dana Diaz", phone="07700 900124")
    code = customers_code(app, other)

    page = frank.get(f"/tickets/{reference}/hand-over?code={code}").text

    assert "is good" not in page


def test_one_of_two_devices_is_collected_and_the_other_stays(app, frank, tess, carl, reference):
    other = second_device(app, reference, tess.actor, stage=Stage.RECEIVED)
    code = customers_code(app, reference)
    choice = frank.get(f"/passes/{code}").text
    fields = {
        "method": "counter",
        "proof": "pickup_pass",
        "signed_name": "Carl",
        "agreed": "y",
        "pickup": code,
    }

    after = frank.send(f"/tickets/{reference}/hand-over", fields, follow_redirects=True).text

    assert "Hand over R-1" in choice
    assert "It stays: it is not ready." in choice
    assert "Of this visit, still here" in after
    assert "iPad Air" in after
    with app.app_context():
        assert get_ticket(other).stage is Stage.RECEIVED
    assert (
        "iPad Air" in carl.get(f"/repair/{other}/pass", follow_redirects=True).text
    )  # the pass goes on for what stays
    assert "R-1<" not in carl.get(f"/repair/{other}/pass", follow_redirects=True).text


def test_a_pass_of_a_visit_that_has_left_leads_to_the_repair(app, tess):
    with app.app_context():
        gone = make_ticket(tess.actor, stage=Stage.HANDED_OVER)
    browser = come_in(app, gone)

    response = browser.get(f"/repair/{gone}/pass")

    assert (response.status_code, response.location) == (303, f"/repair/{gone}")


def test_another_visits_pass_is_not_there(app, carl, tess):
    with app.app_context():
        other = make_ticket(tess.actor, stage=Stage.READY, name="Dana Diaz", phone="07700 900124")

    assert carl.get(f"/repair/{other}/pass").status_code == 404


def test_it_costs_as_many_questions_for_two_devices_as_for_one(app, tess, carl, reference):
    with counted_queries(app) as one:
        carl.get(f"/repair/{reference}/pass", follow_redirects=True)
    second_device(app, reference, tess.actor)
    with counted_queries(app) as two:
        carl.get(f"/repair/{reference}/pass", follow_redirects=True)

    assert one.count == two.count
    assert two.count <= 12


@pytest.mark.documents
def test_the_pass_on_paper_tells_what_collecting_needs_and_is_never_kept(app, carl, reference, frank):
    second_device(app, reference, frank.actor, stage=Stage.RECEIVED)
    name_dana(carl, reference)

    paper = carl.get(f"/repair/{reference}/pass.pdf")

    assert paper.mimetype == "application/pdf"
    text = " ".join(pypdf.PdfReader(io.BytesIO(paper.data)).pages[0].extract_text().split())
    for words in (
        "Pickup pass",
        "Apple iPhone 13",
        "Ready to collect",
        "iPad Air",
        "Not ready yet",
        "Dana Diaz",
    ):
        assert words in text, words
    assert "It fell" not in text
    with app.app_context():
        assert list(the_store().list_files("documents")) == []  # it holds a code, which no store may hold


def test_nothing_to_collect_is_no_paper(app, tess):
    with app.app_context():
        gone = make_ticket(tess.actor, stage=Stage.HANDED_OVER)

    assert come_in(app, gone).get(f"/repair/{gone}/pass.pdf").status_code == 303


@pytest.mark.documents
def test_whom_the_customer_named_prints_a_pass_without_price_or_repair(app, anonymous, carl, reference):
    address = name_dana(carl, reference)

    page = anonymous.get(address, follow_redirects=True).text
    paper = anonymous.get(f"{address}/pass.pdf")

    assert f'href="{address}/pass.pdf"' in page
    assert paper.mimetype == "application/pdf"
    text = " ".join(pypdf.PdfReader(io.BytesIO(paper.data)).pages[0].extract_text().split())
    for words in ("Pickup pass", "Apple iPhone 13", "Dana Diaz", "an identity card with your name"):
        assert words in text, words
    assert [one for one in (*SECRETS, "pay") if one in text] == []
    with app.app_context():
        assert list(the_store().list_files("documents")) == []


def test_a_collectors_paper_ends_with_the_pass_and_takes_no_other_key(anonymous, carl, reference):
    address = name_dana(carl, reference)
    carl.send(f"/repair/{reference}/collector/end", {})

    answers = [anonymous.get(f"{one}/pass.pdf") for one in (address, "/collect/x", "/collect/" + "0" * 40)]

    assert {one.status_code for one in answers} == {404}
    assert len({one.text for one in answers}) == 1
