"""What exists is wired: events are named in the wiring, refusals have words, templates are used."""

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click import Context
from flask import Flask, render_template_string

import repairshop
from repairshop import wiring
from repairshop.errors import Refused
from repairshop.events import Event

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
SOURCES = [*(ROOT / "repairshop").rglob("*.py")]

INLINE = (
    r"<style\b|\sstyle=|<script(?![^>]*\ssrc=)[^>]*>"
    r"|\son(?:click|load|error|submit|reset|change|input|key\w+|mouse\w+|pointer\w+|focus|blur|toggle)="
)
# These mark constants of their own as markup, nothing that came from a person.
MARKUP_OF_THEIR_OWN = {"_macros/icon.html", "_macros/parts.html"}

for _module in pkgutil.walk_packages(repairshop.__path__, "repairshop."):
    importlib.import_module(_module.name)


def subclasses(parent: type) -> list[type]:
    """All that the program defines, however deep; tests may define more."""
    found = [below for child in parent.__subclasses__() for below in (child, *subclasses(child))]
    return sorted(
        {one for one in found if one.__module__.startswith("repairshop.")}, key=lambda one: one.__name__
    )


@pytest.mark.parametrize("event", subclasses(Event), ids=lambda event: event.__name__)
def test_event_is_wired(event):
    assert event in wiring.EVENT_HANDLERS


def test_wired_handlers_are_callable():
    assert all(callable(handler) for handlers in wiring.EVENT_HANDLERS.values() for handler in handlers)


@pytest.mark.parametrize("name", wiring.COMMANDS)
def test_command_stands_at_its_place(app: Flask, name: str):
    command = app.cli.get_command(Context(app.cli), name)

    assert command is not None
    assert command.name == name


def test_commands_of_every_feature_are_wired():
    files = {
        f"repairshop.{path.parent.name}.commands" for path in (ROOT / "repairshop").glob("*/commands.py")
    }

    assert files - {"repairshop.web.commands"} <= {place.split(":")[0] for place in wiring.COMMANDS.values()}


def test_serving_pages_loads_no_command():
    """Neither commands nor what only they and the drawing of documents need: each slows every start down."""
    script = (
        "import sys; import repairshop.app; "
        "print([name for name in ('apscheduler', 'weasyprint', 'webauthn', 'repairshop.demo.commands') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("refusal", subclasses(Refused), ids=lambda refusal: refusal.__name__)
def test_refusal_has_a_sentence_of_its_own(refusal):
    words = (TEMPLATES / "_refusals.html").read_text()

    assert f'code == "{refusal.code}"' in words


def test_no_sentence_is_left_of_a_refusal_that_is_gone():
    spoken = set(re.findall(r'code == "(\w+)"', (TEMPLATES / "_refusals.html").read_text()))

    assert spoken <= {refusal.code for refusal in subclasses(Refused)}


def test_refusals_do_not_share_a_code():
    codes = [refusal.code for refusal in subclasses(Refused)]

    assert sorted(codes) == sorted(set(codes))


def test_what_views_say_is_done_has_a_sentence():
    """Views leave a code; its words stand in the template."""
    said = {
        code for path in SOURCES for code in re.findall(r"(?<!def )\bsay_done\(\s*([^,)]+)", path.read_text())
    }
    spoken = set(re.findall(r'message == ("\w+")', (TEMPLATES / "_done.html").read_text()))

    assert said == spoken


def test_unknown_refusal_still_gets_a_sentence(app: Flask):
    with app.test_request_context():
        text = render_template_string(
            '{% from "_refusals.html" import refusal_sentence %}{{ refusal_sentence(refusal) }}',
            refusal=Refused(),
        )

    assert text.strip()


def test_every_template_is_reached():
    """By its name in Python or in another template; a name built from parts counts by its fixed ends."""
    texts = [path.read_text() for path in [*SOURCES, *TEMPLATES.rglob("*.*")]]
    named = {
        name
        for text in texts
        for name in re.findall(r"[\"']([\w/.{}-]+\.(?:html|txt|svg|xml|toml))[\"']", text)
    }
    patterns = [re.compile(re.sub(r"\\\{[^}]*\\\}", r"[\\w/-]+", re.escape(name))) for name in named]

    unreached = [
        name
        for path in sorted(TEMPLATES.rglob("*.*"))
        if not any(pattern.fullmatch(name := path.relative_to(TEMPLATES).as_posix()) for pattern in patterns)
    ]

    assert unreached == []


def test_templates_escape_what_they_show():
    """`|safe` and switched-off escaping are how scripts of strangers get into a page."""
    unsafe = {
        path.relative_to(TEMPLATES).as_posix()
        for path in sorted(TEMPLATES.rglob("*.*"))
        if re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text())
    }

    assert unsafe <= MARKUP_OF_THEIR_OWN


def test_templates_hold_nothing_inline():
    """The content security policy refuses inline styles, scripts and handlers: they would only look right."""
    inline = [
        f"{path.relative_to(TEMPLATES).as_posix()}: {match[0]}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        if path.relative_to(TEMPLATES).parts[0] not in {"reports", "notifications"}
        for match in re.finditer(
            r"<style\b|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)[^>]*>", path.read_text()
        )
    ]

    assert inline == []
