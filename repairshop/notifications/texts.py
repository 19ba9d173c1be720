"""From facts to words: fills the texts of templates/notifications for one person and channel.

Texts know a fixed list of placeholders and nothing else: what a shop may edit must never be a program.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from repairshop.catalogue.rules import DeviceType
from repairshop.money import Money
from repairshop.notifications.lengths import folded, length_of
from repairshop.notifications.rules import SHARED_NOTICES, Channel, Notice

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FALLBACK_LANGUAGE = "en"
PLACEHOLDERS = frozenset(
    {
        "shop",
        "ticket",
        "device",
        "count",
        "from",
        "to",
        "part_date",
        "answer_by",
        "price",
        "code",
        "link",
        "name",
    }
)
_WITHOUT_LINK = frozenset({Notice.CODE.value, Notice.DAY_HEAD.value, Notice.DEVICE_LOST.value})
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
# Countries that write the month first.
_MONTH_FIRST = frozenset({"US", "PH", "FM", "PW", "MH"})
# A link as long as any: https, a host of 24 signs, a token of 30.
_LONGEST_LINK = "https://" + "h" * 24 + "/t/" + "k" * 30


@dataclass(frozen=True, kw_only=True)
class TextFacts:
    """What a text is made from: plain values, kept with the message so that it can be made again.

    `tickets` are numbers as people read them; `price_minor` is None where the shop keeps prices out of texts.
    """

    shop: str
    tickets: tuple[str, ...]
    device_type: DeviceType
    device_label: str = ""
    customer_name: str = ""
    place: str = ""
    phone: str = ""
    country: str = "GB"
    price_minor: int | None = None
    currency: str = "GBP"
    from_date: date | None = None
    to_date: date | None = None
    part_date: date | None = None
    answer_by: date | None = None
    code: str = ""
    waiting: int = 0  # messages that wait for a person, in a word to the shop

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        for name in _DATES:
            values[name] = values[name].isoformat() if values[name] else None
        return values | {"tickets": list(self.tickets), "device_type": self.device_type.value}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TextFacts":
        dates = {name: date.fromisoformat(values[name]) if values[name] else None for name in _DATES}
        known = {
            **values,
            **dates,
            "tickets": tuple(values["tickets"]),
            "device_type": DeviceType(values["device_type"]),
        }
        return cls(**known)

    def without_dates_before(self, day: date) -> "TextFacts":
        """The same with every date dropped that has passed: a held text must not name yesterday."""
        past = {name: None for name in _DATES if (named := getattr(self, name)) is not None and named < day}
        return replace(self, **past)  # type: ignore[arg-type]


_DATES = ("from_date", "to_date", "part_date", "answer_by")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A message's words; `{link}` stands in them until the provider is called."""

    text: str
    subject: str = ""
    html: str = ""
    language: str = FALLBACK_LANGUAGE


def languages() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (TEMPLATES / "notifications" / "sms").glob("*.toml")))


def language_for(wanted: str) -> str:
    """The language there are words in: the wanted one, its base ("es" for "es-MX"), or English."""
    for language in (wanted, wanted.replace("_", "-").partition("-")[0]):
        if language in languages():
            return language
    return FALLBACK_LANGUAGE


@cache
def words(channel: Channel, language: str) -> Mapping[str, Any]:
    folder = "sms" if channel is Channel.SMS else "email"
    return tomllib.loads((TEMPLATES / f"notifications/{folder}/{language}.toml").read_text(encoding="utf-8"))


def render(
    notice: Notice, channel: Channel, facts: TextFacts, *, language: str, max_parts: int = 1
) -> Rendered:
    """The message in the person's language. A text keeps to `max_parts` by dropping optional pieces."""
    chosen = language_for(language)
    key = f"{notice.value}_many" if len(facts.tickets) > 1 and notice in SHARED_NOTICES else notice.value
    values = _values(facts, chosen)
    if channel is Channel.SMS:
        return Rendered(text=_short(words(channel, chosen)[key], values, max_parts), language=chosen)
    if channel is Channel.CALL:
        return Rendered(text=_filled(words(channel, chosen)[key]["body"], values).strip(), language=chosen)
    return _mail(words(channel, chosen), key, values, facts, chosen)


