"""A test list as data: its words in the shop's mouth or ours, what is measured and its limits. Pure."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Protocol

from repairshop.catalogue.rules import FaultFamily, Measure, TestItem, search_words
from repairshop.errors import Refused
from repairshop.privacy.wording import Wording

MOST_TESTS = 120  # a list longer than this is not worked through at any bench
LARGEST_LIMIT = Decimal(1_000_000)
MOST_PLACES = 3

_NUMBER = re.compile(r"[-\N{MINUS SIGN}]?[0-9]{1,9}(?:[.,][0-9]{1,6})?")
# Between thousands stand points, commas, apostrophes or spaces, also those that do not break.
_THOUSANDS = re.compile("[1-9][0-9]{0,2}(?:[.,' \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}][0-9]{3})+")


class ListEmpty(Refused):
    """A list has one test at least."""


class ListFull(Refused):
    """More tests than anybody works through."""


class TestNameMissing(Refused):
    """A test needs words."""

    __test__ = False  # not a test of pytest's


class TestAlreadyOnList(Refused):
    """The list has a test of this name."""

    __test__ = False


class NotANumber(Refused):
    """A limit or a measured value that is no number."""


class LimitsUpsideDown(Refused):
    """The highest value is below the lowest."""


class LimitsWithoutNumber(Refused):
    """Limits stand beside a number only."""


class ListSaysTheSame(Refused):
    """The draft is the version in force."""


class Limits(Protocol):
    """What a number may be; None leaves that side open."""

    @property
    def lowest(self) -> Decimal | None: ...

    @property
    def highest(self) -> Decimal | None: ...


@dataclass(frozen=True, kw_only=True)
class ListTest(TestItem):
    """A test as a shop's list has it; `own` holds the shop's words, language -> label, how."""

    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def said(self, name: str) -> Wording:
        return Wording(
            str(getattr(self, name)),
            {language: own[name] for language, own in self.own.items() if own.get(name)},
        )


@dataclass(frozen=True, kw_only=True)
class TestFacts:
    """What a manager sets of a test beside its words."""

    __test__ = False

    at_counter: bool
    measure: Measure | None
    unit: str
    lowest: Decimal | None
    highest: Decimal | None
    points_to: tuple[FaultFamily, ...]


def of_item(item: TestItem) -> ListTest:
    """A test of the standard list."""
    return ListTest(
        key=item.key,
        label=item.label,
        at_counter=item.at_counter,
        how=item.how,
        measure=item.measure,
        unit=item.unit,
        lowest=item.lowest,
        highest=item.highest,
        points_to=item.points_to,
    )


def of_kept(row: Mapping[str, Any]) -> ListTest:
    """From what the database keeps."""
    return ListTest(
        key=row["key"],
        label=row["label"],
        at_counter=row["at_counter"],
        how=row["how"],
        measure=Measure(row["measure"]) if row["measure"] else None,
        unit=row["unit"],
        lowest=Decimal(row["lowest"]) if row["lowest"] else None,
        highest=Decimal(row["highest"]) if row["highest"] else None,
        points_to=tuple(FaultFamily(family) for family in row["points_to"]),
        own=row["own"],
    )


def kept(test: ListTest) -> dict[str, Any]:
    """As the database keeps it: plain JSON, numbers as they were typed."""
    return {
        "key": test.key,
        "label": test.label,
        "at_counter": test.at_counter,
        "how": test.how,
        "measure": test.measure.value if test.measure else "",
        "unit": test.unit,
        "lowest": "" if test.lowest is None else str(test.lowest),
        "highest": "" if test.highest is None else str(test.highest),
        "points_to": [family.value for family in test.points_to],
        "own": {language: dict(words) for language, words in test.own.items()},
    }


def fingerprint(tests: Sequence[ListTest]) -> str:
    """A name for this very list: it changes when a test is added, reworded, moved or measured otherwise."""
    text = json.dumps([kept(test) for test in tests], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_number(text: str, *, unit: str = "") -> Decimal | None:
    """The number somebody typed: "87", "87,5", "3 040 mAh"; a point or comma before three digits parts
    thousands. None when there is none; raises NotANumber for anything else."""
    plain = text.strip().removesuffix(unit).strip() if unit else text.strip()
    if not plain:
        return None
    if _THOUSANDS.fullmatch(plain):
        return Decimal(re.sub(r"\D", "", plain))
    if not _NUMBER.fullmatch(plain):
        raise NotANumber
    return Decimal(plain.replace(",", ".").replace("\N{MINUS SIGN}", "-"))


def is_outside(number: Decimal, limits: Limits) -> bool:
    below = limits.lowest is not None and number < limits.lowest
    above = limits.highest is not None and number > limits.highest
    return below or above


def require_facts(facts: TestFacts) -> None:
    """Refuse limits that no number could keep, or that stand beside no number."""
    if facts.measure is not Measure.NUMBER and (facts.lowest is not None or facts.highest is not None):
        raise LimitsWithoutNumber(field="measure")
    for name in ("lowest", "highest"):
        limit = getattr(facts, name)
        if limit is not None and abs(limit) > LARGEST_LIMIT:
            raise NotANumber(field=name)
    if facts.lowest is not None and facts.highest is not None and facts.highest < facts.lowest:
        raise LimitsUpsideDown(field="highest")


def find_test(tests: Iterable[ListTest], key: str) -> ListTest | None:
    return next((test for test in tests if test.key == key), None)


def added(
    tests: Sequence[ListTest], facts: TestFacts, *, language: str, words: Mapping[str, str], place: int
) -> list[ListTest]:
    """The list with one more test, in the shop's own words, at this place."""
    if len(tests) >= MOST_TESTS:
        raise ListFull
    key = own_key(words["label"])
    if find_test(tests, key) is not None:
        raise TestAlreadyOnList(field="label")
    new = ListTest(key=key, label=words["label"], at_counter=False, how=words["how"])
    # Its words are the shop's in the language they were typed in, and stand in for those not yet written.
    new = replace(new, own={language: {name: text for name, text in words.items() if text}})
    return placed([*tests, _with_facts(new, facts)], key, place)


