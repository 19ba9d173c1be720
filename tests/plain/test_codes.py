"""Codes survive people, scanners and other keyboards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop import codes


def test_a_new_code_checks_and_is_shown_in_groups():
    code = codes.new_code()

    assert codes.find_code(code) == code
    assert codes.find_code(codes.shown(code)) == code
    assert len(codes.shown(code)) == 11


@given(st.data())
def test_one_wrong_character_is_always_found(data):
    code = codes.new_code()
    position = data.draw(st.integers(0, 8))
    other = data.draw(st.sampled_from([sign for sign in codes.ALPHABET if sign != code[position]]))

    assert codes.find_code(code[:position] + other + code[position + 1 :]) is None


@given(st.integers(0, 7))
def test_swapped_neighbours_are_found_but_for_the_one_pair_luhn_cannot_see(position):
    code = codes.new_code()
    left, right = code[position], code[position + 1]

    swapped = code[:position] + right + left + code[position + 2 :]

    if {left, right} not in ({"0", "Z"}, {left}):
        assert codes.find_code(swapped) is None


@pytest.mark.parametrize(("typed", "read"), [("o", "0"), ("O", "0"), ("i", "1"), ("l", "1"), ("L", "1")])
def test_letters_that_look_like_digits_are_read_as_digits(typed, read):
    code = codes.new_code()
    while read not in code:
        code = codes.new_code()

    assert codes.find_code(code.replace(read, typed)) == code


@pytest.mark.parametrize("text", ["", "K7QP", "U7QP3M2X5", "💥" * 9, "A" * 500, "K7QP-3M2X-5\x00"])
def test_what_is_no_code_is_none(text):
    assert codes.find_code(text) is None


def test_a_scan_says_what_was_scanned():
    code = codes.new_code()

    scan = codes.read_scan(codes.scan_text(codes.ScanKind.TICKET, code).lower())

    assert scan == codes.Scan(kind=codes.ScanKind.TICKET, text=code)
    assert codes.read_scan("RSCstart-test") == codes.Scan(kind=codes.ScanKind.COMMAND, text="STARTTEST")
    assert codes.read_scan("R-4821") is None
