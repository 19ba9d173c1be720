"""The inbox: what waits for somebody, and the answer to it beside the list."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice

from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.inbox import calls, queries, service, text_queries
from repairshop.inbox.bad_addresses import list_bad_addresses
from repairshop.inbox.canned import ReplyRow, list_replies
from repairshop.inbox.forms import AgainForm, AnswerForm, AssignForm, CallForm, QuestionForm
from repairshop.inbox.message_queries import get_trouble
from repairshop.inbox.queries import Inbox, Item
from repairshop.inbox.question_queries import get_question_page
from repairshop.inbox.reply import Way
from repairshop.inbox.rules import CallOutcome, ChannelClosed, ColleagueUnknown, ItemKind, filled
from repairshop.inbox.text_queries import TextPage
from repairshop.notifications.lengths import longest_link
from repairshop.notifications.rules import State
from repairshop.notifications.service import settle_by_hand
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.attachments import answer_question
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.bodies import tag_of
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.once import once
from repairshop.web.row_numbers import row_number
from repairshop.web.saying import say_done

inbox = Blueprint("inbox", __name__)


@inbox.get("/messages")
@staff_only(Right.TAKE_IN)
def show() -> ResponseReturnValue:
    return _page(bad_addresses=list_bad_addresses(current_actor().shop_id))


@inbox.get("/messages/count")
@staff_only(Right.SEE_TICKETS)
def count() -> ResponseReturnValue:
    """For the header of pages that stay open: the figure, and 304 while it is the same."""
    found = queries.count_waiting(current_actor().shop_id)
    response = jsonify(items=found.items)
    response.set_etag(tag_of(found.items))
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@inbox.get("/messages/texts/<int:text_id>")
@staff_only(Right.TAKE_IN)
def text(text_id: int) -> ResponseReturnValue:
    page = _text_page(text_id)
    form = AnswerForm(formdata=None)
    _offer_ways(form, page)
    form.way.data = next((way.way.value for way in page.ways if way.obstacle is None), None)
    form.seen.data = page.newest_id
    replies = list_replies(current_actor().shop_id)
    chosen = request.args.get("reply", type=row_number)
    form.text.data = next((_filled(reply, page) for reply in replies if reply.id == chosen), "")
    return _page(page=page, form=form, replies=replies)


@inbox.post("/messages/texts/<int:text_id>")
@staff_only(Right.TAKE_IN)
def answer(text_id: int) -> ResponseReturnValue:
    form = AnswerForm()

    def act() -> None:
        way = Way.read(form.way.data or "")
        if way is None:
            raise ChannelClosed(field="way")
        service.answer_text(text_id, form.text.data, way, seen=form.seen.data, by=current_actor())

    return _done(form, act, url_for("inbox.next_item")) or _text_again(text_id, form)


def _text_again(text_id: int, form: AnswerForm) -> ResponseReturnValue:
    """With what is wrong, what was typed, and what came meanwhile."""
    page = _text_page(text_id)
    _offer_ways(form, page)
    form.seen.data = page.newest_id
    form.seen.raw_data = None
    return _page(page=page, form=form, replies=list_replies(current_actor().shop_id)), 422


@inbox.post("/messages/texts/<int:text_id>/done")
@staff_only(Right.TAKE_IN)
def put_aside(text_id: int) -> ResponseReturnValue:
    form = Form()
    done = _done(form, lambda: service.put_aside(text_id, by=current_actor()), url_for("inbox.next_item"))
    return say_done("item_done", done) or _text_again(text_id, _carry(form, AnswerForm(formdata=None)))


@inbox.get("/messages/questions/<int:question_id>")
@staff_only(Right.TAKE_IN)
def question(question_id: int) -> ResponseReturnValue:
    page, form = get_question_page(question_id, shop_id=current_actor().shop_id), QuestionForm(formdata=None)
    replies = list_replies(current_actor().shop_id)
    chosen = request.args.get("reply", type=row_number)
    form.text.data = next((_filled(reply, page) for reply in replies if reply.id == chosen), "")
    return _page(page=page, form=form, replies=replies)


@inbox.post("/messages/questions/<int:question_id>")
@staff_only(Right.TAKE_IN)
def answer_the_question(question_id: int) -> ResponseReturnValue:
    form = QuestionForm()
    page = get_question_page(question_id, shop_id=current_actor().shop_id)

    def act() -> None:
        answer_question(page.reference, question_id, form.text.data, by=current_actor())

    if done := say_done("answer_sent", _done(form, act, url_for("inbox.next_item"))):
        return done
    page = get_question_page(question_id, shop_id=current_actor().shop_id)
    return _page(page=page, form=form, replies=list_replies(current_actor().shop_id)), 422


@inbox.get("/messages/troubles/<int:message_id>")
@staff_only(Right.TAKE_IN)
def trouble(message_id: int) -> ResponseReturnValue:
    page = get_trouble(message_id, shop_id=current_actor().shop_id)
    return _page(page=page, form=CallForm(formdata=None))


@inbox.post("/messages/troubles/<int:message_id>/call")
@staff_only(Right.TAKE_IN)
def call(message_id: int) -> ResponseReturnValue:
    form = CallForm()

    def act() -> None:
        outcome = CallOutcome(form.outcome.data)
        calls.record_call(message_id, outcome, note=form.note.data or "", by=current_actor())

    done = say_done("item_done", _done(form, act, url_for("inbox.next_item")))
    return done or _trouble_again(message_id, form)


@inbox.post("/messages/troubles/<int:message_id>/settle")
@staff_only(Right.TAKE_IN)
def settle(message_id: int) -> ResponseReturnValue:
    """Send it once more, or give up."""
    form = AgainForm()

    def act() -> None:
        settle_by_hand(message_id, State(form.answer.data), by=current_actor())

    done = say_done("item_done", _done(form, act, url_for("inbox.next_item")))
    return done or _trouble_again(message_id, _carry(form, CallForm(formdata=None)))


def _trouble_again(message_id: int, form: Form) -> ResponseReturnValue:
    return _page(page=get_trouble(message_id, shop_id=current_actor().shop_id), form=form), 422


@inbox.post("/messages/<any(text,question,message):kind>/<int:source_id>/assign")
@staff_only(Right.TAKE_IN)
def assign(kind: str, source_id: int) -> ResponseReturnValue:
    form, item_kind = AssignForm(), ItemKind(kind)
    there = _address(item_kind, source_id)

    def act() -> None:
        to = form.staff.data or ""
        if to and not (to.isascii() and to.isdigit() and len(to) < 10):
            raise ColleagueUnknown(field="staff")
        service.assign(item_kind, source_id, to_staff_id=int(to) if to else None, by=current_actor())

    done = _done(form, act, there)
    return done or (_page(form=_carry(form, Form(formdata=None))), 422)


@inbox.get("/messages/next")
@staff_only(Right.TAKE_IN)
def next_item() -> ResponseReturnValue:
    """What waits longest among what is mine or nobody's; the list when nothing does."""
    me = current_actor().id
    found = queries.get_inbox(current_actor().shop_id, reader_id=me, at=now())
    item = next((item for item in found.items if item.assignee_id in {None, me}), None)
    return redirect(address_of(item) if item else url_for("inbox.show"))


