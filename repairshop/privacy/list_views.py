"""Pages where managers write the task lists and the notice, look at them as others will, and publish."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from repairshop.catalogue.rules import DeviceType
from repairshop.errors import NotFound, Refused
from repairshop.privacy import list_queries, lists, notice_queries, standard
from repairshop.privacy.forms import NoticeForm, WordsForm
from repairshop.privacy.list_queries import Draft
from repairshop.privacy.rules import TaskKind
from repairshop.privacy.wording import MAY_BE_OPTIONAL, ListTask
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.filters import translated
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.locale import LANGUAGES, locale_name
from repairshop.web.once import done_once, once

privacy_lists = Blueprint("privacy_lists", __name__)


@privacy_lists.get("/privacy-lists")
@staff_only(Right.MANAGE)
def show() -> ResponseReturnValue:
    shop_id = current_actor().shop_id
    return render_template(
        "privacy/lists.html",
        versions=list_queries.list_versions(shop_id),
        drafts=list_queries.list_drafts(shop_id),
        notices=list_queries.list_notice_versions(shop_id),
    )


@privacy_lists.get("/privacy-lists/<device_type>")
@staff_only(Right.MANAGE)
def show_list(device_type: str) -> ResponseReturnValue:
    return _draw_list(_type(device_type), Form())


@privacy_lists.get("/privacy-lists/<device_type>/versions/<int:version>")
@staff_only(Right.MANAGE)
def show_version(device_type: str, version: int) -> ResponseReturnValue:
    """What tickets of that time were done under."""
    wanted = _type(device_type)
    return render_template(
        "privacy/list_version.html",
        device_type=wanted,
        version=version,
        previews=_previews(list_queries.get_list(current_actor().shop_id, wanted, version)),
    )


@privacy_lists.post("/privacy-lists/<device_type>/draft")
@staff_only(Right.MANAGE)
def begin(device_type: str) -> ResponseReturnValue:
    wanted = _type(device_type)
    return _act(wanted, lambda _form: lists.begin_draft(wanted, by=current_actor()))


@privacy_lists.post("/privacy-lists/<device_type>/standard")
@staff_only(Right.MANAGE)
def begin_from_standard(device_type: str) -> ResponseReturnValue:
    wanted = _type(device_type)
    return _act(wanted, lambda _form: lists.begin_draft(wanted, by=current_actor(), from_standard=True))


@privacy_lists.post("/privacy-lists/<device_type>/discard")
@staff_only(Right.MANAGE)
def discard(device_type: str) -> ResponseReturnValue:
    wanted = _type(device_type)
    return _act(wanted, lambda _form: lists.discard_draft(wanted, by=current_actor()))


@privacy_lists.post("/privacy-lists/<device_type>/publish")
@staff_only(Right.MANAGE)
def publish(device_type: str) -> ResponseReturnValue:
    wanted = _type(device_type)
    return _act(
        wanted,
        lambda form: lists.publish_draft(wanted, by=current_actor(), expected_version=form.expected_version),
    )


@privacy_lists.post("/privacy-lists/<device_type>/draft/<kind>/up")
@staff_only(Right.MANAGE)
def move_up(device_type: str, kind: str) -> ResponseReturnValue:
    wanted, task = _type(device_type), _kind(kind)
    return _act(wanted, lambda _form: lists.move_task(wanted, task, up=True, by=current_actor()))


@privacy_lists.get("/privacy-lists/<device_type>/draft/<kind>/<language>")
@staff_only(Right.MANAGE)
def words_form(device_type: str, kind: str, language: str) -> ResponseReturnValue:
    wanted, draft = _get_draft(device_type)
    task, form = _task(draft, kind), WordsForm()
    with force_locale(_locale(language)):
        form.prefill(task)
    form.version.data = draft.version
    return _draw_words(wanted, task, form, language=language)


@privacy_lists.post("/privacy-lists/<device_type>/draft/<kind>/<language>")
@staff_only(Right.MANAGE)
def reword(device_type: str, kind: str, language: str) -> ResponseReturnValue:
    wanted, draft = _get_draft(device_type)
    task, form = _task(draft, kind), WordsForm()
    ours = _ours(task, language)
    if form.validate() and len(form.choices) == len(task.choices):
        try:
            with transaction():
                once(form, leads_to=url_for("privacy_lists.show_list", device_type=wanted.value))
                lists.reword_task(
                    wanted,
                    task.kind,
                    language=language,
                    texts=form.texts(),
                    choices=form.choice_words(),
                    optional=bool(form.optional.data),
                    standard_words=ours,
                    by=current_actor(),
                    expected_version=form.expected_version,
                )
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return redirect(url_for("privacy_lists.show_list", device_type=wanted.value))
    return _draw_words(wanted, task, form, language=language), 422


@privacy_lists.get("/privacy-notice")
@staff_only(Right.MANAGE)
def notice_form() -> ResponseReturnValue:
    form = NoticeForm()
    form.ask(_languages())
    form.prefill(_notice_texts())
    return _draw_notice(form)


@privacy_lists.post("/privacy-notice")
@staff_only(Right.MANAGE)
def publish_notice() -> ResponseReturnValue:
    form = NoticeForm()
    form.ask(_languages())
    done = done_once(
        form,
        lambda: lists.publish_notice(
            form.texts(_languages()), by=current_actor(), standard_texts=_standard_notice()
        ),
        leads_to=url_for("privacy_lists.notice_form"),
    )
    return done or (_draw_notice(form), 422)


@privacy_lists.get("/privacy-notice/<int:version>")
@staff_only(Right.MANAGE)
def show_notice(version: int) -> ResponseReturnValue:
    notice = notice_queries.get_notice_version(current_actor().shop_id, version)
    if notice is None:
        raise NotFound
    return render_template(
        "privacy/notice_version.html", version=version, texts=_in_languages(notice.paragraphs_in)
    )


def _act(device_type: DeviceType, act: Callable[[Form], None]) -> ResponseReturnValue:
    """One button of the list's page."""
    form, there = Form(), url_for("privacy_lists.show_list", device_type=device_type.value)
    return done_once(form, lambda: act(form), leads_to=there) or (_draw_list(device_type, form), 422)


