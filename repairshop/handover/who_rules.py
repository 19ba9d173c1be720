"""Whether the name of who collects is one the shop was told. Pure.

Names are compared leniently, since this only warns: spelling, order, accents, titles and initials may differ.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from repairshop.errors import Refused
from repairshop.handover.rules import Collection, CollectionMethod


class StrangerCollects(Refused):
    """Neither the customer nor whom they named: say why they get it all the same."""


def who_collects(collection: Collection) -> str:
    """The name that was given or signed with; empty for a parcel and for the customer themselves."""
    if collection.method is CollectionMethod.CARRIER:
        return ""
    return collection.collected_by or collection.typed_name


def find_stranger(collection: Collection, *, known: Sequence[str]) -> str:
    """The name, where it is none of the known ones; empty otherwise, and where nobody is known at all."""
    name = who_collects(collection)
    return name if known and _parts(name) and not is_one_of(name, known) else ""


def require_told_why(collection: Collection, *, known: Sequence[str]) -> None:
    """`known` are the customer, then whom they named."""
    stranger = find_stranger(collection, known=known)
    if stranger and not collection.entrusted_because:
        raise StrangerCollects(field="entrusted_because", name=stranger, customer=known[0])


def is_one_of(name: str, known: Iterable[str]) -> bool:
    """Every word of the shorter name is a word of the longer one, or its first letter."""
    said = _parts(name)
    return any(_is_same(said, _parts(one)) for one in known)


def _is_same(first: frozenset[str], second: frozenset[str]) -> bool:
    shorter, longer = sorted((first, second), key=len)
    if not shorter or not all(_is_in(word, longer) for word in shorter):
        return False
    return len(shorter) < len(longer) or all(_is_in(word, shorter) for word in longer)


def _is_in(word: str, words: Iterable[str]) -> bool:
    return any(word == one or (1 in (len(word), len(one)) and word[0] == one[0]) for one in words)


def _parts(name: str) -> frozenset[str]:
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(sign)
    )
    return frozenset(re.findall(r"\w+", plain))
