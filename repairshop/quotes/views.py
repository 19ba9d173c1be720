"""Pages of the quotes: every version, and the verbs that send, answer and end one."""

from typing import Protocol

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.money import Money
from repairshop.notifications.verb_pages import VerbForm, do_verb, show_verb
from repairshop.quotes import service
from repairshop.quotes.draft_queries import first_draft, get_agreement, get_draft, sheet_of
from repairshop.quotes.drafts import find_terms
from repairshop.quotes.forms import AnswerForm, ApproveForm, DatesForm, DeclineForm, NoteForm
from repairshop.quotes.queries import QuoteRow, find_share, get_current_quote, list_quotes
from repairshop.quotes.records import facts_of
from repairshop.quotes.rules import DRAFT_STAGES, DeclineReason, NoSpendLimit
from repairshop.quotes.terms import QuoteTerms
from repairshop.staff.rules import Actor, Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.tickets.rules import MoveFacts
from repairshop.tickets.stages import Verb
from repairshop.web.access import staff_only

quotes = Blueprint("quotes", __name__)


class Sending(Protocol):
    """A verb that sends the draft."""

    def __call__(self, reference: str, *, by: Actor, expected_version: int | None) -> None: ...


@quotes.get("/tickets/<reference>/quotes")
@staff_only(Right.SEE_TICKETS)
def show(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    return render_template(
        "quotes/show.html",
        head=head,
        quotes=list_quotes(head.id),
        can_draft=head.stage in DRAFT_STAGES,
    )


def _check(reference: str, verb: Verb, *, within_limit: bool = False) -> ResponseReturnValue:
    """The quote as the customer will read it; to the draft while there is nothing to read."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    terms = find_terms(get_draft(head.id), shop_id=head.shop_id, at=now())
    if terms is None or not terms.lines:
        return redirect(url_for("drafts.edit", reference=reference))
    terms = terms.without_extras() if within_limit else terms
    context = _context(head, terms)
    if within_limit and context["limit"] is None:
        raise NoSpendLimit
    return show_verb("quotes/check.html", reference, verb, VerbForm(), facts=facts_of(terms), context=context)


def _send(reference: str, verb: Verb, act: Sending, *, within_limit: bool = False) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form = VerbForm()
    terms = find_terms(get_draft(head.id), shop_id=head.shop_id, at=now())
    if terms is None:
        return redirect(url_for("drafts.edit", reference=reference))
    terms = terms.without_extras() if within_limit else terms
    return do_verb(
        "quotes/check.html",
        reference,
        verb,
        form,
        lambda: act(reference, by=current_actor(), expected_version=form.expected_version),
        facts=facts_of(terms),
        context=_context(head, terms),
    )


def _context(head: TicketHead, terms: QuoteTerms) -> dict[str, object]:
    return {"quote": sheet_of(terms), "limit": get_agreement(head.id).spend_limit}


@quotes.get("/tickets/<reference>/send-quote")
@staff_only(Right.WORK_ON)
def send_quote_form(reference: str) -> ResponseReturnValue:
    return _check(reference, Verb.SEND_QUOTE)


@quotes.post("/tickets/<reference>/send-quote")
@staff_only(Right.WORK_ON)
def send_quote(reference: str) -> ResponseReturnValue:
    return _send(reference, Verb.SEND_QUOTE, service.send_quote)


@quotes.get("/tickets/<reference>/revise-quote")
@staff_only(Right.WORK_ON)
def revise_quote_form(reference: str) -> ResponseReturnValue:
    return _check(reference, Verb.REVISE_QUOTE)


@quotes.post("/tickets/<reference>/revise-quote")
@staff_only(Right.WORK_ON)
def revise_quote(reference: str) -> ResponseReturnValue:
    return _send(reference, Verb.REVISE_QUOTE, service.revise_quote)


@quotes.get("/tickets/<reference>/requote")
@staff_only(Right.WORK_ON)
def requote_form(reference: str) -> ResponseReturnValue:
    return _check(reference, Verb.REQUOTE)


@quotes.post("/tickets/<reference>/requote")
@staff_only(Right.WORK_ON)
def requote(reference: str) -> ResponseReturnValue:
    return _send(reference, Verb.REQUOTE, service.requote)


@quotes.get("/tickets/<reference>/customer-reconsiders")
@staff_only(Right.WORK_ON)
def customer_reconsiders_form(reference: str) -> ResponseReturnValue:
    return _check(reference, Verb.CUSTOMER_RECONSIDERS)


@quotes.post("/tickets/<reference>/customer-reconsiders")
@staff_only(Right.WORK_ON)
def customer_reconsiders(reference: str) -> ResponseReturnValue:
    return _send(reference, Verb.CUSTOMER_RECONSIDERS, service.customer_reconsiders)


@quotes.get("/tickets/<reference>/proceed-within-limit")
@staff_only(Right.WORK_ON)
def proceed_within_limit_form(reference: str) -> ResponseReturnValue:
    return _check(reference, Verb.PROCEED_WITHIN_LIMIT, within_limit=True)


@quotes.post("/tickets/<reference>/proceed-within-limit")
@staff_only(Right.WORK_ON)
def proceed_within_limit(reference: str) -> ResponseReturnValue:
    return _send(reference, Verb.PROCEED_WITHIN_LIMIT, service.proceed_within_limit, within_limit=True)


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
            line_ids=form.line_ids(quote),
            evidence=form.evidence(time_zone=current_shop().time_zone),
            expected_version=form.expected_version,
        ),
        facts=_facts(quote),
        context=_chosen(form, quote),
    )


def _show_approve(reference: str, form: ApproveForm, quote: QuoteRow | None) -> ResponseReturnValue:
    return show_verb(
        "quotes/approve.html",
        reference,
        Verb.APPROVE,
        form,
        facts=_facts(quote),
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
    return {"quote": quote, "chosen": find_share(quote, form.line_ids(quote))}


def _facts(quote: QuoteRow | None) -> MoveFacts | None:
    if quote is None:
        return None
    return MoveFacts(
        price=quote.price,
        price_at_most=quote.at_most,
        promised_from=quote.earliest,
        promised_to=quote.latest,
    )


@quotes.get("/tickets/<reference>/withdraw-quote")
@staff_only(Right.WORK_ON)
def withdraw_quote_form(reference: str) -> ResponseReturnValue:
    return _ask_to_end(reference, Verb.WITHDRAW_QUOTE)


@quotes.post("/tickets/<reference>/withdraw-quote")
@staff_only(Right.WORK_ON)
def withdraw_quote(reference: str) -> ResponseReturnValue:
    return _end(reference, Verb.WITHDRAW_QUOTE, service.withdraw_quote)


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


@quotes.get("/tickets/<reference>/accept-fixed-price")
@staff_only(Right.WORK_ON)
def accept_fixed_price_form(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form, start = DatesForm(), first_draft(head, at=now())
    form.earliest.data, form.latest.data = start.earliest, start.latest
    price = get_agreement(head.id).fixed_price
    return show_verb(
        "quotes/accept_fixed_price.html",
        reference,
        Verb.ACCEPT_FIXED_PRICE,
        form,
        facts=_fixed_facts(form, price),
        context={"price": price},
    )


@quotes.post("/tickets/<reference>/accept-fixed-price")
@staff_only(Right.WORK_ON)
def accept_fixed_price(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form, price = DatesForm(), get_agreement(head.id).fixed_price
    return do_verb(
        "quotes/accept_fixed_price.html",
        reference,
        Verb.ACCEPT_FIXED_PRICE,
        form,
        lambda: service.accept_fixed_price(
            reference,
            earliest=form.earliest.data,
            latest=form.latest.data,
            by=current_actor(),
            expected_version=form.expected_version,
        ),
        facts=_fixed_facts(form, price),
        context={"price": price},
    )


def _fixed_facts(form: DatesForm, price: Money | None) -> MoveFacts:
    return MoveFacts(
        price=price, price_at_most=price, promised_from=form.earliest.data, promised_to=form.latest.data
    )
