"""Whether two records may be of one person, and why. Pure; nothing here forbids anything: families share."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from repairshop.customers.rules import folded, name_key


class Likeness(StrEnum):
    """Why two people look alike, the strongest first."""

    SAME_PHONE = "same_phone"
    SAME_MAIL = "same_mail"
    SAME_NAME_AND_TAIL = "same_name_and_tail"
    SAME_NAME = "same_name"
    NEAR_NAME = "near_name"


_RANK = {likeness: place for place, likeness in enumerate(Likeness)}
_BY_CONTACT = frozenset({Likeness.SAME_PHONE, Likeness.SAME_MAIL})
_BY_NAME = frozenset({Likeness.SAME_NAME, Likeness.NEAR_NAME})

# Shorter keys, such as that of "Ann Lee", are shared by too many.
_TELLING_KEY = 6


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What is compared: a name, numbers in E.164, addresses in lower case."""

    name: str = ""
    phones: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()


def compare(one: Traits, other: Traits) -> tuple[Likeness, ...]:
    """Every reason, the strongest first; empty for two people who do not look alike."""
    reasons = []
    if one.phones & other.phones:
        reasons.append(Likeness.SAME_PHONE)
    if one.mails & other.mails:
        reasons.append(Likeness.SAME_MAIL)
    name = compare_names(one.name, other.name)
    if name is Likeness.SAME_NAME and not reasons and _tails(one.phones) & _tails(other.phones):
        name = Likeness.SAME_NAME_AND_TAIL
    return (*reasons, name) if name else tuple(reasons)


def compare_names(one: str, other: str) -> Likeness | None:
    """The same but for case, accents and order; or near: alike by ear, or one slip in five letters."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return None
    if sorted(first) == sorted(second):
        return Likeness.SAME_NAME
    sounds_alike = name_key(one) == name_key(other)
    if sounds_alike and len(name_key(one)) >= _TELLING_KEY:
        return Likeness.NEAR_NAME
    allowed = min(len("".join(first)), len("".join(second))) // 5 + (1 if sounds_alike else 0)
    # Words in any order: by letters, and by sound where the first letter is what differs.
    orders = (sorted, lambda words: sorted(words, key=name_key))
    fewest = min(slips(" ".join(order(first)), " ".join(order(second)), at_most=allowed) for order in orders)
    return Likeness.NEAR_NAME if fewest <= allowed else None


def has_like_name(reasons: Collection[Likeness]) -> bool:
    return Likeness.SAME_NAME_AND_TAIL in reasons or not _BY_NAME.isdisjoint(reasons)


def holds_back(reasons: Collection[Likeness]) -> bool:
    """Whether a new customer waits until somebody says that it is another person.

    Families share numbers and addresses, and strangers a name: one alone is said and holds nobody back.
    """
    if Likeness.SAME_NAME_AND_TAIL in reasons:
        return True
    return not _BY_CONTACT.isdisjoint(reasons) and not _BY_NAME.isdisjoint(reasons)


def rank(reasons: Collection[Likeness]) -> tuple[int, int]:
    """Sorts the likeliest first."""
    return min(_RANK[reason] for reason in reasons), -len(reasons)


def _words(name: str) -> list[str]:
    return folded(name).replace(",", " ").split()


def _tails(phones: Collection[str]) -> set[str]:
    return {phone[-4:] for phone in phones}


def slips(one: str, other: str, *, at_most: int) -> int:
    """Letters left out, added, mistaken or swapped (optimal string alignment distance).

    Anything above `at_most` comes back as `at_most + 1`.
    """
    if abs(len(one) - len(other)) > at_most:
        return at_most + 1
    older: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and against == one[i - 2]:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        older, last = last, row
    return min(last[-1], at_most + 1)
