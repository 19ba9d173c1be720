"""Certificates of erasure: written, confirmed by a second person, printed for who owns the device."""

import io
import json

import pypdf
import pytest

from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.loaners.models import Loaner
from repairshop.loaners.service import add_loaner
from repairshop.privacy import wiping
from repairshop.privacy.rules import WipeConfirmedAlready, WipeNotByAnother
from repairshop.privacy.wipe_queries import list_certificates
from repairshop.reports.rules import PLAIN
from repairshop.reports.wipe_documents import wipe_pdf
from repairshop.reports.wipe_facts import get_loaner_wipe, get_wipe
from repairshop.staff.rules import Role
from repairshop.tickets.models import HistoryEntry
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.portal.guests import come_in
from tests.privacy.wipes import FIELDS, WIPED
from tests.reports.verapdf import broken_rules


@pytest.fixture
def worker(app_context):
    return make_staff(make_shop(), Role.TECHNICIAN)


@pytest.fixture
def boss(worker):
    return make_staff(worker.shop_id, Role.MANAGER, first_name="Mira")


def certify(reference, *, by):
    with transaction():
        wiping.certify_wipe(reference, WIPED, by=by)
    return list_certificates(get_ticket(reference).id)[-1].id


def make_loaner(by):
    with transaction():
        add_loaner("Galaxy A14", number="356938035643809", by=by)
        db.session.flush()
        loaner = db.session.query(Loaner).one()
        loaner.needs_wipe = True
        return loaner.id


@pytest.mark.both_databases
def test_who_erased_it_cannot_confirm_it_and_another_can_only_once(database, worker, boss):
    reference = make_ticket(worker, stage=Stage.FINAL_CHECKS)
    number = certify(reference, by=worker)

    with pytest.raises(WipeNotByAnother), transaction():
        wiping.confirm_wipe(reference, number, by=worker)
    with transaction():
        wiping.confirm_wipe(reference, number, by=boss)
    with pytest.raises(WipeConfirmedAlready), transaction():
        wiping.confirm_wipe(reference, number, by=boss)

    row = list_certificates(get_ticket(reference).id)[0]
    assert (row.done.name, row.done.role, row.confirmed.name, row.confirmed.role) == (
        "Tess",
        Role.TECHNICIAN,
        "Mira",
        Role.MANAGER,
    )


@pytest.mark.both_databases
def test_a_loaner_may_be_lent_again_once_its_certificate_is_written(database, worker, boss):
    loaner_id = make_loaner(worker)

    with transaction():
        wiping.certify_loaner_wipe(loaner_id, WIPED, by=worker)

    loaner = db.session.get_one(Loaner, loaner_id)
    assert (loaner.needs_wipe, loaner.wiped_by_id) == (False, worker.staff_id)


def test_nothing_of_another_shop_or_job_is_found(worker, boss):
    reference, other = (make_ticket(worker, stage=Stage.FINAL_CHECKS) for _ in range(2))
    number, loaner_id = certify(reference, by=worker), make_loaner(worker)
    theo = make_staff(make_shop("Pixel Hospital", slug="pixel"), Role.TECHNICIAN, first_name="Theo")

    for ask in (
        lambda: get_wipe(reference, number, shop_id=theo.shop_id),
        lambda: get_wipe(other, number, shop_id=worker.shop_id),
        lambda: get_loaner_wipe(loaner_id, number, shop_id=worker.shop_id, language="en"),
        lambda: get_loaner_wipe(loaner_id, number, shop_id=theo.shop_id, language="en"),
        lambda: wiping.confirm_wipe(other, number, by=boss),
        lambda: wiping.confirm_wipe(reference, number, by=theo),
        lambda: wiping.confirm_loaner_wipe(loaner_id, number, by=boss),
        lambda: wiping.certify_loaner_wipe(loaner_id, WIPED, by=theo),
    ):
        with pytest.raises(NotFound), transaction():
            ask()


