"""The doors of the documents."""

import io

import pypdf
import pytest
from sqlalchemy import text

from repairshop.database import db
from repairshop.reports import queries
from repairshop.tickets.attachments import add_note
from repairshop.tickets.models import PortalLink
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket

pytestmark = pytest.mark.documents


def text_of(response):
    assert response.status_code == 200
    assert response.mimetype == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(response.data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


@pytest.fixture
def reference(app, frank):
    with app.app_context():
        return make_ticket(frank.actor, stage=Stage.RECEIVED)


@pytest.fixture
def ready(app, tess):
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.READY)


@pytest.mark.parametrize("size", ["62x29", "57x32", "89x28", "100x50"])
def test_the_label_is_printed_in_the_size_asked_for(frank, reference, size):
    response = frank.get(f"/tickets/{reference}/label.pdf?size={size}")

    box = pypdf.PdfReader(io.BytesIO(response.data)).pages[0].mediabox
    assert tuple(round(float(side) * 25.4 / 72) for side in box[2:]) == tuple(map(int, size.split("x")))
    assert "Carl" not in text_of(response)
    assert "Screen" not in text_of(response)
    assert frank.get(f"/tickets/{reference}/label?size={size}").status_code == 200


def test_a_size_nobody_prints_does_not_exist(frank, reference):
    assert frank.get(f"/tickets/{reference}/label.pdf?size=1x1").status_code == 404


def test_the_receipt_hands_out_the_customers_link_and_writes_nothing(app, frank, reference):
    with app.app_context():
        before = [(link.origin, link.version) for link in db.session.query(PortalLink)]

    first = text_of(frank.get(f"/tickets/{reference}/receipt.pdf"))
    second = text_of(frank.get(f"/tickets/{reference}/receipt.pdf"))

    assert "Handed in by Carl Cooper" in first
    assert "/t/" in first
    assert first == second
    with app.app_context():
        assert [(link.origin, link.version) for link in db.session.query(PortalLink)] == before


def test_the_pages_to_print_from_hold_nothing_inline(frank, reference):
    for name in ("label", "receipt"):
        page = frank.get(f"/tickets/{reference}/{name}")
        html = page.get_data(as_text=True)
        assert page.status_code == 200
        assert "<script" not in html
        assert "<style" not in html
        assert " style=" not in html
        assert 'alt="QR code' in html


def test_an_interim_report_vouches_for_nothing(app, frank, reference):
    text = text_of(frank.get(f"/tickets/{reference}/report.pdf"))

    assert "Interim report" in text
    assert "Check this report" not in text
    with app.app_context():
        assert queries.find_issued(get_ticket(reference).id) is None


def test_looking_at_a_report_issues_none(app, tess, ready):
    text = text_of(tess.get(f"/tickets/{ready}/report.pdf"))

    assert "Check this report" not in text
    with app.app_context():
        assert queries.find_issued(get_ticket(ready).id) is None


def test_a_report_of_work_under_way_is_not_issued(app, frank, reference):
    text = text_of(frank.send(f"/tickets/{reference}/report", follow_redirects=True))

    assert "Interim report" in text
    with app.app_context():
        assert queries.find_issued(get_ticket(reference).id) is None


def test_a_finished_report_can_be_checked_by_anybody_and_tells_nothing(app, tess, client, ready):
    text = text_of(tess.send(f"/tickets/{ready}/report", follow_redirects=True))
    with app.app_context():
        issued = queries.find_issued(get_ticket(ready).id)
    assert issued.digest in text.replace(" ", "")

    page = client.get(f"/verify/{issued.id}/{issued.digest}")

    words = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "This report is genuine" in words
    assert "Fixwell" in words
    for personal in ("Carl", "iPhone", ready, "R-1", "Screen"):
        assert personal not in words


def test_the_page_that_checks_a_report_says_how_and_whether_the_history_still_leads_to_its_head(
    app, tess, client, ready
):
    tess.send(f"/tickets/{ready}/report")
    with app.app_context():
        issued = queries.find_issued(get_ticket(ready).id)
        with transaction():
            add_note(ready, "Called about the bill", by=tess.actor)

    whole = client.get(f"/verify/{issued.id}/{issued.digest}").get_data(as_text=True)
    with app.app_context(), transaction():
        db.session.execute(text("DROP TRIGGER history_no_update"))
        db.session.execute(text("UPDATE history SET act = 'taken_out' WHERE seq = 2"))
    changed = client.get(f"/verify/{issued.id}/{issued.digest}").get_data(as_text=True)

    assert "shasum -a 256 report.json" in whole
    assert "It still has the head that is printed on the report" in whole
    assert "It no longer has the head" in changed


def test_a_changed_report_is_not_vouched_for(app, tess, client, ready):
    tess.send(f"/tickets/{ready}/report")
    with app.app_context():
        issued = queries.find_issued(get_ticket(ready).id)

    changed = issued.digest[:-1] + ("1" if issued.digest.endswith("0") else "0")

    page = client.get(f"/verify/{issued.id}/{changed}")

    assert page.status_code == 404
    assert "We did not issue this report" in page.get_data(as_text=True)
    assert "Fixwell" not in page.get_data(as_text=True)


def test_a_document_that_cannot_be_drawn_is_said_in_words(frank, reference, monkeypatch):
    from repairshop.reports import documents
    from repairshop.reports.rules import DocumentNotDrawn

    def fails(request):
        raise DocumentNotDrawn

    monkeypatch.setattr(documents, "render_pdf", fails)

    page = frank.get(f"/tickets/{reference}/label.pdf")

    assert page.status_code in {409, 422, 503}
    assert "The document could not be made" in page.get_data(as_text=True)
