"""The accessibility statement: open to everybody, in each language, with the shop one deals with."""

import pytest

from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.portal.guests import come_in

pytestmark = pytest.mark.usefixtures("shop")

TITLES = {
    "en": "What we hold to",
    "es": "Lo que cumplimos",
    "de": "Woran wir uns halten",
    "fr": "Ce que nous respectons",
}


@pytest.mark.parametrize(("language", "title"), TITLES.items())
def test_anybody_reads_it_in_their_language(anonymous, other_shop, language, title):
    page = anonymous.get("/accessibility", headers={"Accept-Language": language})

    assert page.status_code == 200
    assert title in page.text
    assert "WCAG" in page.text or "2.2" in page.text
    assert "Fixwell" in page.text
    assert "Pixel Hospital" in page.text


def test_customers_and_staff_are_told_their_own_shop(app, tess, other_shop):
    with app.app_context():
        reference = make_ticket(tess.actor)
        with transaction():
            get_ticket(reference).visit.customer.language = "es"
    carl = come_in(app, reference)

    for page in (carl.get("/accessibility").text, tess.get("/accessibility").text):
        assert "Fixwell" in page
        assert "Pixel Hospital" not in page
    assert TITLES["es"] in carl.get("/accessibility").text


def test_every_kind_of_page_leads_to_it(app, anonymous, tess):
    with app.app_context():
        reference = make_ticket(tess.actor)

    for page in (come_in(app, reference).get("/repair"), anonymous.get("/sign-in"), tess.get("/bench")):
        assert 'href="/accessibility"' in page.text


@pytest.mark.parametrize("shop", ["", "no-such-shop", "x" * 5000, "'; drop table shop --"])
def test_a_name_nobody_has_names_nobody(anonymous, shop):
    assert anonymous.get("/accessibility", query_string={"shop": shop}).status_code == 200
