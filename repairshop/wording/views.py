"""Pages where managers word the notices, measure and try them, and see what texts cost."""

from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from repairshop.errors import NotFound, Refused
from repairshop.notifications.filling import OwnWords
from repairshop.notifications.rules import Channel, masked_link
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop, current_staff
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import Form, apply_refusal, new_sending
from repairshop.web.headers import CONTENT_SECURITY_POLICY
from repairshop.web.locale import LANGUAGES
from repairshop.web.once import done_once, once
from repairshop.web.saying import say_done
from repairshop.wording import queries, service, trying
from repairshop.wording.checking import Checked, apply_problems, check_words
from repairshop.wording.forms import MailForm, ShortTextForm, settings_form, words_form
from repairshop.wording.queries import languages_of
from repairshop.wording.rules import (
    WRITTEN_CHANNELS,
    TextChangedMeanwhile,
    differences,
    list_keys,
    list_placeholders,
)
from repairshop.wording.service import TextName

wording = Blueprint("wording", __name__)
_ADDRESS = "/texts/<key>/<channel>/<language>"
# The mail is drawn in a frame of its own, by styles in its own lines; nothing in it runs or loads.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_WITH_FRAME = CONTENT_SECURITY_POLICY + "; frame-src 'self'"


@wording.get("/texts")
@staff_only(Right.MANAGE)
def list_() -> ResponseReturnValue:
    shop = current_shop()
    return render_template(
        "wording/list.html",
        rows=queries.list_matrix(shop.id, shop.languages),
        channels=WRITTEN_CHANNELS,
        languages=languages_of(shop.languages),
        language_names=LANGUAGES,
    )


@wording.get("/texts/settings")
@staff_only(Right.MANAGE)
def settings() -> ResponseReturnValue:
    shop = current_shop()
    form = settings_form(_priced_countries())
    form.show(shop.part_prices, keeps_accents=shop.keeps_accents, currency=shop.currency)
    form.version.data = shop.version
    return render_template("wording/settings.html", form=form, shop=shop)


@wording.post("/texts/settings")
@staff_only(Right.MANAGE)
def change_settings() -> ResponseReturnValue:
    shop, form = current_shop(), settings_form(_priced_countries())

    def change() -> None:
        service.change_settings(
            keeps_accents=bool(form.keeps_accents.data),
            prices=form.prices(currency=shop.currency),
            by=current_actor(),
            expected_version=form.expected_version,
        )

    done = done_once(form, change, leads_to=url_for("wording.settings"))
    if done is None:
        return render_template("wording/settings.html", form=form, shop=shop), 422
    return say_done("text_settings_saved", done)


@wording.get("/texts/costs")
@staff_only(Right.MANAGE)
def costs() -> ResponseReturnValue:
    shop_id = current_actor().shop_id
    months = [queries.list_month(shop_id, months_ago=ago) for ago in (0, 1)]
    return render_template("wording/costs.html", months=months, currency=current_shop().currency)


@wording.get(_ADDRESS)
@staff_only(Right.MANAGE)
def edit(key: str, channel: str, language: str) -> ResponseReturnValue:
    name = _name(key, channel, language)
    form = words_form(name.channel)
    form.show(queries.list_versions(current_actor().shop_id, name)[0].words)
    form.ticket.data = request.args.get("ticket", "")[:40]
    if isinstance(form, ShortTextForm):
        form.number.data = trying.own_number_shown()
    return _draw(name, form, check_words(name, form.words(), form.ticket.data))


@wording.post(_ADDRESS)
@staff_only(Right.MANAGE)
def save(key: str, channel: str, language: str) -> ResponseReturnValue:
    name = _name(key, channel, language)
    form = words_form(name.channel)
    there = _page_of(name)
    checked = check_words(name, form.words(), form.ticket.data)
    if form.validate() and not apply_problems(form, checked):
        try:
            with transaction():
                once(form, leads_to=there)
                service.save_text(
                    name, form.words(), by=current_actor(), expected_version=form.expected_version
                )
        except Refused as refusal:
            apply_refusal(form, refusal)
            if isinstance(refusal, TextChangedMeanwhile):
                form.version.raw_data = None  # the page shows theirs: saving again is on purpose
        else:
            return say_done("text_saved", redirect(there))
    return _draw(name, form, checked), 422


@wording.post(_ADDRESS + "/check")
@staff_only(Right.MANAGE)
def check(key: str, channel: str, language: str) -> ResponseReturnValue:
    """What would be said of these words on saving; nothing is saved. A script asks for the figures alone."""
    name = _name(key, channel, language)
    form = words_form(name.channel)
    checked = check_words(name, form.words(), form.ticket.data)
    is_sound = form.validate() and not apply_problems(form, checked, needs_trial=True)
    if request.headers.get("X-Requested-With") == "fetch":
        return render_template("wording/_checked.html", form=form, **_facts(name, checked))
    return _draw(name, form, checked), 200 if is_sound else 422


@wording.post(_ADDRESS + "/test")
@staff_only(Right.MANAGE)
def send_test(key: str, channel: str, language: str) -> ResponseReturnValue:
    """A text goes to a number that is proved to be one's own; a new one gets a code first."""
    name = _name(key, channel, language)
    form = words_form(name.channel)
    there = _page_of(name)
    checked = check_words(name, form.words(), form.ticket.data)
    is_sound = form.validate() and not apply_problems(form, checked, needs_trial=True)
    if is_sound and checked.preview and checked.trial:
        try:
            if isinstance(form, ShortTextForm) and not trying.is_own_number(form, leads_to=there):
                return _draw(name, form, checked)
            with transaction():
                once(form, leads_to=there)
                service.send_test(
                    name,
                    checked.preview,
                    checked.trial.facts,
                    number=(form.number.data or "") if isinstance(form, ShortTextForm) else "",
                    link=_public_url() + "/t/TEST",
                    by=current_actor(),
                )
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            form.once.data = new_sending()  # the words typed stay, and may be tried again
            return _draw(name, form, checked, is_test_sent=True)
    return _draw(name, form, checked), 422


