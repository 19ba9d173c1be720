"""How money, times, durations, phone numbers and codes look on a page."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

import phonenumbers
from babel.dates import format_timedelta
from babel.numbers import format_currency, get_currency_precision
from flask import Flask
from flask_babel import format_date, format_time, get_domain, get_locale, to_user_timezone

from repairshop.codes import shown
from repairshop.money import Money

# "vie 7 de marzo": what a language puts between the parts of a date. The others say "Fri 7 March".
_DAY = {"es": "EEE d 'de' MMMM"}


class Job(Protocol):
    """Anything that names a device and what is wrong with it."""

    @property
    def device_label(self) -> str: ...

    @property
    def fault_label(self) -> str: ...


def money(amount: Money) -> str:
    """Money(12900, GBP) is "£129.00" where English is read in Britain."""
    precision = get_currency_precision(amount.currency)
    value = Decimal(amount.minor).scaleb(-precision)
    return str(format_currency(value, amount.currency, locale=get_locale()))


def day(moment: datetime | date) -> str:
    """ "Fri 7 March", in the shop's time zone."""
    return str(format_date(_local_date(moment), _DAY.get(get_locale().language, "EEE d MMMM")))


def iso_day(text: str) -> str:
    """The day an ISO date of the history stands for."""
    return day(date.fromisoformat(text))


def weekday(moment: datetime | date) -> str:
    """ "Fri", in the shop's time zone; for days less than a week away."""
    return str(format_date(_local_date(moment), "EEE"))


def short_day(moment: datetime | date) -> str:
    """ "7 Mar"; where a card has no room for more."""
    return str(format_date(_local_date(moment), "d MMM"))


def day_and_year(moment: datetime | date) -> str:
    """ "7 March 2026"; for documents and for dates of another year."""
    return str(format_date(_local_date(moment), "long"))


def time_of_day(moment: datetime) -> str:
    """ "14:05", in the shop's time zone and the country's habit."""
    return str(format_time(moment, "short"))


def moment(value: datetime) -> str:
    """ "Fri 7 March 14:05"."""
    return f"{day(value)} {time_of_day(value)}"


def duration(length: timedelta) -> str:
    """The two words people would use: "3 days", "20 minutes"."""
    return str(format_timedelta(length, threshold=1.4, locale=get_locale()))


def short_duration(length: timedelta) -> str:
    """ "3 days", "20 hr"; on cards."""
    return str(format_timedelta(length, threshold=1.4, format="short", locale=get_locale()))


def phone(e164: str) -> str:
    """ "+44 7700 900123"; a number that cannot be read is shown as it is."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def translated(text: str) -> str:
    """A word that is data (a task's title, a check's label) in the reader's language.

    Not _(text): in Jinja that takes what it is given for our own markup, and for a format string.
    """
    return str(get_domain().gettext(text)) if text else ""


def job_title(job: Job) -> str:
    """ "iPhone 12, battery runs down": the fault, a word of the catalogue, in the reader's language."""
    return f"{job.device_label}, {translated(job.fault_label)}" if job.fault_label else job.device_label


def _local_date(value: datetime | date) -> date:
    return to_user_timezone(value).date() if isinstance(value, datetime) else value


FILTERS = {
    "money": money,
    "day": day,
    "iso_day": iso_day,
    "weekday": weekday,
    "short_day": short_day,
    "day_and_year": day_and_year,
    "time_of_day": time_of_day,
    "moment": moment,
    "duration": duration,
    "short_duration": short_duration,
    "phone": phone,
    "code": shown,
    "translated": translated,
    "job_title": job_title,
}


def init_filters(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