@pytest.mark.documents
def test_the_paper_says_every_field_and_conforms(tmp_path, worker, boss):
    reference = make_ticket(worker, stage=Stage.FINAL_CHECKS, email="carl@example.com")
    number = certify(reference, by=worker)
    with transaction():
        wiping.confirm_wipe(reference, number, by=boss)
    wipe = get_wipe(reference, number, shop_id=worker.shop_id)

    document = wipe_pdf(wipe, look=PLAIN)

    path = tmp_path / document.name
    path.write_bytes(document.pdf)
    assert broken_rules(path, "PDF/UA-1") == {}
    assert broken_rules(path, "PDF/A-3a") == {}
    reader = pypdf.PdfReader(path)
    assert len(reader.pages) == 1
    text = " ".join(reader.pages[0].extract_text().split())
    entry = db.session.query(HistoryEntry).filter_by(act="wipe_certified").one()
    for words in (
        "Certificate of erasure",
        "Apple iPhone 13",
        "Handed in by Carl Cooper",
        "Flash of the phone",
        "Purge: no laboratory brings it back",
        "Factory reset with cryptographic erase",
        "Android 15 settings",
        "In another way: Set-up screen seen, no account asked for",
        "Back to the customer",
        "Erased Tess, Technician, Fixwell",
        "Confirmed Mira, Manager, Fixwell",
        "NIST SP 800-88 Revision 1",
    ):
        assert words in text, words
    assert entry.hash in text.replace(" ", "")
    attached = json.loads(reader.attachments["wipe.json"][0])
    assert (attached["method"], attached["history_seq"]) == ("purge", entry.seq)


@pytest.mark.documents
def test_the_paper_of_a_loaner_conforms_without_a_customer(tmp_path, worker):
    loaner_id = make_loaner(worker)
    with transaction():
        wiping.certify_loaner_wipe(loaner_id, WIPED, by=worker)
    wipe = get_loaner_wipe(loaner_id, 1, shop_id=worker.shop_id, language="de")

    path = tmp_path / "loaner.pdf"
    path.write_bytes(wipe_pdf(wipe, look=PLAIN).pdf)

    assert broken_rules(path, "PDF/UA-1") == {}
    assert broken_rules(path, "PDF/A-3a") == {}
    text = pypdf.PdfReader(path).pages[0].extract_text()
    assert "Galaxy A14" in text
    assert "356938035643809" in text


@pytest.mark.documents
def test_written_by_one_confirmed_by_another_and_read_by_the_customer(app, tess, mira):
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.FINAL_CHECKS)
    there = f"/tickets/{reference}/erasure-certificate"

    assert tess.send(there, FIELDS).status_code == 302
    page = tess.get(there).get_data(as_text=True)
    assert "Somebody else looks whether anything is left" in page
    assert tess.send(f"{there}/1/confirm").status_code == 422
    assert "nothing is left" in mira.get(there).get_data(as_text=True)
    assert mira.send(f"{there}/1/confirm").status_code == 302

    carl = come_in(app, reference)
    log = carl.get(f"/repair/{reference}/privacy").get_data(as_text=True)
    assert f"/repair/{reference}/erasure/1.pdf" in log
    for browser, address in (
        (carl, f"/repair/{reference}/erasure/1.pdf"),
        (tess, f"/tickets/{reference}/erasure/1.pdf"),
    ):
        pdf = browser.get(address)
        assert pdf.mimetype == "application/pdf"
        text = " ".join(pypdf.PdfReader(io.BytesIO(pdf.data)).pages[0].extract_text().split())
        assert "S4EWNX0M" in text
        assert "To a recycling company: Green Metals" in text
        assert "Mira" in text


def test_staff_read_of_a_certificate_where_no_task_list_is(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.FINAL_CHECKS)
    tess.send(f"/tickets/{reference}/erasure-certificate", FIELDS)

    page = tess.get(f"/tickets/{reference}/privacy").get_data(as_text=True)

    assert "No task list yet" in page
    assert "S4EWNX0M" in page


def test_what_is_left_out_is_said_at_its_field(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.FINAL_CHECKS)
    fields = {**FIELDS, "check": "", "destination": "moon"}

    page = tess.send(f"/tickets/{reference}/erasure-certificate", fields)

    words = page.get_data(as_text=True)
    assert page.status_code == 422
    assert 'href="#check-0"' in words
    assert 'href="#destination-0"' in words
    assert 'value="nvme-cli 2.8"' in words
    with app.app_context():
        assert list_certificates(get_ticket(reference).id) == []
