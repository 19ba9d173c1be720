"""Keys of places, and devices that nobody has."""

from datetime import UTC, datetime, timedelta

import pytest

from repairshop.custody.rules import PlaceUnreadable, is_lost, key_of_place
from repairshop.tickets.rules import Holder

SINCE = datetime(2026, 11, 27, 9, tzinfo=UTC)


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


@pytest.mark.parametrize(
    ("holder", "label", "minutes", "lost"),
    [
        (Holder.PLACE, "", 61, True),
        (Holder.PLACE, "", 60, False),
        (Holder.PLACE, "Shelf 3", 600, False),
        (Holder.STAFF, "", 600, False),
        (Holder.CUSTOMER, "", 600, False),
        (Holder.CARRIER, "", 600, False),
    ],
)
def test_a_device_that_nobody_has_for_an_hour_is_lost(holder, label, minutes, lost):
    assert is_lost(holder, label, since=SINCE, at=SINCE + timedelta(minutes=minutes)) is lost