def mail_html(text: str, *, subject: str, facts: TextFacts, language: str, heading: str, action: str) -> str:
    """The mail as a page; `text` is the body in paragraphs."""
    chosen = language_for(language)
    shared = words(Channel.EMAIL, chosen)
    values = _values(facts, chosen)
    return str(
        _environment()
        .get_template("notifications/email/layout.html")
        .render(
            language=chosen,
            subject=subject,
            heading=heading,
            greeting=_greeting(shared, values),
            paragraphs=_paragraphs(text),
            action=action,
            footer=_filled(shared["footer"], values) if action else "",
            shop=facts.shop,
            ticket=values["ticket"],
            device=facts.device_label or values["device"],
            place=facts.place,
            phone=facts.phone,
        )
    )


def _mail(
    shared: Mapping[str, Any], key: str, values: dict[str, str], facts: TextFacts, language: str
) -> Rendered:
    entry = shared[key]
    subject = _filled(entry["subject"], values)
    heading = _filled(entry["heading"], values)
    body = _filled(entry["body"], values).strip()
    action = "" if key in _WITHOUT_LINK else entry.get("action", shared["action"])
    html = mail_html(body, subject=subject, facts=facts, language=language, heading=heading, action=action)
    greeting = _greeting(shared, values)
    link = f"{action}: {{link}}" if action else ""
    signature = ", ".join(part for part in (facts.shop, facts.place, facts.phone) if part)
    parts = (heading, greeting, body, link, signature, _filled(shared["footer"], values) if action else "")
    return Rendered(
        subject=subject, text="\n\n".join(part for part in parts if part) + "\n", html=html, language=language
    )


def _greeting(shared: Mapping[str, Any], values: Mapping[str, str]) -> str:
    return _filled(shared["greeting"], values) if values["name"] else ""


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _values(facts: TextFacts, language: str) -> dict[str, str]:
    devices = words(Channel.SMS, language)["device"]
    return {
        "shop": facts.shop,
        "ticket": _tickets(facts.tickets),
        "device": devices[facts.device_type.value],
        "count": str(facts.waiting or len(facts.tickets)),
        "from": _day(facts.from_date, language, facts.country),
        "to": _day(facts.to_date, language, facts.country),
        "part_date": _day(facts.part_date, language, facts.country),
        "answer_by": _day(facts.answer_by, language, facts.country),
        "price": _price(facts, language),
        "code": facts.code,
        "name": facts.customer_name,
        "link": "{link}",
    }


def _tickets(numbers: tuple[str, ...]) -> str:
    """All numbers while they are few; a text has no room for more."""
    return ", ".join(numbers) if len(numbers) <= 3 else f"{', '.join(numbers[:2])} +{len(numbers) - 2}"


def _day(day: date | None, language: str, country: str) -> str:
    if day is None:
        return ""
    pattern = "EEE MMM d" if country in _MONTH_FIRST and language == "en" else "EEE d MMM"
    return str(format_date(day, pattern, locale=language))


def _price(facts: TextFacts, language: str) -> str:
    if facts.price_minor is None:
        return ""
    money = Money(minor=facts.price_minor, currency=facts.currency)
    territory = f"{language}_{facts.country}"
    locale = territory if territory in _known_locales() else language
    return shown_money(money, locale=locale)


def shown_money(money: Money, *, locale: str) -> str:
    """The amount as people of this locale write it; minor units by the currency's own digits."""
    from babel.numbers import get_currency_precision

    digits = get_currency_precision(money.currency)
    return str(format_currency(money.minor / 10**digits, money.currency, locale=locale))


@cache
def _known_locales() -> frozenset[str]:
    from babel.localedata import locale_identifiers

    return frozenset(locale_identifiers())


def _filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its values; an optional piece goes when one of its placeholders is empty."""

    def piece(match: re.Match[str]) -> str:
        inner = match[1]
        return inner if all(values[name] for name in _PLACEHOLDER.findall(inner)) else ""

    return _PLACEHOLDER.sub(lambda match: values[match[1]], _OPTIONAL.sub(piece, template))


def _short(template: str, values: Mapping[str, str], max_parts: int) -> str:
    """The text with as many optional pieces as fit, the first ones first; accents folded."""
    pieces = _OPTIONAL.findall(template)
    for kept in range(len(pieces), -1, -1):
        text = folded(_filled(_with_pieces(template, kept), values))
        if kept == 0 or length_of(text.replace("{link}", _LONGEST_LINK)).parts <= max_parts:
            return text
    raise AssertionError("the loop ends at no optional pieces")


def _with_pieces(template: str, kept: int) -> str:
    """The template with its first `kept` optional pieces."""
    numbers = count()
    return _OPTIONAL.sub(lambda match: match[0] if next(numbers) < kept else "", template)
