"""Warned while typing, listed, compared, merged and taken apart on pages; with scripting off as well."""

import re

import pytest

from repairshop.customers.likeness import Likeness, Traits, compare, compare_names, slips
from repairshop.customers.queries import get_customer_row
from repairshop.errors import NotFound
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_customer, make_ticket
from tests.counting import counted_queries
from tests.intake.test_take_in_page import CARL as TYPED_CARL
from tests.intake.test_take_in_page import FAULT, PHONE
from tests.portal.guests import come_in

CARL = Traits(name="Carl Cooper", phones=frozenset({"+447700900123"}), mails=frozenset({"carl@example.com"}))


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        (Traits(name="Dana Dale", phones=CARL.phones), [Likeness.SAME_PHONE]),
        (Traits(name="Dana Dale", mails=CARL.mails), [Likeness.SAME_MAIL]),
        (Traits(name="COOPER, Carl", phones=CARL.phones), [Likeness.SAME_PHONE, Likeness.SAME_NAME]),
        (Traits(name="carl cooper", phones=frozenset({"+15550100123"})), [Likeness.SAME_NAME_AND_TAIL]),
        (Traits(name="Cárl Cooper"), [Likeness.SAME_NAME]),
        (Traits(name="Karl Coper"), [Likeness.NEAR_NAME]),
        (Traits(name="Carl Carter"), []),
        (Traits(name=""), []),
    ],
)
def test_reasons_why_two_people_look_alike(other, reasons):
    assert list(compare(CARL, other)) == reasons


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Zoë Philips", "Phillips Zoe", True),
        ("Jhon Smith", "John Smith", True),
        ("Catherine Meyer", "Kathrin Maier", True),
        ("José Núñez", "Jose Nunez", True),
        ("Ann", "Dan", False),
        ("Mira", "Olga", False),
        ("Carl Cooper", "Carla Hooper", True),
        ("李雷", "李雷", True),
        ("李雷", "韩梅", False),
    ],
)
def test_names_are_compared_by_ear_and_by_slips(one, other, alike):
    assert (compare_names(one, other) is not None) is alike
    assert (compare_names(other, one) is not None) is alike


def test_slips_count_letters_left_out_added_mistaken_and_swapped():
    assert [slips("carl", other, at_most=3) for other in ("carl", "crl", "carll", "karl", "calr")] == [
        0,
        1,
        1,
        1,
        1,
    ]
    assert slips("carl", "dana", at_most=1) == 2


@pytest.fixture
def carl(app, frank):
    with app.app_context(), transaction():
        return make_customer(frank.actor, email="carl@example.com").id


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("phone=07700900123", "same number"),
        ("phone2=%2B44 (0)7700 900 123", "same number"),
        ("value=0044 7700-900123", "same number"),
        ("email=CARL@example.com", "same e-mail address"),
        ("name=cooper carl", "same name"),
        ("name=Carl Kooper", "nearly the same name"),
    ],
)
@pytest.mark.both_databases
def test_who_looks_alike_is_said_while_typing_with_the_reason(frank, theo, carl, typed, words):
    address = f"/customers/alike/found?then=intake.take_in_form&{typed}"

    page = frank.get(address).text

    assert words in page
    assert f"/intake?customer={carl}" in page
    assert theo.get(address).text.strip() == ""


@pytest.mark.parametrize("typed", ["phone=0770", "name=Ca", "name=Dana Dale", "name=%00", "email=x", ""])
def test_nobody_is_said_to_look_like_what_is_half_typed(frank, carl, typed):
    assert frank.get(f"/customers/alike/found?{typed}").text.strip() == ""


def test_without_a_script_the_warning_comes_with_the_first_save_and_holds_it_once(app, frank, carl):
    typed = {**PHONE, **TYPED_CARL, **FAULT, "name": "Carl Cooper", "phone": "+1 212 555 0123"}

    warned = frank.send("/intake", typed)
    taken = frank.send("/intake", {**typed, "is_another": "y"})

    assert warned.status_code == 422
    assert "Use this person" in warned.text
    assert f"/intake?customer={carl}" in warned.text
    assert taken.status_code == 302