def own_key(label: str) -> str:
    """A stable key for a test that the shop named itself; no other ends up with a standard one's."""
    words = "_".join(re.sub(r"\W", "", word) for word in search_words(label))
    if not words:
        raise TestNameMissing(field="label")
    return f"own_{words}"[:40].rstrip("_")


def changed(
    tests: Sequence[ListTest],
    key: str,
    facts: TestFacts,
    *,
    language: str,
    words: Mapping[str, str],
    standard: Mapping[str, str],
    place: int,
) -> list[ListTest]:
    """The list with one test changed; `standard` says what each text of ours reads in the language.

    Words that are the same as ours are not kept: they follow the program's translation.
    """
    if not words["label"]:
        raise TestNameMissing(field="label")

    def change(test: ListTest) -> ListTest:
        mine = {
            name: text
            for name, text in words.items()
            if text and text != standard.get(str(getattr(test, name)), "")
        }
        others = {code: own for code, own in test.own.items() if code != language}
        return _with_facts(replace(test, own={**others, language: mine} if mine else others), facts)

    return placed([change(test) if test.key == key else test for test in tests], key, place)


def _with_facts(test: ListTest, facts: TestFacts) -> ListTest:
    require_facts(facts)
    return replace(
        test,
        at_counter=facts.at_counter,
        measure=facts.measure,
        unit=facts.unit if facts.measure else "",
        lowest=facts.lowest,
        highest=facts.highest,
        points_to=tuple(dict.fromkeys(facts.points_to))[:MOST_PLACES],
    )


def placed(tests: Sequence[ListTest], key: str, place: int) -> list[ListTest]:
    """The list with one test at this place, counted from 1; a place behind the end is the end."""
    others = [test for test in tests if test.key != key]
    here = [test for test in tests if test.key == key]
    at = min(max(place, 1) - 1, len(others))
    return [*others[:at], *here, *others[at:]]


def removed(tests: Sequence[ListTest], key: str) -> list[ListTest]:
    left = [test for test in tests if test.key != key]
    if not left:
        raise ListEmpty
    return left
