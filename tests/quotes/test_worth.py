"""Repair or replace: sums over assumptions anybody can change, figures with their source, no verdict."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import Touchpoint
from repairshop.database import db
from repairshop.money import Money
from repairshop.quotes.seed_files import read_footprints
from repairshop.quotes.worth import Assumptions, Footprint, per_year, weigh
from tests.builders import open_day
from tests.portal.guests import come_in
from tests.quotes.builders import AFTERMARKET, ORIGINAL, current, quoted_ticket

PHONE = Footprint(weight_kg=Decimal("0.15"), co2e_kg=Decimal("50.51"))


def pounds(minor: int) -> Money:
    return Money(minor=minor, currency="GBP")


@pytest.mark.parametrize(
    ("minor", "years", "yearly"),
    [
        (10500, "2", 5250),
        (10500, "4", 2625),
        (10001, "2", 5001),
        (10000, "3", 3333),
        (0, "2", 0),
        (100, "0.5", 200),
    ],
)
def test_an_amount_is_spread_over_its_years(minor, years, yearly) -> None:
    assert per_year(pounds(minor), Decimal(years)) == pounds(yearly)


@given(st.integers(0, 10_000_000), st.decimals("0.5", "20", places=1))
def test_the_years_together_are_the_amount_but_for_rounding(minor, years) -> None:
    yearly = per_year(pounds(minor), years)

    assert abs(Decimal(yearly.minor) * years - minor) <= years / 2


def test_without_a_price_or_figures_nothing_is_made_up() -> None:
    worth = weigh((("", pounds(10500)),), Assumptions(), None)

    assert (worth.new_per_year, worth.footprint, worth.new_co2e_per_year, worth.age_at_the_end) == (None,) * 4
    assert worth.repairs[0].per_year == pounds(5250)


def test_every_option_is_weighed_the_same_way() -> None:
    assumed = Assumptions(like_new=pounds(40000), age_years=Decimal(3))

    worth = weigh((("A", pounds(10500)), ("B", pounds(7300))), assumed, PHONE)

    assert [one.per_year.minor for one in worth.repairs] == [5250, 3650]
    assert worth.new_per_year == pounds(10000)
    assert worth.age_at_the_end == Decimal(5)
    assert worth.new_co2e_per_year == Decimal("12.6")


def test_figures_are_there_for_known_types_and_for_no_others() -> None:
    figures = read_footprints()

    assert figures[DeviceType.PHONE] == PHONE
    assert DeviceType.WATCH not in figures
    assert DeviceType.OTHER not in figures
    assert all(one.weight_kg > 0 and one.co2e_kg > 0 for one in figures.values())


@pytest.fixture
def reference(app, tess):
    soon = {"earliest": open_day(7), "latest": open_day(7)}
    with app.app_context():
        return quoted_ticket(tess.actor, options=(ORIGINAL, AFTERMARKET), like_new_minor=40000, **soon)


def test_the_shops_price_fills_the_panel_and_is_part_of_what_was_sent(app, reference) -> None:
    with app.app_context():
        assert current(reference).like_new == pounds(40000)

    page = come_in(app, reference).get(f"/repair/{reference}/quote").text

    assert "Repair or replace?" in page
    assert "£52.50 a year" in page
    assert "£36.50 a year" in page
    assert "£100.00 a year" in page
    assert "12.6 kg CO2e a year" in page
    assert "Restart Project" in page
    for verdict in ("recommend", "should repair", "better to"):
        assert verdict not in page


def test_the_customer_changes_the_assumptions_and_nothing_is_kept(app, reference) -> None:
    carl = come_in(app, reference)
    with app.app_context():
        before = db.session.query(Touchpoint).count()

    page = carl.get(f"/repair/{reference}/quote?years=3&new_years=5&price=600&age=4").text

    assert "£35.00 a year" in page
    assert "£120.00 a year" in page
    assert "7 years old" in page
    assert "£52.50 a year" in carl.get(f"/repair/{reference}/quote").text
    with app.app_context():
        assert db.session.query(Touchpoint).count() == before


@pytest.mark.parametrize(
    "query",
    [
        "years=0",
        "years=-3",
        "years=abc",
        "years=1e999",
        "years=NaN",
        "new_years=0",
        "price=free",
        "price=-5",
        "age=999",
    ],
)
def test_what_is_no_number_says_so_and_the_page_stands(app, reference, query) -> None:
    answer = come_in(app, reference).get(f"/repair/{reference}/quote?{query}")

    assert answer.status_code == 200
    assert "Error:" in answer.text
    assert "Approve £105.00 repair" in answer.text