def _draw_list(device_type: DeviceType, form: Form) -> str:
    shop_id = current_actor().shop_id
    draft = list_queries.find_draft(shop_id, device_type)
    if draft is not None:
        form.version.data = draft.version
    return render_template(
        "privacy/list.html",
        device_type=device_type,
        form=form,
        draft=draft,
        languages=_languages(),
        previews=_previews(draft.tasks if draft else list_queries.get_list(shop_id, device_type)),
        versions=list_queries.list_versions(shop_id)[device_type],
    )


def _draw_words(device_type: DeviceType, task: ListTask, form: WordsForm, *, language: str) -> str:
    return render_template(
        "privacy/words.html",
        device_type=device_type,
        task=task,
        form=form,
        language=language,
        language_name=LANGUAGES[language],
        may_be_optional=task.kind in MAY_BE_OPTIONAL,
    )


def _draw_notice(form: NoticeForm) -> str:
    return render_template(
        "privacy/notice.html",
        form=form,
        languages=_languages(),
        versions=list_queries.list_notice_versions(current_actor().shop_id),
    )


def _languages() -> list[str]:
    """The shop's, its own first."""
    return [code for code in current_shop().languages if code in LANGUAGES] or ["en"]


def _locale(language: str) -> str:
    if language not in _languages():
        raise NotFound
    return locale_name(language, current_shop().country)


def _ours(task: ListTask, language: str) -> dict[str, str]:
    """What each text of ours reads in the language."""
    texts = [task.title, task.staff_words, task.customer_words]
    texts += [text for choice in task.choices for text in (choice.words, choice.steps)]
    with force_locale(_locale(language)):
        return {text: translated(text) for text in texts}


def _previews(tasks: tuple[ListTask, ...]) -> list[dict[str, Any]]:
    """The list in each language, as plain words: a page speaks one language, its previews several."""
    previews = []
    for language in _languages():
        with force_locale(_locale(language)):
            previews.append(
                {
                    "language": language,
                    "name": LANGUAGES[language],
                    "tasks": [_spoken(task) for task in tasks],
                }
            )
    return previews


def _spoken(task: ListTask) -> dict[str, Any]:
    return {
        "kind": task.kind,
        "part": task.part,
        "optional": task.optional,
        **{name: translated(task.said(name)) for name in ("title", "staff_words", "customer_words")},
        "choices": [
            {
                "words": translated(choice.said("words")),
                "customer": translated(choice.said("customer")),
                "steps": translated(choice.said("steps")),
                "brands": ", ".join(choice.brands),
            }
            for choice in task.choices
            if choice.offered
        ],
    }


def _in_languages(find: Callable[[str], tuple[str, ...]]) -> list[dict[str, Any]]:
    texts = []
    for language in _languages():
        with force_locale(_locale(language)):
            texts.append(
                {
                    "language": language,
                    "name": LANGUAGES[language],
                    "paragraphs": [translated(paragraph) for paragraph in find(language)],
                }
            )
    return texts


def _notice_texts() -> dict[str, str]:
    notice = notice_queries.get_notice(current_actor().shop_id)
    return {text["language"]: "\n\n".join(text["paragraphs"]) for text in _in_languages(notice.paragraphs_in)}


def _standard_notice() -> dict[str, str]:
    ours = notice_queries.paragraphs(standard.read_notice())
    return {text["language"]: "\n\n".join(text["paragraphs"]) for text in _in_languages(lambda _: ours)}


def _type(text: str) -> DeviceType:
    if text not in set(DeviceType):
        raise NotFound
    return DeviceType(text)


def _kind(text: str) -> TaskKind:
    if text not in set(TaskKind):
        raise NotFound
    return TaskKind(text)


def _get_draft(device_type: str) -> tuple[DeviceType, Draft]:
    wanted = _type(device_type)
    draft = list_queries.find_draft(current_actor().shop_id, wanted)
    if draft is None:
        raise NotFound
    return wanted, draft


def _task(draft: Draft, kind: str) -> ListTask:
    wanted = _kind(kind)
    return next(task for task in draft.tasks if task.kind is wanted)
