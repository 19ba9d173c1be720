"""The words of the invented shop: people, what they say is wrong, and texts that went out."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Words:
    """`people` by kind (first, last, colour, accessory, place, supplier), `faults` by the fault's key."""

    people: Mapping[str, Sequence[str]]
    faults: Mapping[str, Sequence[str]]
    notices: Mapping[tuple[str, str], str]  # by notice and language; braces are filled by str.format


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (Path(__file__).parent / "words" / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@cache
def read_words() -> Words:
    people, faults = defaultdict(list), defaultdict(list)
    for row in _rows("people.csv"):
        people[row["kind"]].append(row["text"])
    for row in _rows("faults.csv"):
        faults[row["key"]].append(row["text"])
    notices = {(row["notice"], row["language"]): row["text"] for row in _rows("notices.csv")}
    return Words(people=dict(people), faults=dict(faults), notices=notices)
