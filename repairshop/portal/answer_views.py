"""The customer's answers: to a quote, and questions to the shop. Forms stand on pages of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop import clock
from repairshop.errors import NotFound, Refused
from repairshop.portal import repair, service, session
from repairshop.portal.forms import (
    BEGUN_QUESTIONS,
    ApproveForm,
    DeclineForm,
    PlainForm,
    QuestionForm,
    SendCodeForm,
    WorthForm,
)
from repairshop.portal.rules import may_approve, require_may_approve
from repairshop.privacy.answering import answer_as_customer
from repairshop.privacy.forms import AnswersForm
from repairshop.privacy.notice_queries import NoticeText, get_notice
from repairshop.privacy.queries import list_tasks
from repairshop.privacy.rules import Way, may_customer_answer
from repairshop.promises.queries import get_promises
from repairshop.promises.rules import PromisedDates, first_working_day
from repairshop.quotes import service as quotes
from repairshop.quotes.dates import dates_if_yes
from repairshop.quotes.queries import get_current_quote, list_quotes
from repairshop.quotes.rows import OptionRow, QuoteRow, Share
from repairshop.quotes.rules import Channel, DeclineReason, Evidence, QuoteState
from repairshop.quotes.seed_files import read_footprints
from repairshop.quotes.worth import Worth, weigh
from repairshop.reports.form_documents import form_page, form_pdf
from repairshop.reports.views import pdf_response
from repairshop.tickets.attachments import ask_question
from repairshop.tickets.queries import TicketHead, list_questions
from repairshop.tickets.service import get_ticket_for_change
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.web.access import portal_only
from repairshop.web.forms import Form, apply_refusal
from repairshop.web.once import once
from repairshop.web.saying import say_done

answers = Blueprint("answers", __name__)

_BY_PORTAL = Evidence(channel=Channel.PORTAL)


@answers.get("/repair/<reference>/quote")
@portal_only
def show(reference: str) -> ResponseReturnValue:
    """Read it all once more, then answer."""
    head, quote = _load(reference)
    form = ApproveForm(formdata=None)
    form.version.data = head.stage_version
    return _draw("portal/quote.html", head, form, quote=quote)


@answers.post("/repair/<reference>/approve/<int:quote_id>")
@portal_only
def approve(reference: str, quote_id: int) -> ResponseReturnValue:
    head, quote = _load(reference)
    form = ApproveForm()
    option = quote.find_option(form.option.data)
    if option is not None:
        form.offer(option)

    def act() -> None:
        require_may_approve(session.current_guest().origin)
        quotes.approve(
            reference,
            by=session.customer_of(session.current_guest()),
            quote_id=quote_id,
            option_id=form.option.data,
            line_ids=form.chosen_lines(option) if option else None,
            evidence=_BY_PORTAL,
            expected_version=form.expected_version,
        )

    if "total" in request.form:
        # The total is computed here, so that the ticks and the price agree without scripting too.
        return _draw("portal/quote.html", head, form, quote=quote)
    return _answer("portal/quote.html", head, form, act, quote=quote)


@answers.get("/repair/<reference>/decline")
@portal_only
def decline_form(reference: str) -> ResponseReturnValue:
    head, quote = _load(reference)
    if head.stage is not Stage.AWAITING_APPROVAL:  # answered meanwhile, in another tab or by phone
        return redirect(url_for(".answered", reference=reference), 303)
    form = DeclineForm()
    form.version.data = head.stage_version
    return _draw("portal/decline.html", head, form, quote=quote)


@answers.post("/repair/<reference>/decline/<int:quote_id>")
@portal_only
def decline(reference: str, quote_id: int) -> ResponseReturnValue:
    head, quote = _load(reference)
    form = DeclineForm()

    def act() -> None:
        quotes.decline(
            reference,
            by=session.customer_of(session.current_guest()),
            quote_id=quote_id,
            reason=DeclineReason(form.reason.data),
            note=form.note.data or "",
            expected_version=form.expected_version,
        )

    return _answer("portal/decline.html", head, form, act, quote=quote)


@answers.get("/repair/<reference>/quotes")
@portal_only
def versions(reference: str) -> ResponseReturnValue:
    """Every version that went out, with what became of it: an old one stays readable."""
    head = repair.get_own_head(reference, guest=session.current_guest())
    sent = [quote for quote in list_quotes(head.id) if quote.state is not QuoteState.UNSENT]
    return _draw("portal/quotes.html", head, PlainForm(), quotes=sent)


@answers.get("/repair/<reference>/repair-form/<int:version>")
@portal_only
def repair_form(reference: str, version: int) -> ResponseReturnValue:
    """The European Repair Information Form that came with a quote."""
    return form_page(repair.get_own_head(reference, guest=session.current_guest()), version)


@answers.get("/repair/<reference>/repair-form/<int:version>.pdf")
@portal_only
def repair_form_pdf(reference: str, version: int) -> ResponseReturnValue:
    head = repair.get_own_head(reference, guest=session.current_guest())
    return pdf_response(form_pdf(head, version))


@answers.get("/repair/<reference>/answered")
@portal_only
def answered(reference: str) -> ResponseReturnValue:
    """What was decided and what comes next; a page to keep, print and come back to."""
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    form = PlainForm()
    form.version.data = head.stage_version
    return _draw("portal/answered.html", head, form, quote=get_current_quote(head.id), told=_told(head))


@answers.post("/repair/<reference>/take-back")
@portal_only
def take_back(reference: str) -> ResponseReturnValue:
    """Undo a yes while no work has started."""
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    form = PlainForm()

    def act() -> None:
        require_may_approve(guest.origin)
        quotes.take_approval_back(
            reference, by=session.customer_of(guest), expected_version=form.expected_version
        )

    context = {"quote": get_current_quote(head.id), "told": _told(head)}
    answer = _answer("portal/answered.html", head, form, act, then="answers.show", **context)
    return say_done("yes_taken_back", answer)


def _told(head: TicketHead) -> PromisedDates | None:
    promises = get_promises(head.id)
    return promises.current.dates if promises else None


@answers.get("/repair/<reference>/question")
@portal_only
def question_form(reference: str) -> ResponseReturnValue:
    """`about` in the address names a choice whose words stand in the field already; they can be changed."""
    head = repair.get_own_head(reference, guest=session.current_guest())
    form = QuestionForm(formdata=None)
    form.text.data = BEGUN_QUESTIONS.get(request.args.get("about", ""))
    return _draw("portal/question.html", head, form, questions=list_questions(head.id))


@answers.post("/repair/<reference>/question")
@portal_only
def ask(reference: str) -> ResponseReturnValue:
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    form = QuestionForm()

    def act() -> None:
        by = session.customer_of(guest)
        ask_question(get_ticket_for_change(reference, by=by), form.text.data, by=by)

    context = {"questions": list_questions(head.id)}
    answer = _answer("portal/question.html", head, form, act, then="answers.question_form", **context)
    return say_done("question_sent", answer)


@answers.get("/repair/<reference>/privacy-answers")
@portal_only
def privacy_form(reference: str) -> ResponseReturnValue:
    head, form, notice = _privacy(reference)
    form.prefill(notice=notice)
    return _draw("portal/privacy_answers.html", head, form, notice=notice)


@answers.post("/repair/<reference>/privacy-answers")
@portal_only
def answer_privacy(reference: str) -> ResponseReturnValue:
    """What the customer says about their data, from their own phone."""
    head, form, notice = _privacy(reference)

    def act() -> None:
        answer_as_customer(
            reference,
            form.given(),
            by=session.customer_of(session.current_guest()),
            way=Way.OWN_PHONE,
            notice_shown=form.notice_version.data,
        )

    return _answer("portal/privacy_answers.html", head, form, act, then="portal.privacy", notice=notice)


def _privacy(reference: str) -> tuple[TicketHead, AnswersForm, NoticeText]:
    head = repair.get_own_head(reference, guest=session.current_guest())
    form = AnswersForm()
    form.ask(
        [task for task in list_tasks(head.id) if may_customer_answer(task, stage=head.stage)],
        to_customer=Way.OWN_PHONE,
    )
    return head, form, get_notice(head.shop_id)


@answers.post("/repair/<reference>/send-link")
@portal_only
def send_link(reference: str) -> ResponseReturnValue:
    """A link to the customer's own number or address, for those who came by receipt or code."""
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    form = PlainForm()
    if not form.validate():
        raise NotFound
    with transaction():
        sent = service.send_link(reference, by=session.customer_of(guest))
    return _draw("portal/link_sent.html", head, form, sent=sent)


