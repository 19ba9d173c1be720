"""How money, times, durations, phone numbers and codes look on a page.

What Babel makes of a value depends on nothing but value, pattern and locale, and a page shows the same
days and prices again and again: each is worked out once per process.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal, Protocol

import phonenumbers
from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, get_currency_precision, get_currency_symbol
from flask import Flask
from flask_babel import get_domain, get_locale

from repairshop.codes import shown
from repairshop.money import Money
from repairshop.punctuation import colon
from repairshop.web.locale import DEFAULT_LANGUAGE, time_zone

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_DAYS_ARE_SAID = timedelta(days=2)

# "vie 7 de marzo": what a language puts between the parts of a date. The others say "Fri 7 March".
_DAY = {"es": "EEE d 'de' MMMM", "de": "EEE, d. MMMM"}
_SHORT_DAY = {"de": "d. MMM"}
# "sam. 7 mars à 14:05", "sáb 7 de marzo, 14:05"; the others set the time behind the day.
_MOMENT = {"es": "{day}, {time}", "fr": "{day} à {time}"}
# French counts the first of a month, "1er mars", and only that day; the locale data does not say so.
_FIRST_DAY = {
    "fr": {"EEE d MMMM": "EEE d'er' MMMM", "d MMM": "d'er' MMM", "long": "d'er' MMMM y"},
}


class Job(Protocol):
    """Anything that names a device and what is wrong with it."""

    @property
    def device_label(self) -> str: ...

    @property
    def fault_label(self) -> str: ...


def money(amount: Money) -> str:
    """Money(12900, GBP) is "£129.00" where English is read in Britain."""
    return _money(amount.minor, amount.currency, _locale())


def fine_money(hundredths: int, currency: str) -> str:
    """What a text costs, in hundredths of a minor unit: 407 is "£0.0407" where English is read in Britain."""
    return _fine_money(hundredths, currency, _locale())


def currency_sign(currency: str) -> str:
    """What stands before an amount field: "£"."""
    return str(get_currency_symbol(currency, locale=_locale()))


def number(value: Decimal) -> str:
    """Decimal("37.50") is "37.5" where English is read, "37,5" in Spanish."""
    return _number(value, _locale())


def day(moment: datetime | date) -> str:
    """ "Fri 7 March", in the shop's time zone."""
    locale = _locale()
    return _date(_local_date(moment), _DAY.get(locale.language, "EEE d MMMM"), locale)


def iso_day(text: str) -> str:
    """The day an ISO date of the history stands for."""
    return day(date.fromisoformat(text))


def weekday(moment: datetime | date) -> str:
    """ "Fri", in the shop's time zone; for days less than a week away."""
    return _date(_local_date(moment), "EEE", _locale())


def short_day(moment: datetime | date) -> str:
    """ "7 Mar"; where a card has no room for more."""
    locale = _locale()
    return _date(_local_date(moment), _SHORT_DAY.get(locale.language, "d MMM"), locale)


def day_and_year(moment: datetime | date) -> str:
    """ "7 March 2026"; for documents and for dates of another year."""
    return _date(_local_date(moment), "long", _locale())


def iso_day_and_year(text: str) -> str:
    """The same with its year; for documents."""
    return day_and_year(date.fromisoformat(text))


def month(moment: datetime) -> str:
    """ "March 2026", in the shop's time zone."""
    return _month(_local_date(moment), _locale())


def time_of_day(moment: datetime) -> str:
    """ "14:05", in the shop's time zone and the country's habit."""
    local = moment.astimezone(time_zone())
    return _time(local.hour, local.minute, _locale())


def moment(value: datetime) -> str:
    """ "Fri 7 March 14:05"."""
    return _at_a_time(day(value), value)


def moment_and_year(value: datetime) -> str:
    """ "7 March 2026 14:05"; for documents."""
    return _at_a_time(day_and_year(value), value)


def duration(length: timedelta) -> str:
    """The two words people would use: "3 days", "20 minutes"."""
    return _length(in_steps(length), "long", _locale())


def short_duration(length: timedelta) -> str:
    """ "3 days", "20 hr"; on cards."""
    return _length(in_steps(length), "short", _locale())


