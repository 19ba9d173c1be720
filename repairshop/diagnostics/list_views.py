"""Pages where managers write the test lists, look at their versions, and publish."""

from collections.abc import Callable

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from repairshop.catalogue.rules import DeviceType
from repairshop.diagnostics import list_queries, lists
from repairshop.diagnostics.checks import ListTest, find_test
from repairshop.diagnostics.forms import TestForm
from repairshop.diagnostics.list_queries import Draft
from repairshop.errors import NotFound
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.web.access import staff_only
from repairshop.web.filters import translated
from repairshop.web.forms import Form
from repairshop.web.locale import LANGUAGES, locale_name
from repairshop.web.once import done_once

test_lists = Blueprint("test_lists", __name__)


@test_lists.get("/test-lists")
@staff_only(Right.MANAGE)
def show() -> ResponseReturnValue:
    shop_id = current_actor().shop_id
    return render_template(
        "diagnostics/lists.html",
        versions=list_queries.list_versions(shop_id),
        drafts=list_queries.list_drafts(shop_id),
        tests=list_queries.list_all_in_force(shop_id),
    )


@test_lists.get("/test-lists/<device_type>")
@staff_only(Right.MANAGE)
def show_list(device_type: str) -> ResponseReturnValue:
    return _draw_list(_type(device_type), Form())


@test_lists.get("/test-lists/<device_type>/versions/<int:version>")
@staff_only(Right.MANAGE)
def show_version(device_type: str, version: int) -> ResponseReturnValue:
    """What runs of that time were done under."""
    wanted = _type(device_type)
    return render_template(
        "diagnostics/list_version.html",
        device_type=wanted,
        version=version,
        tests=list_queries.get_version(current_actor().shop_id, wanted, version),
    )


@test_lists.post("/test-lists/<device_type>/draft")
@staff_only(Right.MANAGE)
def begin(device_type: str) -> ResponseReturnValue:
    wanted = _type(device_type)
    return _act(wanted, lambda _form: lists.begin_draft(wanted, by=current_actor()))


@test_lists.post("/test-lists/<device_type>/standard")
@staff_only(Right.MANAGE)
def begin_from_standard(device_type: str) -> ResponseReturnValue:
    wanted = _type(device_type)
    return _act(wanted, lambda _form: lists.begin_draft(wanted, by=current_actor(), from_standard=True))


@test_lists.post("/test-lists/<device_type>/discard")
@staff_only(Right.MANAGE)
def discard(device_type: str) -> ResponseReturnValue:
    wanted = _type(device_type)
    return _act(wanted, lambda _form: lists.discard_draft(wanted, by=current_actor()))


@test_lists.post("/test-lists/<device_type>/publish")
@staff_only(Right.MANAGE)
def publish(device_type: str) -> ResponseReturnValue:
    wanted = _type(device_type)
    return _act(
        wanted,
        lambda form: lists.publish_draft(wanted, by=current_actor(), expected_version=form.expected_version),
    )


@test_lists.post("/test-lists/<device_type>/draft/<key>/remove")
@staff_only(Right.MANAGE)
def remove_test(device_type: str, key: str) -> ResponseReturnValue:
    wanted, draft = _get_draft(device_type)
    _get_test(draft, key)
    return _act(wanted, lambda _form: lists.remove_test(wanted, key, by=current_actor()))


@test_lists.get("/test-lists/<device_type>/new/<language>")
@staff_only(Right.MANAGE)
def new_test_form(device_type: str, language: str) -> ResponseReturnValue:
    wanted, draft = _get_draft(device_type)
    _locale(language)
    form = TestForm()
    form.place.data, form.version.data = len(draft.tests) + 1, draft.version
    return _draw_test(wanted, None, form, language=language)


@test_lists.post("/test-lists/<device_type>/new/<language>")
@staff_only(Right.MANAGE)
def add_test(device_type: str, language: str) -> ResponseReturnValue:
    wanted, _draft = _get_draft(device_type)
    _locale(language)
    form = TestForm()
    done = done_once(
        form,
        lambda: lists.add_test(
            wanted,
            form.facts(),
            language=language,
            words=form.words(),
            place=form.place.data,
            by=current_actor(),
            expected_version=form.expected_version,
        ),
        leads_to=_list_url(wanted),
    )
    return done or (_draw_test(wanted, None, form, language=language), 422)


@test_lists.get("/test-lists/<device_type>/draft/<key>/<language>")
@staff_only(Right.MANAGE)
def test_form(device_type: str, key: str, language: str) -> ResponseReturnValue:
    wanted, draft = _get_draft(device_type)
    test, form = _get_test(draft, key), TestForm()
    with force_locale(_locale(language)):
        form.prefill(test, place=draft.tests.index(test) + 1)
    form.version.data = draft.version
    return _draw_test(wanted, test, form, language=language)


@test_lists.post("/test-lists/<device_type>/draft/<key>/<language>")
@staff_only(Right.MANAGE)
def change_test(device_type: str, key: str, language: str) -> ResponseReturnValue:
    wanted, draft = _get_draft(device_type)
    test, form = _get_test(draft, key), TestForm()
    with force_locale(_locale(language)):
        standard = {text: translated(text) for text in (test.label, test.how)}
    done = done_once(
        form,
        lambda: lists.change_test(
            wanted,
            key,
            form.facts(),
            language=language,
            words=form.words(),
            standard=standard,
            place=form.place.data,
            by=current_actor(),
            expected_version=form.expected_version,
        ),
        leads_to=_list_url(wanted),
    )
    return done or (_draw_test(wanted, test, form, language=language), 422)


def _act(device_type: DeviceType, act: Callable[[Form], None]) -> ResponseReturnValue:
    """One button of the list's page."""
    form = Form()
    done = done_once(form, lambda: act(form), leads_to=_list_url(device_type))
    return done or (_draw_list(device_type, form), 422)


def _draw_list(device_type: DeviceType, form: Form) -> str:
    shop_id = current_actor().shop_id
    draft = list_queries.find_draft(shop_id, device_type)
    if draft is not None:
        form.version.data = draft.version
    return render_template(
        "diagnostics/list.html",
        device_type=device_type,
        form=form,
        draft=draft,
        tests=draft.tests if draft else list_queries.list_in_force(shop_id, device_type),
        languages=_languages(),
        versions=list_queries.list_versions(shop_id)[device_type],
    )


def _draw_test(device_type: DeviceType, test: ListTest | None, form: TestForm, *, language: str) -> str:
    return render_template(
        "diagnostics/list_test.html",
        device_type=device_type,
        test=test,
        form=form,
        language=language,
        language_name=LANGUAGES[language],
    )


def _list_url(device_type: DeviceType) -> str:
    return url_for("test_lists.show_list", device_type=device_type.value)


def _languages() -> list[str]:
    """The shop's, its own first."""
    return [code for code in current_shop().languages if code in LANGUAGES] or ["en"]


def _locale(language: str) -> str:
    if language not in _languages():
        raise NotFound
    return locale_name(language, current_shop().country)


def _type(text: str) -> DeviceType:
    if text not in set(DeviceType):
        raise NotFound
    return DeviceType(text)


def _get_draft(device_type: str) -> tuple[DeviceType, Draft]:
    wanted = _type(device_type)
    draft = list_queries.find_draft(current_actor().shop_id, wanted)
    if draft is None:
        raise NotFound
    return wanted, draft


def _get_test(draft: Draft, key: str) -> ListTest:
    test = find_test(draft.tests, key)
    if test is None:
        raise NotFound
    return test
