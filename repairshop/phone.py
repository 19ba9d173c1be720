"""Phone numbers: typed in any format, kept in E.164."""

import phonenumbers

from repairshop.errors import Refused


class PhoneNotUnderstood(Refused):
    """The text is not a phone number of the given country, nor an international one."""


def to_e164(text: str, *, country: str) -> str:
    """The number as "+447700900123"; `country` (ISO 3166 alpha-2) is used when no + is typed."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise PhoneNotUnderstood(text=text) from error
    if not phonenumbers.is_possible_number(number):
        raise PhoneNotUnderstood(text=text)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def masked(e164: str) -> str:
    """The number with all but its last three digits hidden, for pages that only recall it."""
    return "•" * (len(e164) - 3) + e164[-3:]
