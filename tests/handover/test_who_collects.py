"""Whom a device is given to: the customer, whom they named, or somebody else with a reason that is kept."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.handover import queries, service
from repairshop.handover.rules import Collection, CollectionMethod, IdentityProof
from repairshop.handover.who_rules import StrangerCollects, find_stranger, is_one_of, require_told_why
from repairshop.tickets import service as tickets
from repairshop.tickets.queries import list_history
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.portal.guests import come_in

WHY = "Carl said so on the phone"


def counter(name="", signed="", because=""):
    return Collection(
        method=CollectionMethod.COUNTER,
        collected_by=name,
        proof=IdentityProof.IDENTITY_CARD,
        typed_name=signed,
        agreed=True,
        entrusted_because=because,
    )


@pytest.mark.parametrize(
    ("name", "known", "same"),
    [
        ("Carl Cooper", "Carl Cooper", True),
        ("carl  COOPER", "Carl Cooper", True),
        ("Cooper, Carl", "Carl Cooper", True),
        ("Carl", "Carl Cooper", True),
        ("Mr. Carl Cooper", "Carl Cooper", True),
        ("C. Cooper", "Carl Cooper", True),
        ("Jose Nunez", "José Núñez", True),
        ("Σοφία", "σοφια", True),
        ("王小明", "王小明", True),
        ("Dana Cooper", "Carl Cooper", False),
        ("D. Cooper", "Carl Cooper", False),
        ("Carla Cooper", "Carl Cooper", False),
        ("Mallory", "Carl Cooper", False),
        ("王小明", "李小明", False),
        ("Carl Cooper", "", False),
    ],
)
def test_names_are_the_same_in_other_spellings(name, known, same):
    assert is_one_of(name, [known]) is same
    assert is_one_of(known, [name]) is same


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_is_itself_and_comparing_has_no_side(first, second):
    assert is_one_of(first, [second]) == is_one_of(second, [first])
    assert find_stranger(counter(first), known=[first]) == ""


@pytest.mark.parametrize(
    ("collection", "known", "stranger"),
    [
        (counter(), ["Carl Cooper"], ""),  # empty means the customer
        (counter("Mallory"), ["Carl Cooper"], "Mallory"),
        (counter(signed="Mallory"), ["Carl Cooper"], "Mallory"),
        (counter("Carl Cooper", signed="xxx"), ["Carl Cooper"], ""),  # a signature is no name to compare
        (counter("Dana Diaz"), ["Carl Cooper", "Dana Diaz"], ""),
        (counter("Mallory"), [], ""),  # whose it is nobody knows, as in loaded records
        (counter("—"), ["Carl Cooper"], ""),
        (Collection(method=CollectionMethod.CARRIER, collected_by="Mallory"), ["Carl Cooper"], ""),
    ],
)
def test_who_is_a_stranger(collection, known, stranger):
    assert find_stranger(collection, known=known) == stranger


def test_a_stranger_needs_a_reason_and_the_refusal_names_both():
    with pytest.raises(StrangerCollects) as raised:
        require_told_why(counter("Mallory"), known=["Carl Cooper", "Dana Diaz"])
    require_told_why(counter("Mallory", because=WHY), known=["Carl Cooper"])

    assert raised.value.field == "entrusted_because"
    assert raised.value.values == {"name": "Mallory", "customer": "Carl Cooper"}


@pytest.fixture
def reference(shop, app, tess):
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.READY)


def send(frank, reference, name, **more):
    fields = {"method": "counter", "collected_by": name, "proof": "passport", "agreed": "y"}
    return frank.send(f"/tickets/{reference}/hand-over", {**fields, "signed_name": name, **more})


def test_the_counter_is_warned_first_and_what_was_typed_stays(app, frank, reference):
    first = frank.get(f"/tickets/{reference}/hand-over").text

    refused = send(frank, reference, "Mallory Mann")

    assert "entrusted_because" not in first
    assert refused.status_code == 422
    assert "Mallory Mann is neither Carl Cooper nor named to collect it" in refused.text
    assert re.search(r'href="#entrusted_because"', refused.text)
    assert 'value="Mallory Mann"' in refused.text
    with app.app_context():
        assert get_ticket(reference).stage is Stage.READY


def test_the_page_says_everything_that_is_missing_at_once(frank, reference):
    refused = send(frank, reference, "Mallory Mann", proof="", agreed="")

    assert refused.status_code == 422
    assert re.findall(r'<li><a href="#(\w+)">', refused.text) == ["entrusted_because", "proof", "signed_name"]
    assert 'value="Mallory Mann"' in refused.text


def test_with_a_reason_it_goes_and_the_reason_is_kept_and_shown_to_staff(app, frank, reference):
    send(frank, reference, "Mallory Mann")

    done = send(frank, reference, "Mallory Mann", entrusted_because=WHY)

    assert done.status_code == 302
    page = frank.get(f"/tickets/{reference}/handed-over").text
    assert "Not named by the customer" in page
    assert WHY in page
    assert "Handed over to somebody the customer had not named" in frank.get(f"/tickets/{reference}").text
    customers = come_in(app, reference).get("/repair").text
    assert "Collected by Mallory Mann." in customers
    assert WHY not in customers
    with app.app_context():
        ticket = get_ticket(reference)
        left = queries.get_handover(ticket.id)
        assert (left.collected_by, left.entrusted_because) == ("Mallory Mann", WHY)
        moved = next(entry for entry in list_history(ticket.id) if entry.act == "hand_over")
        assert moved.after["not_named"] is True
        assert "Mallory" not in str(moved.after)  # the chain keeps no names


def test_who_signs_with_another_name_is_warned_of_and_kept_under_it(app, frank, reference):
    fields = {"method": "counter", "proof": "passport", "agreed": "y", "signed_name": "Mallory Mann"}

    assert frank.send(f"/tickets/{reference}/hand-over", fields).status_code == 422
    done = frank.send(f"/tickets/{reference}/hand-over", {**fields, "entrusted_because": WHY})

    assert done.status_code == 302
    with app.app_context():
        assert queries.get_handover(get_ticket(reference).id).collected_by == "Mallory Mann"


def test_whom_the_customer_named_needs_no_reason_until_it_is_taken_back(app, frank, reference):
    carl = come_in(app, reference)
    carl.send(f"/repair/{reference}/collector", {"name": "Dana Diaz"})
    carl.send(f"/repair/{reference}/collector/end", {})
    ended = send(frank, reference, "Dana Diaz")
    carl.send(f"/repair/{reference}/collector", {"name": "Dana Diaz"})

    assert ended.status_code == 422
    offered = frank.get(f"/tickets/{reference}/hand-over").text
    assert '<datalist id="may-collect"><option>Dana Diaz</option></datalist>' in offered
    assert 'list="may-collect"' in offered
    assert send(frank, reference, "Dana Diaz", entrusted_because="left from before").status_code == 302
    with app.app_context():
        assert queries.get_handover(get_ticket(reference).id).entrusted_because == ""


@pytest.mark.both_databases
@pytest.mark.usefixtures("app_context")
def test_the_reason_is_written_and_goes_with_undo():
    tess = make_staff(make_shop())
    reference = make_ticket(tess, stage=Stage.READY)
    with pytest.raises(StrangerCollects), transaction():
        service.hand_over(reference, counter("Mallory", signed="M"), by=tess)
    with transaction():
        service.hand_over(reference, counter("Mallory", signed="M", because=WHY), by=tess)
    assert queries.get_handover(get_ticket(reference).id).entrusted_because == WHY

    with transaction():
        tickets.undo_move(reference, by=tess)

    assert queries.get_handover(get_ticket(reference).id) is None


def test_each_way_out_shows_its_own_text_from_the_first_look(frank, reference):
    page = frank.get(f"/tickets/{reference}/hand-over").text

    counter_part = re.search(r'aria-labelledby="sends-counter".*?</section>', page, re.S)[0]
    carrier_part = re.search(r'aria-labelledby="sends-carrier".*?</section>', page, re.S)[0]
    assert "on its way" in carrier_part
    assert "on its way" not in counter_part
    assert re.search(r'class="only-counter"><section class="sends" aria-labelledby="sends-counter"', page)
    assert re.search(r'class="only-carrier"><section class="sends" aria-labelledby="sends-carrier"', page)


@pytest.mark.parametrize("way", ["counter", "carrier"])
def test_what_was_shown_is_what_is_sent(app, frank, reference, way):
    page = frank.get(f"/tickets/{reference}/hand-over").text
    shown = re.search(rf'aria-labelledby="sends-{way}".*?<blockquote[^>]*>(.*?)</blockquote>', page, re.S)[1]
    fields = {"method": way, "proof": "passport", "agreed": "y", "signed_name": "Carl"}
    parcel = {"ship_to": "1 Low Lane", "carrier": "Parcel Co", "tracking": "P1", "address_confirmed": "y"}

    assert frank.send(f"/tickets/{reference}/hand-over", fields | parcel).status_code == 302

    after = frank.get(f"/tickets/{reference}").text
    start = shown.split(".")[0].strip()
    assert start
    assert start in after


def test_a_page_of_what_has_left_already_leads_to_how_it_left(frank, reference):
    send(frank, reference, "Carl Cooper")

    again = frank.get(f"/tickets/{reference}/hand-over")

    assert (again.status_code, again.location) == (302, f"/tickets/{reference}/handed-over")
