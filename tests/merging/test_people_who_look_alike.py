"""Warned while typing, listed, compared, merged and taken apart on pages; with scripting off as well."""

import re

import pytest
from sqlalchemy import select

from repairshop.customers.likeness import Likeness, Traits, compare, compare_names, holds_back, slips
from repairshop.customers.models import ToldApart
from repairshop.customers.queries import get_customer_row
from repairshop.database import db
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
    ("reasons", "waits"),
    [
        ([Likeness.SAME_PHONE], False),
        ([Likeness.SAME_MAIL], False),
        ([Likeness.SAME_PHONE, Likeness.SAME_MAIL], False),
        ([Likeness.SAME_NAME], False),
        ([Likeness.NEAR_NAME], False),
        ([Likeness.SAME_PHONE, Likeness.SAME_NAME], True),
        ([Likeness.SAME_PHONE, Likeness.NEAR_NAME], True),
        ([Likeness.SAME_MAIL, Likeness.NEAR_NAME], True),
        ([Likeness.SAME_NAME_AND_TAIL], True),
        ([], False),
    ],
)
def test_a_name_and_one_thing_more_hold_a_new_customer_back(reasons, waits):
    assert holds_back(reasons) is waits


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
    assert f'name="use_person" value="{carl}"' in page
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
    assert f'name="use_person" value="{carl}"' in warned.text
    assert taken.status_code == 302


@pytest.mark.parametrize(
    "shared", [{"phone": "07700 900123", "email": ""}, {"phone": "", "email": "carl@example.com"}]
)
def test_a_family_that_shares_a_number_is_told_so_and_asked_nothing(app, frank, carl, shared):
    dana = {"name": "Dana Cooper", **shared}

    said = frank.get("/customers/alike/found", query_string={"then": "intake.take_in_form", **dana}).text
    taken = frank.send("/intake", {**PHONE, **TYPED_CARL, **FAULT, **dana})

    assert "same number" in said or "same e-mail address" in said
    assert "is_another" not in said
    assert taken.status_code == 302


def test_a_like_name_with_the_same_number_is_asked_about(frank, carl):
    typed = {"name": "Karl Coper", "phone": "07700 900123", "email": ""}

    said = frank.get("/customers/alike/found", query_string={"then": "intake.take_in_form", **typed}).text
    asked = frank.send("/intake", {**PHONE, **TYPED_CARL, **FAULT, **typed})

    assert "is_another" in said
    assert asked.status_code == 422
    assert "This may be Carl Cooper" in asked.text


def test_the_list_shows_pairs_with_like_names_first_and_families_apart(app, frank, mira, nora, carl):
    with app.app_context(), transaction():
        make_customer(frank.actor, "Dana Cooper", phone="07700 900123")
        make_customer(frank.actor, "Karl Cooper", phone="07700 900777")

    page = mira.get("/customers/alike").text

    assert page.index("Karl Cooper") < page.index("Families share these") < page.index("Dana Cooper")
    assert "No two people look alike" in nora.get("/customers/alike").text


def test_the_counter_meets_a_pair_on_the_persons_page_and_managers_see_them_all(app, frank, mira, two):
    a = owner(app, two[0])

    assert "Compare" in frank.get(f"/customers/{a}").text
    assert frank.get("/customers/alike").status_code == 403
    assert "/customers/alike" not in frank.get("/customers").text
    assert "/customers/alike" in mira.get("/customers").text


@pytest.mark.both_databases
def test_two_people_are_told_apart_for_good_and_it_can_be_taken_back(app, frank, mira, two):
    a, b = (owner(app, each) for each in two)

    told = [frank.send(f"/customers/{a}/two-people/{b}") for _ in range(2)]

    assert {answer.location for answer in told} == {f"/customers/{a}"}
    for one, other in ((a, b), (b, a)):
        assert f"/merge/{other}" not in frank.get(f"/customers/{one}").text
        assert "Frank said on" in frank.get(f"/customers/{one}/merge/{other}").text
    listed = mira.get("/customers/alike").text
    assert "Frank" in listed
    assert listed.count("Take that back") == 1
    assert "They are two people" not in listed
    warned = frank.get(f"/customers/alike/found?name=Karl Cooper&besides={a}").text
    assert "Karl Cooper" not in warned

    back = mira.send(f"/customers/{b}/two-people/{a}/undo?listed=1")

    assert back.location == "/customers/alike"
    assert f"/merge/{b}" in frank.get(f"/customers/{a}").text
    assert "Take that back" not in mira.get("/customers/alike").text
    with app.app_context():
        row = db.session.scalars(select(ToldApart)).one()
        assert (row.staff_id, row.undone_by_id) == (frank.actor.staff_id, mira.actor.staff_id)
        assert row.at < row.undone_at


def test_a_new_customer_is_still_compared_with_both(app, frank, two):
    a, b = (owner(app, each) for each in two)
    frank.send(f"/customers/{a}/two-people/{b}")

    said = frank.get("/customers/alike/found?then=intake.take_in_form&name=Carl Cooper").text

    assert f'value="{a}"' in said
    assert f'value="{b}"' in said


def test_what_was_told_apart_counts_for_the_merged_person_and_comes_back_with_the_undoing(app, frank, two):
    a, b = (owner(app, each) for each in two)
    with app.app_context(), transaction():
        c = make_customer(frank.actor, "Carl Cooper", phone="07700 900333").id
    frank.send(f"/customers/{a}/two-people/{b}")
    frank.send(f"/customers/{c}/merge/{a}", {"name_of": "kept", "language_of": "kept"})

    assert f"/merge/{b}" not in frank.get(f"/customers/{c}").text
    undo = re.search(rf"/customers/{c}/merges/\d+/undo", frank.get(f"/customers/{c}").text)[0]
    frank.send(undo)

    assert f"/merge/{b}" in frank.get(f"/customers/{c}").text
    assert f"/merge/{b}" not in frank.get(f"/customers/{a}").text


def test_two_who_were_told_apart_may_be_merged_all_the_same(app, frank, mira, two):
    a, b = (owner(app, each) for each in two)
    frank.send(f"/customers/{a}/two-people/{b}")

    frank.send(f"/customers/{a}/merge/{b}", {"name_of": "kept", "language_of": "kept"})

    assert owner(app, two[1]) == a
    assert mira.get("/customers/alike").status_code == 200
    assert frank.send(f"/customers/{a}/two-people/{b}").status_code in {409, 422}


def test_people_of_another_shop_are_not_told_apart(app, frank, theo, two):
    a, b = (owner(app, each) for each in two)

    assert theo.send(f"/customers/{a}/two-people/{b}").status_code == 404
    assert theo.send(f"/customers/{a}/two-people/{b}/undo").status_code == 404
    with app.app_context():
        assert db.session.scalars(select(ToldApart)).all() == []


def test_the_list_of_pairs_costs_no_query_more_with_many(app, frank, mira, carl):
    def cost() -> int:
        with counted_queries(app) as queries:
            mira.get("/customers/alike")
        return queries.count

    with app.app_context(), transaction():
        dana, erik = (make_customer(frank.actor, name).id for name in ("Dana Dale", "Erik Ems"))
    frank.send(f"/customers/{dana}/two-people/{erik}")
    few = cost()
    with app.app_context(), transaction():
        more = [make_customer(frank.actor, f"Person {name}").id for name in "abcdefghij"]
    for other in more:
        frank.send(f"/customers/{dana}/two-people/{other}")

    assert cost() == few


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