@wording.post(_ADDRESS + "/ours")
@staff_only(Right.MANAGE)
def go_back(key: str, channel: str, language: str) -> ResponseReturnValue:
    name, form = _name(key, channel, language), Form()
    return _act(
        name,
        form,
        lambda: service.go_back_to_ours(name, by=current_actor(), expected_version=form.expected_version),
    )


@wording.get(_ADDRESS + "/versions/<int:version>")
@staff_only(Right.MANAGE)
def show_version(key: str, channel: str, language: str, version: int) -> ResponseReturnValue:
    return _draw_version(_name(key, channel, language), version, Form())


@wording.post(_ADDRESS + "/versions/<int:version>/restore")
@staff_only(Right.MANAGE)
def restore(key: str, channel: str, language: str, version: int) -> ResponseReturnValue:
    name, form = _name(key, channel, language), Form()
    done = done_once(
        form,
        lambda: service.restore_version(
            name, version, by=current_actor(), expected_version=form.expected_version
        ),
        leads_to=_page_of(name),
    )
    return done or (_draw_version(name, version, form), 422)


@wording.route(_ADDRESS + "/mail", methods=["GET", "POST"])
@staff_only(Right.MANAGE)
def mail(key: str, channel: str, language: str) -> ResponseReturnValue:
    """The mail as it is sent, in one of its two lights; of the words typed, or of those in force."""
    name = _name(key, channel, language)
    if name.channel is Channel.SMS:
        raise NotFound
    form = MailForm()
    if request.method == "GET":
        form.show(queries.list_versions(current_actor().shop_id, name)[0].words)
    checked = check_words(name, form.words(), form.ticket.data or request.args.get("ticket", ""))
    html = checked.preview.html if checked.preview else render_template("wording/no_mail.html")
    light = "all" if request.args.get("light") == "dark" else "not all"
    shown = masked_link(html.replace('href="{link}"', 'href="#"'))
    response = make_response(shown.replace("(prefers-color-scheme: dark)", light))
    response.headers["Content-Security-Policy"] = _MAIL_POLICY
    return response


def _act(name: TextName, form: Form, act: Callable[[], None]) -> ResponseReturnValue:
    done = done_once(form, act, leads_to=_page_of(name))
    if done is not None:
        return done
    page = words_form(name.channel)
    page.show(queries.list_versions(current_actor().shop_id, name)[0].words)
    page.form_errors.extend(
        [*form.form_errors, *(error for errors in form.errors.values() for error in errors)]
    )
    return _draw(name, page, check_words(name, page.words(), "")), 422


def _draw(
    name: TextName, form: ShortTextForm | MailForm, checked: Checked, *, is_test_sent: bool = False
) -> Response:
    versions = queries.list_versions(current_actor().shop_id, name)
    if not form.version.raw_data:
        form.version.data = versions[0].version
    page = render_template(
        "wording/edit.html",
        form=form,
        versions=versions,
        mail_address=current_staff().email,
        is_test_sent=is_test_sent,
        code_sent_to=trying.waiting_number() if name.channel is Channel.SMS else "",
        **_facts(name, checked),
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = _WITH_FRAME
    return response


def _draw_version(name: TextName, version: int, form: Form) -> str:
    row, before = queries.get_version(current_actor().shop_id, name, version)
    newest = queries.list_versions(current_actor().shop_id, name)[0]
    form.version.data = newest.version
    return render_template(
        "wording/version.html",
        form=form,
        name=name,
        row=row,
        newest=newest,
        language_name=LANGUAGES[name.language],
        changes=_changes(before.words, row.words),
    )


def _changes(before: OwnWords, after: OwnWords) -> dict[str, Any]:
    return {
        field: differences(getattr(before, field), getattr(after, field))
        for field in ("subject", "heading", "text")
        if getattr(before, field) or getattr(after, field)
    }


def _facts(name: TextName, checked: Checked) -> dict[str, Any]:
    shop, locale = current_shop(), get_locale()
    return {
        "name": name,
        "checked": checked,
        "preview_text": masked_link(checked.preview.text) if checked.preview else "",
        "placeholders": list_placeholders(name.key, name.channel),
        "language_name": LANGUAGES[name.language],
        "currency": shop.currency,
        "countries": locale.territories if locale else {},
    }


def _priced_countries() -> list[str]:
    shop = current_shop()
    return [shop.country, *sorted(code for code in shop.part_prices if code != shop.country)]


def _name(key: str, channel: str, language: str) -> TextName:
    if key not in list_keys() or channel not in set(WRITTEN_CHANNELS):
        raise NotFound
    if language not in languages_of(current_shop().languages):
        raise NotFound
    return TextName(key=key, channel=Channel(channel), language=language)


def _page_of(name: TextName) -> str:
    return url_for("wording.edit", key=name.key, channel=name.channel.value, language=name.language)


def _public_url() -> str:
    return str(current_app.extensions["repairshop_config"].public_url).rstrip("/")
