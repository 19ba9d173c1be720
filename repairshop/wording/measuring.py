"""How long a text gets and what it costs, with the longest values a shop can fill it with. Pure."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from repairshop.errors import Refused
from repairshop.notifications.filling import OwnWords, filled, fit_and_count, one_line, with_link
from repairshop.notifications.lengths import Length, costly_signs, folded, length_of
from repairshop.notifications.longest import longest_facts
from repairshop.notifications.rules import Channel
from repairshop.notifications.texts import most_parts, values_of
from repairshop.wording.rules import MOST_PARTS, TextTakesTooManyParts, find_problems


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What of a shop bears on the length and price of its texts."""

    shop_name: str
    country: str
    currency: str
    keeps_accents: bool
    prices: Mapping[str, int]  # of one part by country, hundredths of a minor unit


@dataclass(frozen=True, kw_only=True)
class Meter:
    """A text with the longest values. `costly` signs make all of it UCS-2; `folded` ones are put plainly."""

    length: Length
    longest: str = ""
    left_out: int = 0  # optional pieces for which there is no room
    costly: tuple[str, ...] = ()
    folded: tuple[tuple[str, str], ...] = ()
    costs: tuple[tuple[str, int], ...] = ()  # by country, the shop's first
    subject_length: int = 0  # of a mail


def measure(key: str, channel: Channel, language: str, words: OwnWords, setting: Setting) -> Meter:
    """Of words in which find_problems finds nothing."""
    facts = longest_facts(
        key, language, shop_name=setting.shop_name, country=setting.country, currency=setting.currency
    )
    values = values_of(facts, language)
    if channel is not Channel.SMS:
        return Meter(length=length_of(""), subject_length=len(one_line(filled(words.subject, values))))
    text, left_out = fit_and_count(
        words.text, values, most_parts=most_parts(language), keeps_accents=setting.keeps_accents
    )
    length = length_of(with_link(text))
    return Meter(
        length=length,
        longest=text,
        left_out=left_out,
        costly=tuple(_shown(sign) for sign in costly_signs(text)),
        folded=() if setting.keeps_accents else _folded_signs(words.text),
        costs=tuple(
            (country, price * length.parts) for country, price in _in_order(setting.prices, setting.country)
        ),
    )


def _shown(sign: str) -> str:
    """The sign, or its number where it cannot be seen by itself."""
    return f"U+{ord(sign):04X}" if unicodedata.category(sign)[0] in "CMZ" else sign


def _folded_signs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((sign, plain) for sign in dict.fromkeys(text) if (plain := folded(sign)) != sign)


def _in_order(prices: Mapping[str, int], country: str) -> list[tuple[str, int]]:
    return sorted(prices.items(), key=lambda entry: (entry[0] != country, entry[0]))


def find_all_problems(
    key: str, channel: Channel, language: str, words: OwnWords, setting: Setting
) -> list[Refused]:
    """The problems of the words, or else that they take too many parts."""
    problems = find_problems(key, channel, words)
    if problems or channel is not Channel.SMS:
        return problems
    parts = measure(key, channel, language, words, setting).length.parts
    return [TextTakesTooManyParts(field="text", parts=parts, most=MOST_PARTS)] if parts > MOST_PARTS else []
