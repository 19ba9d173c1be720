"""Templates speak a language from their compilation on."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from flask_babel import force_locale, get_locale
from jinja2 import DictLoader, UndefinedError

from repairshop.web.templating import SpokenEnvironment

PAGES = {
    "plain.html": '{{ _("Technician") }}',
    "named.html": '{{ _("Due %(day)s", day=day) }}',
    "percent.html": '{{ _("100%% of %(what)s", what=what) }}',
    "loose.html": '{{ _("Due %(day)s") }}',
    "number.html": '{{ _("%(num)d of %(num)d", num=num) }}',
    "run_time.html": "{{ _(word) }}",
    "child.html": '{% from "macros.html" import due %}{{ due(day) }}|{{ due(day=day) }}',
    "macros.html": '{% macro due(day) %}<b>{{ _("Due %(day)s", day=day) }}</b>{% endmacro %}',
    "letter.txt": '{{ _("Due %(day)s", day=day) }}',
}


@pytest.fixture
def pages(app: Flask, tmp_path: Path) -> SpokenEnvironment:
    catalogue = Catalog(locale="es")
    catalogue.add("Technician", "Técnico")
    target = tmp_path / "es" / "LC_MESSAGES" / "messages.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)
    environment = app.jinja_env.overlay(loader=DictLoader(PAGES), bytecode_cache=None)
    assert isinstance(environment, SpokenEnvironment)
    environment.speak(language=lambda: get_locale().language, directory=str(tmp_path))
    return environment


@pytest.mark.parametrize(
    ("page", "values", "shown"),
    [
        ("plain.html", {}, "Technician"),
        ("named.html", {"day": "<b>"}, "Due &lt;b&gt;"),
        ("percent.html", {"what": "it"}, "100% of it"),
        ("number.html", {"num": 3}, "3 of 3"),
        ("run_time.html", {"word": "Technician"}, "Technician"),
        ("child.html", {"day": "<b>"}, "<b>Due &lt;b&gt;</b>|<b>Due &lt;b&gt;</b>"),
        ("letter.txt", {"day": "<b>"}, "Due <b>"),
    ],
)
def test_words_and_values_are_joined_and_escaped(app, pages, page, values, shown):
    with app.test_request_context(), force_locale("en_GB"):
        assert pages.get_template(page).render(**values) == shown


def test_each_language_has_its_own_copy_of_a_template(app, pages):
    said = []
    for locale in ("es_ES", "en_GB", "es"):
        with app.test_request_context(), force_locale(locale):
            said.append(pages.get_template("plain.html").render())

    assert said == ["Técnico", "Technician", "Técnico"]


def test_a_value_nobody_gave_stays_an_error(app, pages):
    with app.test_request_context(), pytest.raises((KeyError, UndefinedError)):
        pages.get_template("loose.html").render()


def test_words_are_no_call_any_more(app, pages):
    with app.test_request_context(), force_locale("en"):
        spoken = pages.get_template("plain.html").environment
        source = spoken.compile(PAGES["plain.html"], "plain.html", raw=True)

    assert "'Technician'" in source
    assert "context.call" not in source