def _load(reference: str) -> tuple[TicketHead, QuoteRow]:
    """The repair and the quote it waits for; NotFound when there is nothing to answer."""
    head = repair.get_own_head(reference, guest=session.current_guest())
    quote = get_current_quote(head.id)
    if quote is None:
        raise NotFound
    return head, quote


def _answer(
    template: str,
    head: TicketHead,
    form: Form,
    act: Callable[[], None],
    *,
    then: str = "answers.answered",
    **context: Any,
) -> ResponseReturnValue:
    """Do it once and go on to the page that says what happened."""
    there = url_for(then, reference=head.reference)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=there)
                act()
        except Refused as refusal:
            put = form.put if isinstance(form, AnswersForm) else partial(apply_refusal, form)
            put(refusal)
        else:
            return redirect(there, 303)
    return _draw(template, head, form, **context), 422


def _draw(template: str, head: TicketHead, form: Form, **context: Any) -> str:
    guest = session.current_guest()
    quote = context.get("quote")
    code_form = SendCodeForm(formdata=None)
    code_form.then.data = "answered" if template == "portal/answered.html" else "quote"
    if isinstance(form, ApproveForm) and quote is not None:
        context["ways"] = _ways(quote, form)
        context["worth_form"], context["worth"] = _worth(quote, head)
        context["coming"] = dates_if_yes(quote, shop_id=head.shop_id)
    return render_template(
        template,
        guest=guest,
        shop=guest.shop,
        head=head,
        form=form,
        code_form=code_form,
        may_approve=may_approve(guest.origin),
        is_open=head.stage is Stage.AWAITING_APPROVAL,
        today=first_working_day(guest.shop.calendar, at=clock.now()),
        **context,
    )


@dataclass(frozen=True, kw_only=True)
class DrawnOption:
    """An option with the form that says yes to it and what its ticks come to."""

    option: OptionRow
    form: ApproveForm
    chosen: frozenset[int]
    share: Share


def _worth(quote: QuoteRow, head: TicketHead) -> tuple[WorthForm, Worth]:
    """Repair or replace under the assumptions in the address; nothing of it is kept."""
    form = WorthForm(request.args)
    assumed = form.assumptions(like_new=quote.like_new, currency=quote.currency)
    options = tuple((option.label, option.asked.price) for option in quote.options)
    return form, weigh(options, assumed, read_footprints().get(head.device_type))


def _ways(quote: QuoteRow, sent: ApproveForm) -> list[DrawnOption]:
    """Each option beside the others; what was ticked stays ticked."""
    ways = []
    for option in quote.options:
        form = sent if sent.option.data == option.id else ApproveForm(formdata=None)
        form.version.data = sent.version.data
        form.offer(option)
        chosen = frozenset(form.chosen_lines(option))
        ways.append(DrawnOption(option=option, form=form, chosen=chosen, share=option.share(chosen)))
    return ways
