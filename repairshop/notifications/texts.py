"""From facts to words for one person and channel: a shop's own texts, or those of templates/notifications."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from repairshop.catalogue.rules import DeviceType
from repairshop.money import Money
from repairshop.notifications.filling import WITHOUT_LINK, OwnWords, filled, fit, one_line
from repairshop.notifications.rules import SHARED_NOTICES, Channel, Notice, can_unsubscribe, purpose_of
from repairshop.punctuation import colon

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FALLBACK_LANGUAGE = "en"
SUBJECT_LENGTH = 200
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
_ENDABLE = frozenset(notice.value for notice in Notice if can_unsubscribe(purpose_of(notice)))
# Countries that write the month first.
_MONTH_FIRST = frozenset({"US", "PH", "FM", "PW", "MH"})
# How a short date is written; the others say "Fri 7 Mar".
_DAY = {"de": "EEE, d. MMM"}
# English texts take one part; accents and longer words get a second one.
_PARTS = {"en": 1}


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
    words: str = ""  # what somebody of the shop wrote

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


@dataclass(frozen=True, kw_only=True)
class Wording:
    """How a shop words its messages: its own texts by key, channel and language, and its accents."""

    own: Mapping[tuple[str, Channel, str], OwnWords] = field(default_factory=dict)
    keeps_accents: bool = False


OURS = Wording()


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


def text_key(notice: Notice, *, tickets: int) -> str:
    """The name of the notice's text: there is another one for several tickets where they share a notice."""
    return f"{notice.value}_many" if tickets > 1 and notice in SHARED_NOTICES else notice.value


def most_parts(language: str) -> int:
    """How many parts a text of ours may take."""
    return _PARTS.get(language, 2)


def shipped(key: str, channel: Channel, language: str) -> OwnWords:
    """Our own text, as a shop would have written it."""
    entry = words(channel, language)[key]
    if channel is Channel.SMS:
        return OwnWords(text=entry)
    return OwnWords(text=entry["body"].strip(), subject=entry["subject"], heading=entry["heading"])


def render(
    notice: Notice, channel: Channel, facts: TextFacts, *, language: str, wording: Wording = OURS
) -> Rendered:
    """The message in the person's language, in the shop's own words where it has some in that language.

    A text keeps to its parts by dropping optional pieces. A call is told in the words of the mail.
    """
    chosen = language_for(language)
    key = text_key(notice, tickets=len(facts.tickets))
    return render_words(
        wording.own.get((key, Channel.SMS if channel is Channel.SMS else Channel.EMAIL, chosen))
        or shipped(key, channel, chosen),
        key,
        channel,
        facts,
        language=chosen,
        keeps_accents=wording.keeps_accents,
    )


def render_words(
    own: OwnWords, key: str, channel: Channel, facts: TextFacts, *, language: str, keeps_accents: bool = False
) -> Rendered:
    """These words in place of any that are stored; `language` is one of languages()."""
    values = values_of(facts, language)
    if channel is Channel.SMS:
        text = fit(own.text, values, most_parts=most_parts(language), keeps_accents=keeps_accents)
        return Rendered(text=text, language=language)
    if channel is Channel.CALL:
        return Rendered(text=filled(own.text, values).strip(), language=language)
    return _mail(own, key, values, facts, language)


def mail_html(
    text: str,
    *,
    subject: str,
    facts: TextFacts,
    language: str,
    heading: str,
    action: str,
    unsubscribe: str = "",
) -> str:
    """The mail as a page; `text` is the body in paragraphs, `unsubscribe` the words of its last link."""
    chosen = language_for(language)
    shared = words(Channel.EMAIL, chosen)
    values = values_of(facts, chosen)
    return str(
        _environment()
        .get_template("notifications/email/layout.html")
        .render(
            language=chosen,
            direction=Locale.parse(chosen).text_direction,
            subject=subject,
            heading=heading,
            greeting=_greeting(shared, values),
            paragraphs=_paragraphs(text),
            action=action,
            footer=filled(shared["footer"], values) if action else "",
            shop=facts.shop,
            ticket=values["ticket"],
            device=facts.device_label or values["device"],
            place=facts.place,
            phone=facts.phone,
            unsubscribe=unsubscribe,
        )
    )


def _mail(own: OwnWords, key: str, values: dict[str, str], facts: TextFacts, language: str) -> Rendered:
    shared = words(Channel.EMAIL, language)
    subject, heading = one_line(filled(own.subject, values)), filled(own.heading, values)
    body = filled(own.text, values).strip()
    action = "" if key in WITHOUT_LINK else shared[key].get("action", shared["action"])
    unsubscribe = shared["unsubscribe"] if key in _ENDABLE else ""
    html = mail_html(
        body,
        subject=subject,
        facts=facts,
        language=language,
        heading=heading,
        action=action,
        unsubscribe=unsubscribe,
    )
    greeting = _greeting(shared, values)
    link = f"{action}{colon(language)} {{link}}" if action else ""
    signature = ", ".join(part for part in (facts.shop, facts.place, facts.phone) if part)
    footer = filled(shared["footer"], values) if action else ""
    ending = f"{unsubscribe}{colon(language)} {{unsubscribe}}" if unsubscribe else ""
    parts = (heading, greeting, body, link, signature, footer, ending)
    return Rendered(
        subject=subject[:SUBJECT_LENGTH],
        text="\n\n".join(part for part in parts if part) + "\n",
        html=html,
        language=language,
    )


def _greeting(shared: Mapping[str, Any], values: Mapping[str, str]) -> str:
    return filled(shared["greeting"], values) if values["name"] else ""


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


def values_of(facts: TextFacts, language: str) -> dict[str, str]:
    """What each placeholder stands for; {link} stays until the provider is called."""
    devices = words(Channel.SMS, language)["device"]
    return {
        "shop": facts.shop,
        "ticket": _tickets(facts.tickets),
        "device": devices[facts.device_type.value],
        "count": str(facts.waiting or len(facts.tickets)),
        "from": day_in_words(facts.from_date, language, facts.country),
        "to": day_in_words(facts.to_date, language, facts.country),
        "part_date": day_in_words(facts.part_date, language, facts.country),
        "answer_by": day_in_words(facts.answer_by, language, facts.country),
        "price": _price(facts, language),
        "code": facts.code,
        "name": facts.customer_name,
        "link": "{link}",
    }


def _tickets(numbers: tuple[str, ...]) -> str:
    """All numbers while they are few; a text has no room for more."""
    return ", ".join(numbers) if len(numbers) <= 3 else f"{', '.join(numbers[:2])} +{len(numbers) - 2}"


def day_in_words(day: date | None, language: str, country: str) -> str:
    """ "Wed 30 Sep"; "Mi., 30. Sept." in German; empty for None."""
    if day is None:
        return ""
    pattern = _DAY.get(language, "EEE d MMM")
    if language == "fr" and day.day == 1:
        pattern = "EEE d'er' MMM"
    if country in _MONTH_FIRST and language == "en":
        pattern = "EEE MMM d"
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
