"""The key in a customer's link: made again when needed, never stored. Pure.

A token is the link's id in base 62 followed by 22 base-62 characters of HMAC-SHA-256(LINK_KEY, id and
version), 128 bits of it. Letters and digits only: phones cut a link at a final sign. Raising the version
revokes the token.

A key for a lesser door carries that door's purpose in its code, so it opens no other.
"""

import hashlib
import hmac
from dataclasses import dataclass

# What a key is for.
REPAIR = "link"
PHOTOS = "photos"
COLLECT = "collect"

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MAC_LENGTH = 22
_MAC_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class ParsedToken:
    link_id: int
    mac: str


def token_for(link_id: int, *, version: int, key: str, purpose: str = REPAIR) -> str:
    return _to_base62(link_id) + _mac(link_id, version=version, key=key, purpose=purpose)


def parse_token(text: str) -> ParsedToken | None:
    """The parts of a token, not yet checked; None for what cannot be one."""
    number, mac = text[:-_MAC_LENGTH], text[-_MAC_LENGTH:]
    if not 1 <= len(number) <= 10 or any(character not in _BASE62 for character in text):
        return None
    link_id = 0
    for character in number:
        link_id = link_id * 62 + _BASE62.index(character)
    return ParsedToken(link_id=link_id, mac=mac) if link_id < 2**53 else None


def token_is_true(parsed: ParsedToken, *, version: int, key: str, purpose: str = REPAIR) -> bool:
    expected = _mac(parsed.link_id, version=version, key=key, purpose=purpose)
    return hmac.compare_digest(parsed.mac, expected)


def _mac(link_id: int, *, version: int, key: str, purpose: str) -> str:
    message = f"{purpose} {link_id} {version}".encode()
    digest = hmac.new(key.encode(), message, hashlib.sha256).digest()
    return _to_base62(int.from_bytes(digest[:_MAC_BYTES], "big")).rjust(_MAC_LENGTH, "0")


def _to_base62(number: int) -> str:
    digits = ""
    while True:
        number, remainder = divmod(number, 62)
        digits = _BASE62[remainder] + digits
        if not number:
            return digits
