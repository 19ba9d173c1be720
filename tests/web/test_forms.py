"""What every form does with what people type, and that a form is taken once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, redirect
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from repairshop.clock import now
from repairshop.database import db
from repairshop.errors import Refused
from repairshop.staff.models import SignInAttempt
from repairshop.transaction import transaction
from repairshop.web.access import public
from repairshop.web.forms import Form, LongTextField, TextField, apply_refusal
from repairshop.web.once import OnceToken, once, remember_result
from tests.cast import Browser


class NoteForm(Form):
    title = TextField("Title", longest=10)
    note = LongTextField("Note", longest=50)


class NotePictureMissing(Refused):
    """For these tests; it has no sentence of its own."""


def typed(app: Flask, **fields: str) -> tuple[bool, NoteForm]:
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context(method="POST"):
        form = NoteForm(MultiDict(fields))
        return form.validate(), form


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Screen \t", "Screen"),
        ("Cafe\u0301", "Café"),
        ("\u202eevil\u202c", "evil"),
        ("a\u200fb", "ab"),
        ("👩‍🔧", "👩‍🔧"),
        ("<b>x</b>", "<b>x</b>"),
    ],
)
def test_text_is_cleaned_without_losing_what_people_mean(app: Flask, text: str, kept: str) -> None:
    valid, form = typed(app, title=text)

    assert valid
    assert form.title.data == kept


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\nb", "x" * 11])
def test_what_no_keyboard_types_is_refused_at_its_field(app: Flask, text: str) -> None:
    valid, form = typed(app, title=text)

    assert not valid
    assert form.title.errors


def test_several_lines_are_kept_with_one_kind_of_line_end(app: Flask) -> None:
    valid, form = typed(app, note="one\r\ntwo\rthree")

    assert valid
    assert form.note.data == "one\ntwo\nthree"


def test_a_refusal_goes_to_its_field_or_above_the_form(app: Flask) -> None:
    with app.test_request_context(method="POST"):
        form = NoteForm()
        apply_refusal(form, NotePictureMissing(field="title"))
        apply_refusal(form, NotePictureMissing(field="nowhere"))

    assert form.title.errors == ["That cannot be done now"]
    assert form.form_errors == ["That cannot be done now"]


@pytest.fixture
def app(own_app: Flask) -> Flask:
    """One that nobody else uses: it gets a route more."""
    return own_app


@pytest.fixture
def counting_app(app: Flask) -> Flask:
    """An app with one form more, which counts how often it was taken."""

    @public
    def take() -> ResponseReturnValue:
        form = NoteForm()
        with transaction():
            once(form)
            number = db.session.query(SignInAttempt).count() + 1
            db.session.add(SignInAttempt(subject=f"taken {number}", failures=1, last_failed_at=now()))
            remember_result(form, f"/results/{number}")
        return redirect(f"/results/{number}")

    app.add_url_rule("/take", "tests.take", take, methods=["POST"])
    return app


@pytest.mark.both_databases
def test_the_second_sending_of_a_form_leads_to_the_first_result(counting_app: Flask) -> None:
    browser = Browser(counting_app, counting_app.response_class)

    first = browser.send("/take", {"once": "one"})
    again = browser.send("/take", {"once": "one"})
    other = browser.send("/take", {"once": "two"})

    assert (first.location, again.location, other.location) == ("/results/1", "/results/1", "/results/2")


@pytest.mark.both_databases
def test_two_sendings_at_the_same_moment_are_one(counting_app: Flask) -> None:
    def send(_number: int) -> str:
        return str(Browser(counting_app, counting_app.response_class).send("/take", {"once": "one"}).location)

    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(send, range(8)))

    assert places == {"/results/1"}
    with counting_app.app_context():
        assert db.session.query(OnceToken).count() == 1
