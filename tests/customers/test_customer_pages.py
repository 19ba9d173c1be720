"""A person's page and the small forms beside it."""

import pytest

from repairshop.customers import queries
from repairshop.transaction import transaction
from tests.builders import make_customer


@pytest.fixture
def carl(app, frank):
    with app.app_context(), transaction():
        return make_customer(frank.actor, "Carl Cooper", email="carl@example.com").id


def row(app, frank, carl):
    with app.app_context():
        return queries.get_customer_row(carl, shop_id=frank.actor.shop_id)


def test_the_page_shows_who_it_is_and_how_to_reach_them(frank, carl):
    page = frank.get(f"/customers/{carl}").text

    assert "Carl Cooper" in page
    assert "07700 900123" in page
    assert "carl@example.com" in page
    assert f"customer={carl}" in page


def test_people_are_found_on_the_page(frank, carl):
    assert "Carl Cooper" in frank.get("/customers?q=coop").text
    assert "Nobody found" in frank.get("/customers?q=<script>alert(1)</script>").text


def test_a_customer_is_offered_the_languages_of_the_shop_alone(frank, carl):
    """The shop of these tests speaks English and Spanish, whatever the program knows."""
    for page in (frank.get(f"/customers/{carl}/name").text, frank.get("/intake").text):
        assert 'value="en"' in page
        assert 'value="es"' in page
        assert 'value="de"' not in page
        assert 'value="fr"' not in page

    frank.send(f"/customers/{carl}/name", {"name": "Carl Cooper", "language": "de"})
    assert frank.get(f"/customers/{carl}/name").text.count("Deutsch") == 0


def test_name_numbers_and_addresses_are_changed(app, frank, carl):
    phone = row(app, frank, carl).phones[0].id

    assert (
        frank.send(f"/customers/{carl}/name", {"name": "Carla Cooper", "language": "es"}).status_code == 302
    )
    frank.send(
        f"/customers/{carl}/contacts/new",
        {"kind": "phone", "value": "07700 900456", "may_notify": "y", "language": ""},
    )
    frank.send(f"/customers/{carl}/contacts/{phone}", {"value": "07700 900124", "language": "es"})

    after = row(app, frank, carl)
    assert (after.name, after.language) == ("Carla Cooper", "es")
    assert [point.value for point in after.phones] == ["+447700900124", "+447700900456"]
    assert [point.may_notify for point in after.phones] == [False, True]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": ""}, "Enter the number or address"),
        ({"value": "12"}, "Enter a phone number"),
        ({"kind": "email", "value": "nobody"}, "Enter an e-mail address"),
        ({"value": "07700 900123"}, "has this one already"),
        ({"value": "x" * 300}, "Use 254 characters or fewer"),
        ({"value": "07700\x00900"}, "Remove the characters"),
    ],
)
def test_a_wrong_contact_comes_back_with_what_was_typed(app, frank, carl, fields, words):
    before = row(app, frank, carl).contacts

    answer = frank.send(f"/customers/{carl}/contacts/new", {"kind": "phone", "language": "", **fields})

    assert answer.status_code == 422
    assert words in answer.text
    assert row(app, frank, carl).contacts == before


def test_removing_asks_for_a_reason(app, frank, carl):
    phone = row(app, frank, carl).phones[0].id
    address = f"/customers/{carl}/contacts/{phone}/remove"

    assert frank.send(address, {"because": ""}).status_code == 422
    assert frank.send(address, {"because": "wrong number"}).status_code == 302
    assert row(app, frank, carl).phones == ()
    assert frank.get(f"/customers/{carl}/contacts/{phone}").status_code == 404


def test_a_contact_of_somebody_else_is_not_found(app, frank, carl):
    with app.app_context(), transaction():
        dana = make_customer(frank.actor, "Dana Dale", phone="07700 900999").id
    point = row(app, frank, dana).phones[0].id

    assert frank.get(f"/customers/{carl}/contacts/{point}").status_code == 404
    assert frank.send(f"/customers/{carl}/contacts/{point}", {"value": "07700 900000"}).status_code == 404
