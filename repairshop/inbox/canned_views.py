"""The shop's prepared replies, for managers."""

from collections.abc import Callable

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.customers.forms import language_choices
from repairshop.inbox import canned
from repairshop.inbox.forms import CannedForm
from repairshop.inbox.rules import CANNED_PLACEHOLDERS, LONGEST_VALUES
from repairshop.notifications.lengths import longest_link
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.web.access import staff_only
from repairshop.web.forms import Form
from repairshop.web.locale import LANGUAGES
from repairshop.web.once import done_once

replies = Blueprint("replies", __name__)


@replies.get("/messages/replies")
@staff_only(Right.TAKE_IN)
def list_() -> ResponseReturnValue:
    rows = canned.list_replies(current_actor().shop_id, with_retired=True)
    missing = [
        language
        for language in current_shop().languages
        if rows and all(row.language != language or row.is_retired for row in rows)
    ]
    return render_template(
        "inbox/replies.html", rows=rows, missing=missing, languages=LANGUAGES, form=Form(formdata=None)
    )


@replies.get("/messages/replies/new")
@staff_only(Right.MANAGE)
def add_form() -> ResponseReturnValue:
    form = CannedForm(formdata=None)
    return _draw(form)


@replies.post("/messages/replies/new")
@staff_only(Right.MANAGE)
def add() -> ResponseReturnValue:
    form = CannedForm()
    return _save(
        form,
        lambda: canned.add_reply(
            language=form.language.data, name=form.name.data, text=form.text.data, by=current_actor()
        ),
    )


@replies.get("/messages/replies/<int:reply_id>")
@staff_only(Right.MANAGE)
def change_form(reply_id: int) -> ResponseReturnValue:
    row = canned.get_reply(reply_id, shop_id=current_actor().shop_id)
    form = CannedForm(formdata=None, name=row.name, language=row.language, text=row.text)
    form.version.data = row.version
    return _draw(form, row)


@replies.post("/messages/replies/<int:reply_id>")
@staff_only(Right.MANAGE)
def change(reply_id: int) -> ResponseReturnValue:
    row, form = canned.get_reply(reply_id, shop_id=current_actor().shop_id), CannedForm()
    return _save(
        form,
        lambda: canned.change_reply(
            reply_id,
            language=form.language.data,
            name=form.name.data,
            text=form.text.data,
            by=current_actor(),
            expected_version=form.expected_version,
        ),
        row,
    )


@replies.post("/messages/replies/<int:reply_id>/retire")
@staff_only(Right.MANAGE)
def retire(reply_id: int) -> ResponseReturnValue:
    return _press(reply_id, lambda: canned.retire_reply(reply_id, by=current_actor()))


@replies.post("/messages/replies/<int:reply_id>/bring-back")
@staff_only(Right.MANAGE)
def bring_back(reply_id: int) -> ResponseReturnValue:
    return _press(reply_id, lambda: canned.bring_back(reply_id, by=current_actor()))


def _press(reply_id: int, act: Callable[[], object]) -> ResponseReturnValue:
    form = Form()
    if done := done_once(form, act, leads_to=url_for("replies.list_")):
        return done
    row = canned.get_reply(reply_id, shop_id=current_actor().shop_id)
    again = CannedForm(formdata=None, name=row.name, language=row.language, text=row.text)
    again.form_errors.extend(form.form_errors)
    for field in form:
        again.form_errors.extend(field.errors)
    return _draw(again, row), 422


def _save(
    form: CannedForm, act: Callable[[], object], row: canned.ReplyRow | None = None
) -> ResponseReturnValue:
    form.language.choices = language_choices(current_shop().languages)
    return done_once(form, act, leads_to=url_for("replies.list_")) or (_draw(form, row), 422)


def _draw(form: CannedForm, row: canned.ReplyRow | None = None) -> str:
    form.language.choices = language_choices(current_shop().languages)
    return render_template(
        "inbox/reply.html",
        form=form,
        row=row,
        placeholders=CANNED_PLACEHOLDERS,
        longest=LONGEST_VALUES,
        length=canned.longest(form.text.data or ""),
        link_length=len(longest_link()),
        plain=Form(formdata=None),
    )