def address_of(item: Item) -> str:
    return _address(item.kind, item.id)


def _address(kind: ItemKind, source_id: int) -> str:
    if kind is ItemKind.TEXT:
        return url_for("inbox.text", text_id=source_id)
    if kind is ItemKind.QUESTION:
        return url_for("inbox.question", question_id=source_id)
    return url_for("inbox.trouble", message_id=source_id)


def _done(form: Form, act: Callable[[], object], there: str) -> ResponseReturnValue | None:
    """The way on; None when the page has to be shown again with what is wrong."""
    if not form.validate():
        return None
    try:
        with transaction():
            once(form, leads_to=there)
            act()
    except Refused as refusal:
        apply_refusal(form, refusal)
        return None
    return redirect(there)


def _carry(form: Form, other: Form) -> Any:
    """What one form of the page refused, said in the one that is drawn at the top."""
    for field in form:
        other.form_errors.extend(field.errors)
    other.form_errors.extend(form.form_errors)
    return other


def _text_page(text_id: int) -> TextPage:
    return text_queries.get_text_page(
        text_id, shop_id=current_actor().shop_id, languages=list(current_shop().languages)
    )


def _offer_ways(form: AnswerForm, page: TextPage) -> None:
    form.way.choices = [SelectChoice(way.way.value, way.way.address) for way in page.ways]


def _filled(reply: ReplyRow, page: Any) -> str:
    shop = current_shop()
    name = (page.customer_name or "").split()
    return filled(
        reply.text,
        {
            "name": name[0] if name else "",
            "ticket": page.number or "",
            "device": page.device_label,
            "shop": shop.name,
            "phone": shop.phone,
        },
    )


def _page(
    *,
    page: Any = None,
    form: Form | None = None,
    replies: list[ReplyRow] | None = None,
    **context: Any,
) -> str:
    shop_id, me, at = current_actor().shop_id, current_actor().id, now()
    whole = queries.get_inbox(shop_id, reader_id=me, at=at)
    return render_template(
        "inbox/inbox.html",
        inbox=_chosen(whole),
        whole=whole,
        page=page,
        form=form,
        plain=Form(formdata=None),
        colleagues=queries.list_colleagues(shop_id) if page is not None else [],
        replies=replies or [],
        reply_values=lambda reply: _filled(reply, page),
        address_of=address_of,
        who=request.args.get("who", ""),
        link_length=len(longest_link()),
        at=at,
        **context,
    )


def _chosen(whole: Inbox) -> Inbox:
    """Mine, nobody's or all."""
    who, me = request.args.get("who", ""), current_actor().id
    if who == "me":
        return whole.only(item for item in whole.items if item.assignee_id == me)
    if who == "nobody":
        return whole.only(item for item in whole.items if item.assignee_id is None)
    return whole
