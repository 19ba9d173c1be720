"""The slip of a hand-over: for the counter and for the customer, and for nobody else."""

import io

import pytest
from pypdf import PdfReader

from repairshop.handover import service
from repairshop.handover.rules import Collection, CollectionMethod, IdentityProof
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import make_ticket
from tests.portal.guests import come_in

pytestmark = pytest.mark.usefixtures("shop")

COLLECTED = Collection(
    method=CollectionMethod.COUNTER,
    collected_by="Dana <b>Diaz</b>",
    entrusted_because="Carl said so on the phone",
    proof=IdentityProof.IDENTITY_CARD,
    typed_name="Dana Diaz",
    agreed=True,
)


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.READY)
        with transaction():
            service.hand_over(reference, COLLECTED, by=tess.actor)
    return reference


def words_of(response):
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(response.data)).pages)


def test_the_counter_prints_who_collected_what_was_paid_and_the_warranty(frank, reference):
    words = words_of(frank.get(f"/tickets/{reference}/handed-over.pdf"))

    for said in (
        "R-1",
        "iPhone 13",
        "Dana <b>Diaz</b>",
        "Nothing to pay",
        "There is no warranty",
        "Handed over by Tess",
        "Signed Dana Diaz",
    ):
        assert said in " ".join(words.split())


def test_the_customer_has_the_same(app, reference):
    carl = come_in(app, reference)

    assert f"/repair/{reference}/handed-over.pdf" in carl.get("/repair").text
    assert "R-1" in words_of(carl.get(f"/repair/{reference}/handed-over.pdf"))


def test_another_shop_and_another_visit_find_none(app, theo, tess, reference):
    with app.app_context():
        other = make_ticket(tess.actor, stage=Stage.READY, name="Eli Evans", phone="07700 900124")
    eli = come_in(app, other)

    assert theo.get(f"/tickets/{reference}/handed-over.pdf").status_code == 404
    assert eli.get(f"/repair/{reference}/handed-over.pdf").status_code == 404
    assert eli.get(f"/repair/{other}/handed-over.pdf").status_code == 404  # not handed over yet
