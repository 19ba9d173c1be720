"""Codes people read and scanners type.

A ticket's code is 8 characters of Crockford's base 32 and one Luhn-mod-32 check character of the same
alphabet, shown as K7QP-3M2X-5. O reads as 0, I and L read as 1. A scanner types a code behind a prefix
of three letters that says what was scanned; letters only, because a keyboard set to another country
types other digits and signs.
"""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
CODE_LENGTH = 9
PICKUP_LENGTH = 26
_SEPARATORS = re.compile(r"[\s\-–]+")


class ScanKind(StrEnum):
    """What a scanned label stands for; the value is the prefix it is printed with."""

    TICKET = "RST"
    COMMAND = "RSC"
    PLACE = "RSP"
    PERSON = "RSH"  # in whose hands
    PICKUP = "RSK"  # a pickup pass; what stands behind it is read by handover.pass_codes


@dataclass(frozen=True, kw_only=True)
class Scan:
    kind: ScanKind
    text: str


def check_character(body: str) -> str:
    """Luhn mod 32 over `body` (Luhn mod N, as in ISO/IEC 7812's scheme with base 32)."""
    total = 0
    for position, character in enumerate(reversed(body)):
        addend = _VALUES[character] * (2 if position % 2 == 0 else 1)
        total += addend // 32 + addend % 32
    return ALPHABET[-total % 32]


def new_code() -> str:
    """A fresh random code, 9 characters, without separators."""
    number = secrets.randbits(5 * (CODE_LENGTH - 1))
    body = "".join(ALPHABET[number >> 5 * place & 31] for place in range(CODE_LENGTH - 1))
    return body + check_character(body)


def find_code(text: str) -> str | None:
    """The code in `text` (any case, any separators, O/I/L allowed), or None if it is not one."""
    characters = _SEPARATORS.sub("", text).upper()
    code = in_alphabet(characters)
    if code is None or len(code) != CODE_LENGTH:
        return None
    return code if check_character(code[:-1]) == code[-1] else None


def shown(code: str) -> str:
    """The code as people read it: K7QP-3M2X-5."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def scan_text(kind: ScanKind, text: str) -> str:
    """What a label's QR code or barcode holds."""
    return f"{kind.value}{text}"


def read_scan(text: str) -> Scan | None:
    """What a scanner typed, or None when the text is no label of ours."""
    characters = _SEPARATORS.sub("", text).upper()
    for kind in ScanKind:
        if characters.startswith(kind.value):
            rest = characters[len(kind.value) :]
            read = _read_rest(kind, rest)
            return Scan(kind=kind, text=read) if read else None
    return None


def _read_rest(kind: ScanKind, rest: str) -> str | None:
    if kind is ScanKind.TICKET:
        return find_code(rest)
    if kind is ScanKind.PICKUP:
        text = in_alphabet(rest)
        return text if text and len(text) == PICKUP_LENGTH else None
    return rest


def in_alphabet(text: str) -> str | None:
    """The text with O, I and L read as digits; None where another character stands in it."""
    if any(character not in _VALUES for character in text):
        return None
    return "".join(ALPHABET[_VALUES[character]] for character in text)


def base32(number: int, *, length: int) -> str:
    """A number from 0 to 32**length - 1, in exactly that many characters of the alphabet."""
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def from_base32(text: str) -> int:
    number = 0
    for character in text:
        number = number << 5 | _VALUES[character]
    return number
