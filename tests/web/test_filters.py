"""How values look on a page."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

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
        ("es", "ES", "Europe/Madrid", "{{ moment|day }}", "sáb 7 de marzo"),
        ("fr", "FR", "Europe/Paris", "{{ value|money }}", "129,00\xa0£GB"),
        ("fr", "FR", "Europe/Paris", "{{ moment|day }}", "sam. 7 mars"),
        ("fr", "FR", "Europe/Paris", "{{ first|day }}", "dim. 1er mars"),
        ("fr", "FR", "Europe/Paris", "{{ first|short_day }}", "1er mars"),
        ("fr", "FR", "Europe/Paris", "{{ first|day_and_year }}", "1er mars 2026"),
        ("en", "GB", "Europe/London", "{{ first|day }}", "Sun 1 March"),
        ("de", "DE", "Europe/Berlin", "{{ moment|day }}", "Sa., 7. März"),
        ("de", "DE", "Europe/Berlin", "{{ moment|short_day }}", "7. März"),
        ("de", "DE", "Europe/Berlin", "{{ moment|moment }}", "Sa., 7. März 01:05"),
        ("es", "ES", "Europe/Madrid", "{{ moment|moment }}", "sáb 7 de marzo, 1:05"),
        ("fr", "FR", "Europe/Paris", "{{ moment|moment }}", "sam. 7 mars à 01:05"),
        ("fr", "FR", "Europe/Paris", "{{ moment|moment_and_year }}", "7 mars 2026 à 01:05"),
        ("en", "GB", "Europe/London", "{{ moment|moment_and_year }}", "7 March 2026 00:05"),
        ("de", "DE", "Europe/Berlin", "{{ promised|day_and_year }}", "7. März 2026"),
        ("de", "DE", "Europe/Berlin", "{{ value|money }}", "129,00\xa0£"),
        ("de", "DE", "Europe/Berlin", "{{ length|duration }}", "3 Tage"),
        ("de", "DE", "Europe/Berlin", "{{ 'Handy'|mid_sentence }}", "Handy"),
        ("en", "GB", "Europe/London", "{{ 'Phone'|mid_sentence }}", "phone"),
        ("en", "GB", "Europe/London", "{{ moment|short_day }}", "7 Mar"),
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
            first=date(2026, 3, 1),
            length=timedelta(days=3, hours=2),
        )

    assert text == shown


def test_money_without_minor_units_is_whole(app: Flask) -> None:
    with app.test_request_context(), force_locale("en_GB"):
        assert FILTERS["money"](Money(minor=1200, currency="JPY")) == "JP¥1,200"


def test_a_word_that_is_data_is_translated_without_being_trusted(app):
    template = app.jinja_env.from_string("{% autoescape true %}{{ text|translated }}{% endautoescape %}")

    with app.test_request_context():
        assert template.render(text="<b>50% off</b>") == "&lt;b&gt;50% off&lt;/b&gt;"


def test_no_template_hands_data_to_the_translators_function():
    """Jinja's _() takes its argument for our markup and for a format: `{{ x|translated }}` is for data."""
    templates = Path(__file__).parents[2] / "templates"
    handed = [
        f"{path.relative_to(templates)}: {match[0]}"
        for path in templates.rglob("*.*")
        for match in re.finditer(r"(?<!\w)_\((?![\"'])[^)]*\)", _without_comments(path.read_text()))
    ]

    assert handed == []


def _without_comments(template: str) -> str:
    return re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)


@pytest.mark.parametrize(("language", "shown"), [("en", "SIM: out"), ("fr", "SIM\u202f: out")])
def test_a_colon_stands_as_the_language_writes_it(app: Flask, language: str, shown: str) -> None:
    with app.test_request_context():
        speak(language=language, country="FR", time_zone="Europe/Paris")

        assert render_template_string("SIM{{ colon() }} out") == shown