@lru_cache(maxsize=4096)
def phone(e164: str) -> str:
    """ "+44 7700 900123"; a number that cannot be read is shown as it is."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def translated(text: str) -> str:
    """A word that is data (a task's title, a check's label) in the reader's language.

    A shop's own words for it, by language in `own`, come before ours. Not _(text): in Jinja that takes what
    it is given for our own markup, and for a format string.
    """
    own: Mapping[str, str] = getattr(text, "own", {})
    if said := own.get(_locale().language):
        return said
    return _translated(text, _locale()) if text else ""


def mid_sentence(words: str) -> str:
    """ "phone" for "Phone"; German writes its nouns large wherever they stand."""
    return words if _locale().language == "de" else words.lower()


def job_title(job: Job) -> str:
    """ "iPhone 12, battery runs down": the fault, a word of the catalogue, in the reader's language."""
    return f"{job.device_label}, {translated(job.fault_label)}" if job.fault_label else job.device_label


def _at_a_time(day: str, value: datetime) -> str:
    return _MOMENT.get(_locale().language, "{day} {time}").format(day=day, time=time_of_day(value))


def _local_date(value: datetime | date) -> date:
    return value.astimezone(time_zone()).date() if isinstance(value, datetime) else value


def _locale() -> Locale:
    return get_locale() or Locale.parse(DEFAULT_LANGUAGE)


@lru_cache(maxsize=4096)
def _translated(text: str, locale: Locale) -> str:  # noqa: ARG001 - the key of the cache
    """`locale` is the one of the moment: it is asked for only to keep the languages apart."""
    return str(get_domain().gettext(text))


@lru_cache(maxsize=4096)
def _money(minor: int, currency: str, locale: Locale) -> str:
    value = Decimal(minor).scaleb(-get_currency_precision(currency))
    return str(format_currency(value, currency, locale=locale))


@lru_cache(maxsize=1024)
def _fine_money(hundredths: int, currency: str, locale: Locale) -> str:
    value = Decimal(hundredths).scaleb(-get_currency_precision(currency) - 2).normalize()
    return str(format_currency(value, currency, locale=locale, decimal_quantization=False))


@lru_cache(maxsize=1024)
def _number(value: Decimal, locale: Locale) -> str:
    return format_decimal(value, locale=locale)


@lru_cache(maxsize=4096)
def _date(value: date, pattern: str, locale: Locale) -> str:
    if value.day == 1:
        pattern = _FIRST_DAY.get(locale.language, {}).get(pattern, pattern)
    return str(format_date(value, pattern, locale=locale))


@lru_cache(maxsize=256)
def _month(value: date, locale: Locale) -> str:
    return str(format_skeleton("yMMMM", datetime(value.year, value.month, 1, tzinfo=UTC), locale=locale))


@lru_cache(maxsize=4096)
def _time(hour: int, minute: int, locale: Locale) -> str:
    return str(format_time(time(hour, minute), "short", locale=locale))


def in_steps(length: timedelta) -> timedelta:
    """As fine as it is said: by the minute, or by the hour where days are said."""
    step = _HOUR if abs(length) >= _DAYS_ARE_SAID else _MINUTE
    return length - length % step if length >= _MINUTE else length


@lru_cache(maxsize=4096)
def _length(length: timedelta, form: Literal["long", "short"], locale: Locale) -> str:
    return str(format_timedelta(length, threshold=1.4, format=form, locale=locale))


FILTERS = {
    "money": money,
    "currency_sign": currency_sign,
    "fine_money": fine_money,
    "day": day,
    "iso_day": iso_day,
    "weekday": weekday,
    "short_day": short_day,
    "day_and_year": day_and_year,
    "iso_day_and_year": iso_day_and_year,
    "month": month,
    "time_of_day": time_of_day,
    "moment": moment,
    "moment_and_year": moment_and_year,
    "duration": duration,
    "short_duration": short_duration,
    "phone": phone,
    "code": shown,
    "translated": translated,
    "mid_sentence": mid_sentence,
    "job_title": job_title,
    "number": number,
}


def init_filters(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals["colon"] = lambda: colon(_locale().language)
