"""Pages of the verbs that answer a quote at the counter or by phone, and of those that end one."""

from typing import Protocol

from flask import request
from flask.typing import ResponseReturnValue

from repairshop.notifications.verb_pages import do_verb, show_verb
from repairshop.quotes import service
from repairshop.quotes.answer_forms import AnswerForm, ApproveForm, DeclineForm, NoteForm, WithdrawForm
from repairshop.quotes.dates import dates_if_yes, days_have_passed
from repairshop.quotes.queries import find_form_day, get_current_quote
from repairshop.quotes.rows import QuoteRow
from repairshop.quotes.rules import DeclineReason
from repairshop.quotes.views import quotes as quotes  # one blueprint in two files: wiring takes it from here
from repairshop.staff.rules import Actor, Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.tickets.rules import MoveFacts
from repairshop.tickets.stages import Verb
from repairshop.web.access import staff_only


@quotes.get("/tickets/<reference>/approve")
@staff_only(Right.WORK_ON)
def approve_form(reference: str) -> ResponseReturnValue:
    head, quote = _current(reference)
    form = ApproveForm()
    form.offer(quote)
    _name_customer(form, head, quote)
    return _show_approve(reference, form, quote)


@quotes.post("/tickets/<reference>/approve")
@staff_only(Right.WORK_ON)
def approve(reference: str) -> ResponseReturnValue:
    """`act=total` works out what the ticked extras come to and moves nothing."""
    _, quote = _current(reference)
    form = ApproveForm()
    form.offer(quote)
    if request.form.get("act") == "total":
        return _show_approve(reference, form, quote)
    return do_verb(
        "quotes/approve.html",
        reference,
        Verb.APPROVE,
        form,
        lambda: service.approve(
            reference,
            by=current_actor(),
            quote_id=form.quote_id.data,
            option_id=form.option.data,
            line_ids=form.line_ids(quote),
            evidence=form.evidence(time_zone=current_shop().time_zone),
            expected_version=form.expected_version,
        ),
        facts=_facts(quote, form),
        context=_chosen(form, quote),
    )


def _show_approve(reference: str, form: ApproveForm, quote: QuoteRow | None) -> ResponseReturnValue:
    return show_verb(
        "quotes/approve.html",
        reference,
        Verb.APPROVE,
        form,
        facts=_facts(quote, form),
        context=_chosen(form, quote),
    )


@quotes.get("/tickets/<reference>/decline")
@staff_only(Right.WORK_ON)
def decline_form(reference: str) -> ResponseReturnValue:
    head, quote = _current(reference)
    form = DeclineForm()
    _name_customer(form, head, quote)
    return show_verb("quotes/decline.html", reference, Verb.DECLINE, form, context={"quote": quote})


@quotes.post("/tickets/<reference>/decline")
@staff_only(Right.WORK_ON)
def decline(reference: str) -> ResponseReturnValue:
    _, quote = _current(reference)
    form = DeclineForm()
    return do_verb(
        "quotes/decline.html",
        reference,
        Verb.DECLINE,
        form,
        lambda: service.decline(
            reference,
            by=current_actor(),
            quote_id=form.quote_id.data,
            reason=DeclineReason(form.reason.data),
            note=form.note.data or "",
            evidence=form.evidence(time_zone=current_shop().time_zone),
            expected_version=form.expected_version,
        ),
        context={"quote": quote},
    )


def _current(reference: str) -> tuple[TicketHead, QuoteRow | None]:
    head = get_head(reference, shop_id=current_actor().shop_id)
    return head, get_current_quote(head.id)


def _name_customer(form: AnswerForm, head: TicketHead, quote: QuoteRow | None) -> None:
    form.quote_id.data = quote.id if quote else None
    form.consented_by.data = head.customer_name or ""


def _chosen(form: ApproveForm, quote: QuoteRow | None) -> dict[str, object]:
    option = form.chosen_option(quote)
    return {
        "quote": quote,
        "chosen": option.share(form.line_ids(quote)) if option else None,
        "days_have_passed": quote is not None and days_have_passed(quote, shop_id=current_shop().id),
    }


def _facts(quote: QuoteRow | None, form: ApproveForm) -> MoveFacts | None:
    if quote is None:
        return None
    option, dates = form.chosen_option(quote), dates_if_yes(quote, shop_id=current_shop().id)
    return MoveFacts(
        price=option.price if option else None,
        price_at_most=option.at_most if option else None,
        promised_from=dates.earliest,
        promised_to=dates.latest,
    )


@quotes.get("/tickets/<reference>/withdraw-quote")
@staff_only(Right.WORK_ON)
def withdraw_quote_form(reference: str) -> ResponseReturnValue:
    return show_verb(
        "quotes/end.html", reference, Verb.WITHDRAW_QUOTE, WithdrawForm(), context=_holding(reference)
    )


@quotes.post("/tickets/<reference>/withdraw-quote")
@staff_only(Right.WORK_ON)
def withdraw_quote(reference: str) -> ResponseReturnValue:
    form = WithdrawForm()
    return do_verb(
        "quotes/end.html",
        reference,
        Verb.WITHDRAW_QUOTE,
        form,
        lambda: service.withdraw_quote(
            reference,
            by=current_actor(),
            note=form.note.data or "",
            consent=form.consent(),
            expected_version=form.expected_version,
        ),
        context=_holding(reference),
    )


def _holding(reference: str) -> dict[str, object]:
    """The quote, and until when its repair form holds."""
    head, quote = _current(reference)
    return {"quote": quote, "holds": find_form_day(head.id, shop_id=head.shop_id)}


@quotes.get("/tickets/<reference>/close-unanswered")
@staff_only(Right.WORK_ON)
def close_unanswered_form(reference: str) -> ResponseReturnValue:
    return _ask_to_end(reference, Verb.CLOSE_UNANSWERED)


@quotes.post("/tickets/<reference>/close-unanswered")
@staff_only(Right.WORK_ON)
def close_unanswered(reference: str) -> ResponseReturnValue:
    return _end(reference, Verb.CLOSE_UNANSWERED, service.close_unanswered)


@quotes.get("/tickets/<reference>/take-approval-back")
@staff_only(Right.WORK_ON)
def take_approval_back_form(reference: str) -> ResponseReturnValue:
    return _ask_to_end(reference, Verb.TAKE_APPROVAL_BACK)


@quotes.post("/tickets/<reference>/take-approval-back")
@staff_only(Right.WORK_ON)
def take_approval_back(reference: str) -> ResponseReturnValue:
    return _end(reference, Verb.TAKE_APPROVAL_BACK, service.take_approval_back)


class Ending(Protocol):
    """A verb that ends a quote or opens it again."""

    def __call__(self, reference: str, *, by: Actor, note: str, expected_version: int | None) -> None: ...


def _ask_to_end(reference: str, verb: Verb) -> ResponseReturnValue:
    _, quote = _current(reference)
    return show_verb("quotes/end.html", reference, verb, NoteForm(), context={"quote": quote})


def _end(reference: str, verb: Verb, act: Ending) -> ResponseReturnValue:
    _, quote = _current(reference)
    form = NoteForm()
    return do_verb(
        "quotes/end.html",
        reference,
        verb,
        form,
        lambda: act(
            reference,
            by=current_actor(),
            note=form.note.data or "",
            expected_version=form.expected_version,
        ),
        context={"quote": quote},
    )
