"""The code of a pickup pass: what it says, and that nothing but the real one is believed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.codes import ALPHABET, PICKUP_LENGTH, ScanKind, read_scan, scan_text
from repairshop.handover.pass_codes import (
    EPOCH,
    PASS_LENGTH,
    PassHolder,
    parse_pass_code,
    pass_code,
    pass_code_is_true,
    pass_is_over,
)

DAY = date(2026, 3, 3)
KEY = "a key of the tests"


@given(
    st.sampled_from(PassHolder),
    st.integers(min_value=0, max_value=32**6 - 1),
    st.integers(min_value=0, max_value=1000),
    st.integers(min_value=0, max_value=32**3 - 1),
)
def test_a_code_is_read_back_as_it_was_made_and_counts_for_its_version_alone(holder, id, version, days):
    drawn_on = EPOCH + timedelta(days=days)
    code = pass_code(holder, id, version=version, drawn_on=drawn_on, key=KEY)
    scan = read_scan(scan_text(ScanKind.PICKUP, code).lower())

    parsed = parse_pass_code(scan.text)

    assert scan.kind is ScanKind.PICKUP
    assert (parsed.holder, parsed.id, parsed.drawn_on) == (holder, id, drawn_on)
    assert pass_code_is_true(parsed, version=version, key=KEY)
    assert not pass_code_is_true(parsed, version=version + 1, key=KEY)
    assert not pass_code_is_true(parsed, version=version, key="another key")


@given(st.integers(min_value=0, max_value=PICKUP_LENGTH - 1), st.sampled_from(ALPHABET))
def test_another_character_anywhere_makes_it_untrue(place, character):
    code = pass_code(PassHolder.COLLECTOR, 4711, version=1, drawn_on=DAY, key=KEY)
    changed = code[:place] + character + code[place + 1 :]

    parsed = parse_pass_code(changed)

    assert changed == code or parsed is None or not pass_code_is_true(parsed, version=1, key=KEY)


@pytest.mark.parametrize("text", ["", "C", "A" * 26, "C" + "0" * 24, "C" + "0" * 26, "CU" + "0" * 24])
def test_what_cannot_be_a_code_is_none(text):
    assert parse_pass_code(text) is None


@pytest.mark.parametrize("text", ["RSK", "RSK123", "RSK" + "U" * 26, "RSK" + "0" * 27])
def test_a_scan_that_is_not_whole_is_none(text):
    assert read_scan(text) is None


@pytest.mark.parametrize(
    ("days", "over"),
    [(-2, True), (-1, False), (0, False), (PASS_LENGTH.days, False), (PASS_LENGTH.days + 1, True)],
)
def test_a_code_works_some_days_from_the_one_it_was_drawn_on(days, over):
    assert pass_is_over(DAY, today=DAY + timedelta(days=days)) is over
