"""What somebody may have meant by what they typed or scanned. Pure."""

import re
from dataclasses import dataclass

from repairshop import codes
from repairshop.codes import Scan, ScanKind
from repairshop.customers.rules import folded, normalised_serial, searched_digits

LONGEST = 80
_SHORTEST_NAME = 2
_SHORTEST_SERIAL = 5
_LARGEST_NUMBER = 2**31 - 1
_SCAN_PREFIX = re.compile(rf"({'|'.join(ScanKind)})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Every reading of the text that makes sense; all of them are looked for at once."""

    text: str
    scan: Scan | None = None
    is_broken_scan: bool = False  # a label of ours that was read wrongly: never guessed at
    code: str | None = None
    number: int | None = None
    phone_end: str | None = None
    mail: str | None = None
    imei: str | None = None
    serial: str | None = None
    name: str | None = None


def read_wanted(text: str, *, number_prefix: str) -> Wanted:
    """A scan stands alone; a typed text may mean several things."""
    text = " ".join(text[:LONGEST].split())
    scan = codes.read_scan(text)
    if scan is not None or _is_scan_of_ours(text):
        return Wanted(text=text, scan=scan, is_broken_scan=scan is None)
    return Wanted(
        text=text,
        code=codes.find_code(text),
        number=_number(text, number_prefix),
        phone_end=searched_digits(text),
        mail=text.lower() if "@" in text and len(text) > 3 else None,
        imei=_imei(text),
        serial=_serial(text),
        name=_name(text),
    )


def _is_scan_of_ours(text: str) -> bool:
    """Our prefix and too much behind it for a name such as Rstlnova."""
    plain = re.sub(r"[\s\-–]+", "", text)
    return bool(_SCAN_PREFIX.match(plain)) and (len(plain) > 8 or any(sign.isdigit() for sign in plain))


def _number(text: str, prefix: str) -> int | None:
    plain = text.upper().removeprefix(prefix.upper()).strip()
    if not plain.isascii() or not plain.isdigit() or len(plain) > 10:
        return None
    number = int(plain)
    return number if 1 <= number <= _LARGEST_NUMBER else None


def _imei(text: str) -> str | None:
    digits = re.sub(r"[\s\-/]+", "", text)
    return digits if digits.isascii() and digits.isdigit() and len(digits) in (14, 15, 16) else None


def _serial(text: str) -> str | None:
    serial = normalised_serial(text)
    has_digit = any(sign.isdigit() for sign in serial)
    return serial if len(serial) >= _SHORTEST_SERIAL and serial.isalnum() and has_digit else None


def _name(text: str) -> str | None:
    name = folded(text)
    return name if len(name) >= _SHORTEST_NAME and any(sign.isalpha() for sign in name) else None
