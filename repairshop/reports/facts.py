"""Facts of a document as JSON, for programs and for the digest a report is checked by. Pure.

The text is canonical (sorted keys, no spaces, UTF-8), so the same facts have the same SHA-256.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Facts = TypeVar("Facts")


def plain(value: Any) -> Any:
    """The value in JSON's own types."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def canonical(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical text, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(facts)).hexdigest()


def read(facts: Mapping[str, Any], kind: type[Facts]) -> Facts:
    """The dataclass that `plain` made these facts from."""
    result: Facts = _read(facts, kind)
    return result


def _read(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if get_origin(kind) in {Union, UnionType}:
        return _read(value, next(part for part in get_args(kind) if part is not type(None)))
    if get_origin(kind) is tuple:
        return tuple(_read(item, get_args(kind)[0]) for item in value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: _read(item, hints[name]) for name, item in value.items() if name in hints})
    if kind is datetime or kind is date:
        return kind.fromisoformat(value)
    return kind(value)
