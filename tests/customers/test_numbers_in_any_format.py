"""Phone numbers, IMEIs and serials as people type them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.customers.rules import normalised_imei, normalised_serial
from repairshop.phone import PhoneHasExtension, PhoneNotUnderstood, to_e164

Format = phonenumbers.PhoneNumberFormat
EXAMPLES = {
    region: number
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for type_ in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    if (number := phonenumbers.example_number_for_type(region, type_)) is not None
}


@given(
    region=st.sampled_from(sorted(EXAMPLES)),
    separator=st.sampled_from(("", " ", "-", ".", " / ", "\u00a0")),
    way=st.sampled_from(("plus", "double zero", "national", "brackets")),
)
def test_a_number_of_any_country_in_any_format_is_stored_the_same(region, separator, way):
    number = EXAMPLES[region]
    stored = phonenumbers.format_number(number, Format.E164)
    abroad = phonenumbers.format_number(number, Format.INTERNATIONAL).replace("-", " ")
    national = phonenumbers.format_number(number, Format.NATIONAL).replace("-", " ")
    code, _, rest = abroad.partition(" ")
    typed = {
        "plus": abroad,
        "double zero": abroad.replace("+", "00"),
        "national": national,
        "brackets": f"{code} ({rest})",
    }[way]

    assert to_e164(typed.replace(" ", separator), country=region) == stored


@pytest.mark.parametrize(
    "text", ["020 7946 0123 ext. 12", "+44 20 7946 0123 x12", "+442079460123;ext=12", "020 7946 0123 #12"]
)
def test_an_extension_is_refused_with_its_own_words(text):
    with pytest.raises(PhoneHasExtension):
        to_e164(text, country="GB")


@pytest.mark.parametrize(
    "text", ["", "12", "00", "0", "+", "call me", "07700 900123 07700 900124", "+999 12345678"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(PhoneNotUnderstood):
        to_e164(text, country="GB")


@pytest.mark.parametrize(
    "text", ["490154203237518", "49 015420 323751 8", "49-015420-323751-8", " 4901 5420 3237 518 "]
)
def test_an_imei_may_have_spaces_and_dashes(text):
    assert normalised_imei(text) == "490154203237518"


def test_a_serial_may_have_spaces_dashes_and_small_letters():
    assert normalised_serial(" c02-xk 1zz-jgh5 ") == "C02XK1ZZJGH5"
