"""The passcode vault's cryptography: one key per secret, that key wrapped by the installation's.

A secret is AES-256-GCM over a block of fixed length under a random data key that serves this one secret.
The data key is wrapped, AES-256-GCM again, under a key derived from VAULT_KEY. Both are bound to the
secret's name and its ticket, so that rows swapped or altered do not open.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from repairshop.errors import Refused

PASSCODE_MAX = 60  # characters; in UTF-8 at most 240 bytes, which fit the block
_BLOCK = 256
_NONCE = 12


class PasscodeKind(StrEnum):
    PIN = "pin"
    PATTERN = "pattern"
    TEXT = "text"


class PasscodeMissing(Refused):
    """No passcode was typed."""


class PinNotUnderstood(Refused):
    """A PIN is 3 to 16 digits."""


class PatternNotUnderstood(Refused):
    """A pattern is 4 to 9 of the dots 1 to 9, none of them twice."""


class VaultKeyWrong(Refused):
    """The passcode was locked under another VAULT_KEY; `key_id` says which."""


class VaultKeyLost(Refused):
    """The passcode's own key is not in the key store, and nobody destroyed it there."""


class VaultDamaged(Refused):
    """The stored bytes were altered, or belong to another ticket."""


class PasscodeGone(Refused):
    """The passcode was destroyed."""


@dataclass(frozen=True, kw_only=True)
class MasterKey:
    """The key-encryption key. Its id may be stored and shown; it says nothing about the key."""

    id: str
    key: bytes

    def __repr__(self) -> str:
        return f"MasterKey(id={self.id!r})"


def master_key(secret: str) -> MasterKey:
    """Derived from the setting's text (RFC 5869)."""
    return MasterKey(id=_derive(secret, b"key id", 8).hex(), key=_derive(secret, b"wrap", 32))


def _derive(secret: str, purpose: bytes, length: int) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=length, salt=None, info=b"repairshop vault: " + purpose)
    return hkdf.derive(secret.encode())


@dataclass(frozen=True, kw_only=True)
class WrappedKey:
    """A data key as the key store keeps it, and which master key opens it."""

    master_id: str
    wrapped: bytes


def new_data_key() -> bytes:
    return secrets.token_bytes(32)


def new_name() -> str:
    """What ties a secret to its key. Random: a restored database hands out old row numbers once more."""
    return secrets.token_hex(16)


def wrap(data_key: bytes, *, name: str, master: MasterKey) -> WrappedKey:
    sealed = _encrypt(master.key, data_key, bound_to=f"key {name} {master.id}")
    return WrappedKey(master_id=master.id, wrapped=sealed)


def unwrap(key: WrappedKey, *, name: str, masters: Iterable[MasterKey]) -> bytes:
    """The data key; VaultKeyWrong when none of the master keys is the one that wrapped it."""
    master = next((known for known in masters if known.id == key.master_id), None)
    if master is None:
        raise VaultKeyWrong(key_id=key.master_id)
    return _decrypt(master.key, key.wrapped, bound_to=f"key {name} {master.id}")


def encrypt(passcode: str, *, data_key: bytes, name: str, ticket_id: int) -> bytes:
    """Always the same length, whatever the passcode's."""
    text = passcode.encode()
    if len(text) > _BLOCK - 1:
        raise ValueError("a passcode must fit its block")
    block = bytes([len(text)]) + text.ljust(_BLOCK - 1, b"\0")
    return _encrypt(data_key, block, bound_to=f"passcode {name} {ticket_id}")


def decrypt(ciphertext: bytes, *, data_key: bytes, name: str, ticket_id: int) -> str:
    block = _decrypt(data_key, ciphertext, bound_to=f"passcode {name} {ticket_id}")
    return block[1 : 1 + block[0]].decode()


def _encrypt(key: bytes, plain: bytes, *, bound_to: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def _decrypt(key: bytes, sealed: bytes, *, bound_to: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise VaultDamaged from error


def read_passcode(kind: PasscodeKind, typed: str) -> str:
    """The passcode in the one way it is kept: a pattern as "1-4-7-8"."""
    if not typed:
        raise PasscodeMissing(field="passcode")
    if kind is PasscodeKind.PIN and not re.fullmatch(r"[0-9]{3,16}", typed):
        raise PinNotUnderstood(field="passcode")
    if kind is not PasscodeKind.PATTERN:
        return typed
    dots = re.sub(r"[\s,.-]", "", typed)
    if not re.fullmatch(r"[1-9]{4,9}", dots) or len(set(dots)) < len(dots):
        raise PatternNotUnderstood(field="passcode")
    return "-".join(_with_crossed_dots(dots))


def _with_crossed_dots(dots: str) -> str:
    """As Android draws it: a line across an unused dot takes that dot in, so 1-3 is 1-2-3."""
    drawn = ""
    for dot in dots:
        if drawn:
            (row, column), (last_row, last_column) = _place(dot), _place(drawn[-1])
            between = (row + last_row) / 2 * 3 + (column + last_column) / 2 + 1
            is_crossed = (row + last_row) % 2 == 0 and (column + last_column) % 2 == 0
            if is_crossed and str(int(between)) not in drawn:
                drawn += str(int(between))
        if dot in drawn:
            raise PatternNotUnderstood(field="passcode")
        drawn += dot
    return drawn


def _place(dot: str) -> tuple[int, int]:
    """Row and column in the grid of three by three."""
    return divmod(int(dot) - 1, 3)
