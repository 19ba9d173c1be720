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
_SEPARATORS = re.compile(r"[\s\-–]+")


class ScanKind(StrEnum):
    """What a scanned label stands for; the value is the prefix it is printed with."""

    TICKET = "RST"
    COMMAND = "RSC"
    PLACE = "RSP"
    PERSON = "RSH"  # in whose hands


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
    if len(characters) != CODE_LENGTH or any(character not in _VALUES for character in characters):
        return None
    code = "".join(ALPHABET[_VALUES[character]] for character in characters)
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
            if kind is not ScanKind.TICKET:
                return Scan(kind=kind, text=rest) if rest else None
            code = find_code(rest)
            return Scan(kind=kind, text=code) if code else None
    return None
