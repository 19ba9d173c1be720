"""Keys of places."""

import pytest

from repairshop.custody.rules import PlaceUnreadable, key_of_place


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Shelf 3", "SHELF3"),
        ("shelf-3", "SHELF3"),
        ("Estantería 2, atrás", "ESTANTERIA2ATRAS"),
        ("L4", "L4"),
    ],
)
def test_a_place_has_a_key_that_a_scanner_can_type(name, key):
    assert key_of_place(name) == key


@pytest.mark.parametrize("name", ["棚", "***", " - "])
def test_a_name_without_a_letter_or_digit_has_no_key(name):
    with pytest.raises(PlaceUnreadable):
        key_of_place(name)
