"""From a text with placeholders to words: names are put in, nothing else is done. Pure.

Texts know a fixed list of placeholders: what a shop may edit must never be a program. `{name}` stands for a
value, `[[…]]` round a piece that goes when one of its values is empty, or when there is no room for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from repairshop.notifications.lengths import folded, length_of, longest_link, plain_spaces
from repairshop.notifications.rules import Notice

# Every other text leads to the customer's page.
WITHOUT_LINK = frozenset(
    {
        Notice.CODE.value,
        Notice.DAY_HEAD.value,
        Notice.DEVICE_LOST.value,
        Notice.HELP.value,
        Notice.LOW_SCORE.value,
        Notice.OLDER_COPY.value,
    }
)
PLACEHOLDER = re.compile(r"\{(\w+)\}")
OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class OwnWords:
    """A text with placeholders, ours or a shop's own; `text` is the body of a mail."""

    text: str
    subject: str = ""
    heading: str = ""


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its values; an optional piece goes when one of its placeholders is empty.

    What a value holds is never looked into again: a shop called "{code}" is called that.
    """

    def piece(match: re.Match[str]) -> str:
        inner = match[1]
        return inner if all(values[name] for name in PLACEHOLDER.findall(inner)) else ""

    def value(match: re.Match[str]) -> str:
        said = values[match[1]]
        # "30. Sept." before a full stop: some languages end a short month in one of their own.
        return said[:-1] if said.endswith(".") and match.string[match.end() :].startswith(".") else said

    return PLACEHOLDER.sub(value, OPTIONAL.sub(piece, template))


def one_line(text: str) -> str:
    """For the subject of a mail: an end of line there would begin another header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def fit(template: str, values: Mapping[str, str], *, most_parts: int, keeps_accents: bool = False) -> str:
    """The text with as many optional pieces as fit into `most_parts`, the first ones first.

    What a text needs without them it takes, but no optional piece costs another part. Accents that the plain
    alphabet of texts lacks are folded unless `keeps_accents`.
    """
    return fit_and_count(template, values, most_parts=most_parts, keeps_accents=keeps_accents)[0]


def fit_and_count(
    template: str, values: Mapping[str, str], *, most_parts: int, keeps_accents: bool = False
) -> tuple[str, int]:
    """The same, and for how many optional pieces there was no room."""
    put = plain_spaces if keeps_accents else folded
    texts = [
        put(filled(_with_pieces(template, kept), values))
        for kept in range(len(OPTIONAL.findall(template)), -1, -1)
    ]
    limit = max(most_parts, parts_with_link(texts[-1]))
    return next((text, left) for left, text in enumerate(texts) if parts_with_link(text) <= limit)


def with_link(text: str) -> str:
    """The text with a link as long as links get in the place of {link}."""
    return text.replace("{link}", longest_link())


def parts_with_link(text: str) -> int:
    return length_of(with_link(text)).parts


def _with_pieces(template: str, kept: int) -> str:
    """The template with its first `kept` optional pieces."""
    numbers = count()
    return OPTIONAL.sub(lambda match: match[0] if next(numbers) < kept else "", template)
