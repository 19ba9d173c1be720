"""The longest values that texts are filled with: what a text costs at most is measured with these. Pure."""

from datetime import date, timedelta
from functools import cache

from repairshop.catalogue.rules import DeviceType
from repairshop.notifications.lengths import folded, length_of
from repairshop.notifications.rules import Channel
from repairshop.notifications.texts import TextFacts, day_in_words, words

SHOP_NAME_LENGTH = 20
NUMBER_LENGTH = 10  # a prefix of four and six digits
_CUSTOMER_NAME_LENGTH = 15
_PRICE_MINOR = 9_999_99
_ANY_YEAR = date(2027, 1, 1)


def longest_facts(
    key: str, language: str, *, shop_name: str = "", country: str = "GB", currency: str = "GBP"
) -> TextFacts:
    """Facts as long as they get. A shop's own name is taken as it is where it is longer than most."""
    day = longest_day(language, country)
    numbers = tuple(f"{'W' * (NUMBER_LENGTH - 6)}{number}" for number in (987654, 987655, 987656))
    return TextFacts(
        shop=shop_name.ljust(SHOP_NAME_LENGTH, "W"),
        tickets=numbers if key.endswith("_many") else numbers[:1],
        device_type=longest_device(language),
        device_label="W" * 40,
        customer_name="W" * _CUSTOMER_NAME_LENGTH,
        country=country,
        price_minor=_PRICE_MINOR,
        currency=currency,
        from_date=day,
        to_date=day,
        part_date=day,
        answer_by=day,
        code="987654",
    )


@cache
def longest_device(language: str) -> DeviceType:
    named = words(Channel.SMS, language)["device"]
    return max(DeviceType, key=lambda type_: length_of(folded(named[type_.value])).units)


@cache
def longest_day(language: str, country: str) -> date:
    """A day whose short form is as long as any: within six years every weekday meets every month."""
    days = (_ANY_YEAR + timedelta(days=number) for number in range(6 * 365))
    two_digits = (day for day in days if day.day > 21)
    return max(two_digits, key=lambda day: len(day_in_words(day, language, country)))
