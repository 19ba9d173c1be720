"""How values look on a page."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale

from repairshop.money import Money
from repairshop.web.filters import FILTERS
from repairshop.web.locale import speak


@pytest.mark.parametrize(
    ("language", "country", "time_zone", "template", "shown"),
    [
        ("en", "GB", "Europe/London", "{{ value|money }}", "£129.00"),
        ("es", "ES", "Europe/Madrid", "{{ value|money }}", "129,00\xa0GBP"),
        ("en", "GB", "Europe/London", "{{ moment|day }}", "Sat 7 March"),
        ("en", "US", "America/New_York", "{{ moment|day }}", "Fri 6 March"),
        ("es", "ES", "Europe/Madrid", "{{ moment|day }}", "sáb 7 marzo"),
        ("en", "GB", "Europe/London", "{{ moment|time_of_day }}", "00:05"),
        ("en", "US", "America/New_York", "{{ moment|time_of_day }}", "7:05\u202fPM"),
        ("en", "GB", "Europe/London", "{{ promised|day_and_year }}", "7 March 2026"),
        ("en", "GB", "Europe/London", "{{ length|duration }}", "3 days"),
        ("en", "GB", "Europe/London", "{{ '+447700900123'|phone }}", "+44 7700 900123"),
        ("en", "GB", "Europe/London", "{{ 'K7QP3M2X5'|code }}", "K7QP-3M2X-5"),
    ],
)
def test_values_are_written_as_the_reader_writes_them(
    app: Flask, language: str, country: str, time_zone: str, template: str, shown: str
) -> None:
    with app.test_request_context():
        speak(language=language, country=country, time_zone=time_zone)
        text = render_template_string(
            template,
            value=Money(minor=12900, currency="GBP"),
            moment=datetime(2026, 3, 7, 0, 5, tzinfo=UTC),
            promised=date(2026, 3, 7),
            length=timedelta(days=3, hours=2),
        )

    assert text == shown


def test_money_without_minor_units_is_whole(app: Flask) -> None:
    with app.test_request_context(), force_locale("en_GB"):
        assert FILTERS["money"](Money(minor=1200, currency="JPY")) == "JP¥1,200"
