"""Taking a yes back asks for the same proof as giving it; what was decided is there to keep, as a PDF."""

from types import SimpleNamespace

import pytest

from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.stages import Stage
from tests.builders import make_ticket
from tests.portal.guests import come_in
from tests.portal.test_code import ask, enter, sent
from tests.portal.test_quote_answer import approve, fields_of, quote_of, stage_of
from tests.portal.test_quote_answer import carl as carl
from tests.portal.test_quote_answer import reference as reference
from tests.reports.test_content import text_of
from tests.reports.verapdf import broken_rules

pytestmark = pytest.mark.usefixtures("shop")


def text_of_pdf(data):
    return text_of(SimpleNamespace(pdf=data))


@pytest.fixture
def finder(app, carl, reference):
    """Who found the receipt, after the customer has said yes."""
    approve(carl, app, reference)
    return come_in(app, reference, origin=LinkOrigin.RECEIPT)


def test_who_found_a_receipt_takes_no_yes_back(app, finder, reference):
    page = finder.get(f"/repair/{reference}/answered")
    refused = finder.send(f"/repair/{reference}/take-back", fields_of(page))

    assert "Take my yes back" not in page.text
    assert "Send me a code" in page.text
    assert refused.status_code == 422
    assert stage_of(app, reference) is Stage.APPROVED


def test_with_the_code_the_yes_is_taken_back(app, finder, reference):
    ask(finder, reference, then="answered")
    [(_, code)] = sent(app)

    there = enter(finder, reference, code, then="answered").location
    page = finder.get(there)
    finder.send(f"/repair/{reference}/take-back", fields_of(page))

    assert there == f"/repair/{reference}/answered"
    assert "Take my yes back" in page.text
    assert stage_of(app, reference) is Stage.AWAITING_APPROVAL


@pytest.mark.documents
def test_a_yes_is_there_to_keep(app, carl, reference, tmp_path):
    approve(carl, app, reference)
    page = carl.get(f"/repair/{reference}/answered").text

    copy = carl.get(f"/repair/{reference}/answer.pdf")
    path = tmp_path / "answer.pdf"
    path.write_bytes(copy.data)
    assert broken_rules(path, "PDF/UA-1") == {}
    assert broken_rules(path, "PDF/A-3a") == {}

    assert f'href="/repair/{reference}/answer.pdf"' in page
    assert copy.mimetype == "application/pdf"
    text = text_of_pdf(copy.data)
    for words in (
        "You said yes to £105.00",
        "£115.00 at most",
        "Screen",
        "On the repair page",
        "Total with VAT",
    ):
        assert words in text
    assert quote_of(app, reference).hash[:16] in text.replace("\n", "")
    assert carl.get(f"/repair/{reference}/answer.pdf").data == copy.data


@pytest.mark.documents
def test_a_no_is_there_to_keep(app, carl, reference):
    quote = quote_of(app, reference)
    form = carl.get(f"/repair/{reference}/decline")
    carl.send(f"/repair/{reference}/decline/{quote.id}", {**fields_of(form), "reason": "not_said"})

    assert "You said no to the repair" in text_of_pdf(carl.get(f"/repair/{reference}/answer.pdf").data)
    assert "Keep a copy" in carl.get(f"/repair/{reference}/answered").text


def test_nothing_decided_is_nothing_to_keep(carl, reference):
    assert carl.get(f"/repair/{reference}/answer.pdf").status_code == 404
    assert "Keep a copy" not in carl.get(f"/repair/{reference}/answered").text


def test_another_visits_answer_is_not_there(app, tess, carl, reference):
    approve(carl, app, reference)
    with app.app_context():
        other = make_ticket(tess.actor, name="Dana Diaz", phone="07700 900456")

    assert come_in(app, other).get(f"/repair/{reference}/answer.pdf").status_code == 404
