"""A test list as data: numbers as people type them, a list's changes, its fingerprint."""

from dataclasses import replace
from decimal import Decimal

import pytest

from repairshop.catalogue.rules import DeviceType, FaultFamily, Measure
from repairshop.catalogue.seed_files import read_test_items
from repairshop.diagnostics.checks import (
    MOST_PLACES,
    MOST_TESTS,
    LimitsUpsideDown,
    LimitsWithoutNumber,
    ListEmpty,
    ListFull,
    ListTest,
    NotANumber,
    TestAlreadyOnList,
    TestFacts,
    TestNameMissing,
    added,
    changed,
    fingerprint,
    is_outside,
    kept,
    of_item,
    of_kept,
    placed,
    read_number,
    removed,
    require_facts,
)

PLAIN = TestFacts(at_counter=False, measure=None, unit="", lowest=None, highest=None, points_to=())
NUMBER = replace(PLAIN, measure=Measure.NUMBER, unit="°C", highest=Decimal(45))


def a_list(*keys: str) -> list[ListTest]:
    return [ListTest(key=key, label=key.title(), at_counter=False) for key in keys]


def keys(tests: list[ListTest]) -> list[str]:
    return [test.key for test in tests]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("87", "87"),
        (" 87.5 ", "87.5"),
        ("87,5", "87.5"),
        ("87 %", "87"),
        ("-3", "-3"),
        ("\N{MINUS SIGN}3,25", "-3.25"),
        ("3,040", "3040"),
        ("3.040", "3040"),
        ("1 234 567", "1234567"),
        ("3\N{NO-BREAK SPACE}040", "3040"),
        ("0,125", "0.125"),
    ],
)
def test_numbers_are_read_as_people_type_them(typed, number) -> None:
    assert read_number(typed, unit="%") == Decimal(number)


@pytest.mark.parametrize(
    "typed", ["87 mAh", "eighty", "8-7", "1e9", "NaN", "1.2.3", "\N{ARABIC-INDIC DIGIT THREE}", "9" * 12, "="]
)
def test_anything_else_is_no_number(typed) -> None:
    with pytest.raises(NotANumber):
        read_number(typed, unit="%")


@pytest.mark.parametrize("typed", ["", "  ", " %"])
def test_nothing_is_nothing(typed) -> None:
    assert read_number(typed, unit="%") is None


@pytest.mark.parametrize(
    ("lowest", "highest", "outside"),
    [
        (None, None, []),
        (80, None, [79]),
        (None, 100, [101, 120]),
        (80, 100, [79, 101, 120]),
        (100, 100, [79, 80, 101, 120]),
    ],
)
def test_a_limit_itself_is_inside(lowest, highest, outside) -> None:
    limits = replace(
        PLAIN,
        lowest=None if lowest is None else Decimal(lowest),
        highest=None if highest is None else Decimal(highest),
    )

    assert [number for number in (79, 80, 100, 101, 120) if is_outside(Decimal(number), limits)] == outside


@pytest.mark.parametrize("device_type", list(DeviceType))
def test_a_standard_list_comes_back_from_the_database_as_it_went(device_type) -> None:
    tests = [of_item(item) for item in read_test_items()[device_type]]

    assert [of_kept(kept(test)) for test in tests] == tests
    assert len({test.key for test in tests}) == len(tests)
    for test in tests:
        require_facts(
            TestFacts(
                at_counter=test.at_counter,
                measure=test.measure,
                unit=test.unit,
                lowest=test.lowest,
                highest=test.highest,
                points_to=test.points_to,
            )
        )
        assert 1 <= len(test.points_to) <= MOST_PLACES


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        (replace(PLAIN, lowest=Decimal(1)), LimitsWithoutNumber),
        (replace(PLAIN, measure=Measure.TEXT, highest=Decimal(1)), LimitsWithoutNumber),
        (replace(NUMBER, lowest=Decimal(46)), LimitsUpsideDown),
        (replace(NUMBER, highest=Decimal("1e7")), NotANumber),
    ],
)
def test_limits_that_no_number_keeps_are_refused(facts, refused) -> None:
    with pytest.raises(refused):
        require_facts(facts)


def test_a_test_of_the_shops_own_takes_its_place() -> None:
    words = {"label": "Smells of smoke", "how": ""}

    tests = added(a_list("boot", "wifi"), NUMBER, language="es", words=words, place=2)

    assert keys(tests) == ["boot", "own_smells_of_smoke", "wifi"]
    assert tests[1].own == {"es": {"label": "Smells of smoke"}}
    assert (tests[1].measure, tests[1].highest) == (Measure.NUMBER, Decimal(45))


def test_no_two_tests_of_one_name_and_no_endless_list() -> None:
    words = {"label": "smells  of Smoke!", "how": ""}
    tests = added(a_list("boot"), PLAIN, language="en", words=words, place=9)

    with pytest.raises(TestAlreadyOnList):
        added(tests, PLAIN, language="en", words={"label": "Smells of smoke", "how": ""}, place=1)
    with pytest.raises(TestNameMissing):
        added(tests, PLAIN, language="en", words={"label": "!?", "how": ""}, place=1)
    with pytest.raises(ListFull):
        added(a_list(*map(str, range(MOST_TESTS))), PLAIN, language="en", words=words, place=1)


def test_words_that_are_ours_follow_our_translation() -> None:
    tests = a_list("boot")

    [reworded] = changed(
        tests,
        "boot",
        replace(PLAIN, points_to=(FaultFamily.BOOT, FaultFamily.BOOT, FaultFamily.BOARD)),
        language="es",
        words={"label": "Arranca", "how": "Hasta el final"},
        standard={"Boot": "Arranca", "": ""},
        place=1,
    )

    assert reworded.own == {"es": {"how": "Hasta el final"}}
    assert reworded.points_to == (FaultFamily.BOOT, FaultFamily.BOARD)


@pytest.mark.parametrize(
    ("place", "order"),
    [(1, "cabd"), (2, "acbd"), (4, "abdc"), (99, "abdc"), (-5, "cabd")],
)
def test_a_test_moves_to_a_place(place, order) -> None:
    assert keys(placed(a_list(*"abcd"), "c", place)) == list(order)


def test_the_last_test_stays() -> None:
    assert keys(removed(a_list("boot", "wifi"), "boot")) == ["wifi"]
    with pytest.raises(ListEmpty):
        removed(a_list("boot"), "boot")


def test_every_change_gives_another_fingerprint() -> None:
    tests = a_list("boot", "wifi")
    others = [
        tests[::-1],
        tests[:1],
        [tests[0], replace(tests[1], at_counter=True)],
        [tests[0], replace(tests[1], highest=Decimal(3))],
        [tests[0], replace(tests[1], own={"en": {"label": "Radio"}})],
        [tests[0], replace(tests[1], points_to=(FaultFamily.POWER,))],
    ]

    prints = {fingerprint(each) for each in [tests, *others]}

    assert len(prints) == 1 + len(others)
    assert fingerprint(a_list("boot", "wifi")) == fingerprint(tests)