def test_the_list_shows_pairs_with_like_names_first_and_families_apart(app, frank, theo, carl):
    with app.app_context(), transaction():
        make_customer(frank.actor, "Dana Cooper", phone="07700 900123")
        make_customer(frank.actor, "Karl Cooper", phone="07700 900777")

    page = frank.get("/customers/alike").text

    assert page.index("Karl Cooper") < page.index("Families share these") < page.index("Dana Cooper")
    assert "No two people look alike" in theo.get("/customers/alike").text


@pytest.fixture
def two(app, frank):
    with app.app_context():
        one = make_ticket(frank.actor)
        other = make_ticket(frank.actor, name="Karl Cooper", phone="07700 900222", stage=Stage.READY)
        return one, other


def owner(app, reference):
    with app.app_context():
        return get_ticket(reference).visit.customer_id


def test_a_merge_from_preview_to_undo(app, frank, two):
    a, b = (owner(app, each) for each in two)
    guest = come_in(app, two[1])
    preview = frank.get(f"/customers/{a}/merge/{b}")
    assert "Which name stays?" in preview.text
    assert "07700 900222" in preview.text
    fields = {"name_of": "gone", "language_of": "kept", "once": "first-click", **versions(preview.text)}

    first = frank.send(f"/customers/{a}/merge/{b}", fields)
    second = frank.send(f"/customers/{a}/merge/{b}", fields)

    assert first.location == second.location == f"/customers/{a}"
    assert frank.get(f"/customers/{b}").location == f"/customers/{a}?was={b}"
    page = frank.get(f"/customers/{a}?was={b}").text
    assert "was merged into" in page
    assert page.count("/tickets/") >= 2
    assert frank.get(f"/intake?customer={b}").status_code == 200
    assert guest.get("/repair", follow_redirects=True).status_code == 200
    assert two[1][:4] in frank.get("/find?q=karl", follow_redirects=True).text.replace("-", "")
    undo = re.search(rf"/customers/{a}/merges/\d+/undo", page)[0]
    assert "goes back to Karl Cooper" in frank.get(undo).text
    assert frank.send(undo).location == f"/customers/{a}"
    assert owner(app, two[1]) == b
    assert frank.get(undo).status_code == 404


def versions(page: str) -> dict[str, str]:
    names = ("version", "other_version")
    return {name: re.search(rf'name="{name}" type="hidden" value="(\d+)"', page)[1] for name in names}


def test_in_two_tabs_the_second_merge_of_a_changed_person_is_a_conflict(app, frank, two):
    a, b = (owner(app, each) for each in two)
    fields = {
        "name_of": "kept",
        "language_of": "kept",
        **versions(frank.get(f"/customers/{a}/merge/{b}").text),
    }
    frank.send(f"/customers/{b}/name", {"name": "Karla Cooper", "language": "en"})

    assert frank.send(f"/customers/{a}/merge/{b}", fields).status_code == 409
    assert owner(app, two[1]) == b


def test_the_two_are_merged_once_however_the_tabs_stand_to_each_other(app, frank, two):
    a, b = (owner(app, each) for each in two)
    fields = {"name_of": "kept", "language_of": "kept"}

    frank.send(f"/customers/{a}/merge/{b}", fields)

    assert frank.send(f"/customers/{b}/merge/{a}", fields).location == f"/customers/{a}"
    assert frank.get(f"/customers/{b}/merge/{a}").location == f"/customers/{a}"


def test_people_of_another_shop_can_neither_be_compared_nor_merged(app, frank, theo, two):
    a, b = (owner(app, each) for each in two)
    with app.app_context(), transaction():
        stranger = make_customer(theo.actor).id

    assert theo.get(f"/customers/{a}/merge/{b}").status_code == 404
    assert frank.get(f"/customers/{a}/merge/{stranger}").status_code == 404
    assert frank.send(f"/customers/{a}/merge/{stranger}", {"name_of": "kept"}).status_code == 404
    with app.app_context(), pytest.raises(NotFound):
        get_customer_row(stranger, shop_id=frank.actor.shop_id)


def test_the_warning_costs_no_query_more_in_a_large_shop(app, frank, carl):
    def cost() -> int:
        with counted_queries(app) as queries:
            frank.get("/customers/alike/found?name=Carl Cooper&phone=07700900123")
        return queries.count

    few = cost()
    with app.app_context(), transaction():
        for number in range(40):
            make_customer(frank.actor, "Carl Cooper", phone=f"07700 900{number:03}")

    assert cost() == few <= 12
