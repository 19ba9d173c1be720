"""Phone numbers: typed in any format, kept in E.164."""

import phonenumbers

from repairshop.errors import Refused


class PhoneNotUnderstood(Refused):
    """The text is not a phone number of the given country, nor an international one."""


class PhoneHasExtension(PhoneNotUnderstood):
    """A number behind a switchboard: no text arrives there, and E.164 has no place for the extension."""


def to_e164(text: str, *, country: str) -> str:
    """The number as "+447700900123"; `country` (ISO 3166 alpha-2) is used when neither + nor 00 is typed."""
    typed = text.strip()
    # 00 is how most of the world dials abroad; people type it where it means something else, too.
    readings = [f"+{typed[2:]}", typed] if typed.startswith("00") else [typed]
    found = [number for number in (_read(reading, country) for reading in readings) if number is not None]
    if not found:
        raise PhoneNotUnderstood(text=text)
    if found[0].extension:
        raise PhoneHasExtension(text=text)
    return str(phonenumbers.format_number(found[0], phonenumbers.PhoneNumberFormat.E164))


def _read(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def country_codes() -> frozenset[str]:
    """Every country with telephone numbers, ISO 3166 alpha-2."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)


def country_of(e164: str) -> str:
    """The country of a number ("GB" for "+447700900123"), or "" where it has none."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ""
    # Numbers that are kept for invented people belong to no region, but their country can be told.
    region = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    return str(region) if len(region) == 2 and region != "ZZ" else ""


def masked(e164: str) -> str:
    """The number with all but its last three digits hidden, for pages that only recall it."""
    return "•" * (len(e164) - 3) + e164[-3:]
