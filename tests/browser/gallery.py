"""The style guide: every component with invented data, on a small app of its own.

Look at it with `.venv/bin/python -m tests.browser.gallery` and http://127.0.0.1:8099/.
"""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FileField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from repairshop.web.assets import init_assets
from repairshop.web.page import init_page
from tests.browser import examples

ROOT = Path(__file__).resolve().parents[2]


class EveryField(FlaskForm):  # type: ignore[misc]
    """One field of each kind the macros draw."""

    version = HiddenField(default="3")
    once = HiddenField(default="once-1")
    name = StringField("Full name", validators=[InputRequired("Enter the customer's full name")])
    phone = TelField("Phone number", validators=[InputRequired("Enter a phone number")])
    device = SelectField(
        "Device type",
        choices=[
            SelectChoice(value=name.lower(), label=name)
            for name in ("Phone", "Tablet", "Laptop", "Console", "Watch")
        ],
    )
    reach = RadioField(
        "How do we reach you while we have your phone?",
        choices=[
            SelectChoice(value="mail", label="By e-mail"),
            SelectChoice(value="other", label="On another number"),
            SelectChoice(value="none", label="Not at all"),
        ],
        validators=[InputRequired("Choose how we reach you")],
    )
    with_it = SelectMultipleField(
        "Handed in with it",
        choices=[SelectChoice(value="case", label="Case"), SelectChoice(value="charger", label="Charger")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    limit = DecimalField("Repair without asking up to", description="We ask before anything above this.")
    minutes = IntegerField("Minutes of work", validators=[InputRequired("Enter the minutes")])
    due = DateField("Needed by")
    fault = TextAreaField("What is wrong", validators=[InputRequired("Say what is wrong")])
    passcode = PasswordField("Passcode")
    photos = FileField("Photos")
    drawn = HiddenField("Sign here")
    signed_name = StringField("Or type your name")
    agreed = BooleanField(
        "I agree that my typed name stands for my signature", validators=[InputRequired("Tick to agree")]
    )


def create_gallery() -> Flask:
    app = Flask("repairshop", root_path=str(ROOT / "repairshop"), template_folder=str(ROOT / "templates"))
    app.config.update(SECRET_KEY="gallery", BABEL_TRANSLATION_DIRECTORIES=str(ROOT / "translations"))
    own_pages = FileSystemLoader(Path(__file__).parent / "pages")
    app.jinja_loader = ChoiceLoader([own_pages, FileSystemLoader(ROOT / "templates")])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.autoescape = True
    Babel(app, locale_selector=lambda: request.args.get("language", "en"))
    CSRFProtect(app)
    init_assets(app)
    init_page(app)
    app.context_processor(_people)
    _add_pages(app)
    app.after_request(_strict_policy)
    return app


def _people() -> dict[str, Any]:
    shop = SimpleNamespace(name="Fixwell", phone="0161 496 0000", street="12 High Street", city="Manchester")
    staff = SimpleNamespace(first_name="Tess", single_keys=request.args.get("keys") != "off")
    return {"current_shop": shop, "current_staff": staff}


def _strict_policy(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return response


def _add_pages(app: Flask) -> None:
    def page(template: str, **values: Any) -> Callable[..., ResponseReturnValue]:
        return lambda: render_template(template, request=request, **values)

    def form_page() -> ResponseReturnValue:
        form = EveryField()
        form.validate_on_submit()
        return render_template("gallery_form.html", form=form)

    def find() -> ResponseReturnValue:
        return render_template("gallery_found.html", typed=request.args.get("q", ""))

    def done(what: str) -> ResponseReturnValue:
        return render_template("gallery_found.html", typed=what)

    app.add_url_rule("/", "gallery.home", page("gallery.html", examples=examples))
    app.add_url_rule("/form", "gallery.form", form_page, methods=["GET", "POST"])
    app.add_url_rule("/repair", "portal.repair", page("gallery_repair.html", **examples.REPAIR))
    app.add_url_rule("/bench", "board.bench", page("gallery_bench.html", **examples.BENCH))
    app.add_url_rule("/counter", "board.counter", page("gallery_found.html", typed="counter"))
    app.add_url_rule("/find", "board.find", find)
    app.add_url_rule("/done/<what>", "gallery.done", done, methods=["GET", "POST"])


if __name__ == "__main__":
    create_gallery().run(port=8099, debug=False)
