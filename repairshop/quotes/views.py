"""Pages of the quotes: every version, and the verbs that send, answer and end one."""

from typing import Protocol

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.clock import now
from repairshop.money import Money
from repairshop.notifications.verb_pages import VerbForm, do_verb, show_verb
from repairshop.quotes import service
from repairshop.quotes.addition_queries import find_undoable
from repairshop.quotes.addition_rules import ADDITION_STAGES
from repairshop.quotes.answer_forms import ConsentForm, DatesForm
from repairshop.quotes.draft_queries import get_agreement, get_draft, sheet_of, suggest
from repairshop.quotes.drafts import find_terms
from repairshop.quotes.queries import find_form_day, list_quotes
from repairshop.quotes.records import facts_of
from repairshop.quotes.rules import DRAFT_STAGES, NoSpendLimit
from repairshop.quotes.stops import find_stop
from repairshop.quotes.terms import QuoteTerms
from repairshop.staff.rules import Actor, Right
from repairshop.staff.session import current_actor
from repairshop.tickets.queries import TicketHead, get_head
from repairshop.tickets.rules import MoveFacts
from repairshop.tickets.stages import Verb
from repairshop.web.access import staff_only
from repairshop.web.forms import Form

quotes = Blueprint("quotes", __name__)


class Sending(Protocol):
    """A verb that sends the draft."""

    def __call__(self, reference: str, *, by: Actor, expected_version: int | None) -> None: ...


@quotes.get("/tickets/<reference>/quotes")
@staff_only(Right.SEE_TICKETS)
def show(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    sent, at = list_quotes(head.id), now()
    limit = get_agreement(head.id).spend_limit
    last = find_undoable(sent, head.id, by=current_actor(), at=at)
    return render_template(
        "quotes/show.html",
        head=head,
        quotes=sent,
        can_draft=head.stage in DRAFT_STAGES,
        may_add=limit is not None and head.stage in ADDITION_STAGES and any(one.agreed for one in sent),
        last=last,
        at=at,
    )


def _check(reference: str, verb: Verb, *, within_limit: bool = False) -> ResponseReturnValue:
    """The quote as the customer will read it; to the draft, which says why, while none can be sent."""
    head = get_head(reference, shop_id=current_actor().shop_id)
    terms = find_terms(get_draft(head.id), shop_id=head.shop_id, at=now())
    if find_stop(head) or terms is None or not any(option.lines for option in terms.options):
        return redirect(url_for("drafts.edit", reference=reference))
    terms = terms.without_extras() if within_limit else terms
    context = _context(head, terms)
    if within_limit and context["limit"] is None:
        raise NoSpendLimit
    form = ConsentForm() if verb is Verb.REVISE_QUOTE else VerbForm()
    return show_verb("quotes/check.html", reference, verb, form, facts=facts_of(terms), context=context)


def _send(
    reference: str, verb: Verb, act: Sending, *, within_limit: bool = False, form: Form | None = None
) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form = form or VerbForm()
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
    return {
        "quote": sheet_of(terms),
        "limit": get_agreement(head.id).spend_limit,
        "holds": find_form_day(head.id, shop_id=head.shop_id),
    }


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
    form = ConsentForm()

    def act(reference: str, *, by: Actor, expected_version: int | None) -> None:
        service.revise_quote(reference, by=by, consent=form.consent(), expected_version=expected_version)

    return _send(reference, Verb.REVISE_QUOTE, act, form=form)


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


@quotes.get("/tickets/<reference>/accept-fixed-price")
@staff_only(Right.WORK_ON)
def accept_fixed_price_form(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    form, start = DatesForm(), suggest(head, at=now())
    if start is not None:
        form.earliest.data, form.latest.data = start.dates.earliest, start.dates.latest
    price = get_agreement(head.id).fixed_price
    return show_verb(
        "quotes/accept_fixed_price.html",
        reference,
        Verb.ACCEPT_FIXED_PRICE,
        form,
        facts=_fixed_facts(form, price),
        context={"price": price},
        head=head,
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
