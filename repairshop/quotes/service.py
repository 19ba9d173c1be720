"""Verbs of the quotes: send, answer, take back. Each version stays as it was sent; each answer is a row."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from repairshop import clock
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import db
from repairshop.diagnostics.rules import require_checked_in
from repairshop.errors import Conflict
from repairshop.events import publish
from repairshop.promises.queries import get_calendar
from repairshop.promises.rules import PromiseReason
from repairshop.quotes.dates import dates_if_yes
from repairshop.quotes.draft_queries import get_draft
from repairshop.quotes.drafts import terms_of
from repairshop.quotes.events import QuoteWanted
from repairshop.quotes.models import Quote, QuoteDecision
from repairshop.quotes.queries import get_current_quote
from repairshop.quotes.records import promise_unless_told, write_decision, write_version
from repairshop.quotes.repair_form import gives_form, require_form_free
from repairshop.quotes.rows import OptionRow, QuoteRow, Share
from repairshop.quotes.rules import (
    Channel,
    DecisionKind,
    DeclineReason,
    Evidence,
    NoQuoteToAnswer,
    QuoteKind,
    QuoteState,
    require_answerable,
    require_choice,
    require_evidence,
    require_expired,
    require_fixed_price,
    require_one_way,
    require_option,
    require_unrepaired,
    require_within_limit,
)
from repairshop.quotes.terms import DatesBasis, LineKind, OptionTerms, QuoteLine, QuoteTerms
from repairshop.staff.queries import get_shop
from repairshop.staff.rules import Actor
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts, TicketId
from repairshop.tickets.service import get_ticket_for_change, move_ticket
from repairshop.tickets.stages import Stage, Verb, require_move


def send_quote(reference: str, *, by: Actor, expected_version: int | None = None) -> None:
    """diagnosing -> awaiting_approval with the draft as the next version."""
    ticket = _take(reference, Verb.SEND_QUOTE, by=by, expected_version=expected_version)
    _send(ticket, Verb.SEND_QUOTE, by=by)


def revise_quote(
    reference: str, *, by: Actor, consent: Evidence | None = None, expected_version: int | None = None
) -> None:
    """A new version while the customer decides; only the newest can be answered.

    Refuses with FormHolds while the repair form of the version before holds, unless the customer agreed.
    """
    ticket = _take(reference, Verb.REVISE_QUOTE, by=by, expected_version=expected_version)
    _require_form_free(ticket, consent)
    _send(ticket, Verb.REVISE_QUOTE, by=by, consent=consent)


def requote(reference: str, *, by: Actor, expected_version: int | None = None) -> None:
    """More was found after the approval: work waits for a new answer, the old version stays readable."""
    ticket = _take(reference, Verb.REQUOTE, by=by, expected_version=expected_version)
    _send(ticket, Verb.REQUOTE, by=by)


def customer_reconsiders(reference: str, *, by: Actor, expected_version: int | None = None) -> None:
    """ready -> awaiting_approval: an unrepaired device is to be repaired after all, at new dates."""
    ticket = _take(reference, Verb.CUSTOMER_RECONSIDERS, by=by, expected_version=expected_version)
    require_unrepaired(ticket.outcome)
    _send(ticket, Verb.CUSTOMER_RECONSIDERS, by=by)


def proceed_within_limit(reference: str, *, by: Actor, expected_version: int | None = None) -> None:
    """diagnosing -> approved without asking: the draft's asked repair costs at most the customer's limit."""
    ticket = _take(reference, Verb.PROCEED_WITHIN_LIMIT, by=by, expected_version=expected_version)
    terms = terms_of(get_draft(ticket.id), shop_id=ticket.shop_id, at=clock.now()).without_extras()
    require_within_limit(require_one_way(terms), limit_minor=ticket.spend_limit_minor)
    quote = write_version(ticket, Verb.PROCEED_WITHIN_LIMIT, terms, kind=QuoteKind.WITHIN_LIMIT, by=by)
    _agreed_at_intake(ticket, quote, by=by)


def accept_fixed_price(
    reference: str, *, earliest: date, latest: date, by: Actor, expected_version: int | None = None
) -> None:
    """received -> approved at the price that was agreed and signed when the device came in."""
    ticket = _take(reference, Verb.ACCEPT_FIXED_PRICE, by=by, expected_version=expected_version)
    require_checked_in(ticket.checked_in_at)
    price_minor = require_fixed_price(ticket.fixed_price_minor)
    line = QuoteLine(
        kind=LineKind.WORK,
        description=ticket.fault_label or ticket.device_label,
        unit_price_minor=price_minor,
    )
    shop = get_shop(ticket.shop_id)
    terms = QuoteTerms(
        currency=shop.currency,
        tax_name=shop.tax_name,
        tax_rate_basis_points=shop.tax_rate_basis_points,
        options=(OptionTerms(lines=(line,), at_most_minor=price_minor),),
        earliest=earliest,
        latest=latest,
        dates_basis=DatesBasis.BY_HAND,
        valid_until=latest,
    )
    quote = write_version(ticket, Verb.ACCEPT_FIXED_PRICE, terms, kind=QuoteKind.FIXED_PRICE, by=by)
    _agreed_at_intake(ticket, quote, by=by)


def _take(reference: str, verb: Verb, *, by: Actor, expected_version: int | None) -> Ticket:
    ticket = get_ticket_for_change(reference, by=by, expected_version=expected_version)
    require_move(ticket.stage, verb)
    if ticket.stage is Stage.DIAGNOSING:
        publish(QuoteWanted(ticket_id=TicketId(ticket.id), is_claim=ticket.claim_of_id is not None))
    return ticket


def _require_form_free(ticket: Ticket, consent: Evidence | None) -> None:
    quote, at = get_current_quote(ticket.id), clock.now()
    if quote is None or quote.form is None:
        return
    today = get_calendar(ticket.shop_id).local_day(at)
    require_form_free(quote.form.valid_until, today=today, agreed=consent is not None)
    if consent is not None:
        require_evidence(consent, at=at)


def _send(ticket: Ticket, verb: Verb, *, by: Actor, consent: Evidence | None = None) -> None:
    draft = get_draft(ticket.id)
    terms = terms_of(draft, shop_id=ticket.shop_id, at=clock.now())
    shop = get_shop(ticket.shop_id)
    extras = draft.form if gives_form(shop.repair_form, country=shop.country) else None
    write_version(ticket, verb, terms, kind=QuoteKind.QUOTE, by=by, extras=extras, consent=consent)


def _agreed_at_intake(ticket: Ticket, quote: Quote, *, by: Actor) -> None:
    option = quote.options[0]
    write_decision(
        quote.id,
        DecisionKind.APPROVED,
        move_id=quote.move_id,
        by=by,
        evidence=Evidence(channel=Channel.AT_INTAKE, consented_at=ticket.checked_in_at),
        price_minor=option.price_minor,
        at_most_minor=option.at_most_minor,
        line_ids=[line.id for line in option.lines],
    )


def withdraw_quote(
    reference: str,
    *,
    by: Actor,
    note: str,
    consent: Evidence | None = None,
    expected_version: int | None = None,
) -> None:
    """awaiting_approval -> diagnosing. Only staff withdraw; the reason is for them.

    Refuses with FormHolds while the quote's repair form holds, unless the customer agreed.
    """
    ticket = _take(reference, Verb.WITHDRAW_QUOTE, by=by, expected_version=expected_version)
    _require_form_free(ticket, consent)
    move = move_ticket(ticket, Verb.WITHDRAW_QUOTE, by=by)
    quote = get_current_quote(ticket.id)
    if quote is not None:
        write_decision(quote.id, DecisionKind.WITHDRAWN, move_id=move.id, by=by, evidence=consent, note=note)


def approve(
    reference: str,
    *,
    by: Actor,
    quote_id: int,
    option_id: int | None = None,
    line_ids: Collection[int] | None = None,
    evidence: Evidence,
    expected_version: int | None = None,
) -> None:
    """awaiting_approval -> approved: one option, all of it (`line_ids` None) or with the chosen extras.

    The same approval again changes nothing. Refuses an old version (QuoteReplaced), one whose time is over
    (QuoteExpired), a choice that leaves out the asked repair, and evidence that is not complete.
    """
    ticket = get_ticket_for_change(reference, by=by)
    quote = get_current_quote(ticket.id)
    if quote and _is_agreed(quote, quote_id=quote_id, option_id=option_id, line_ids=line_ids):
        return
    _require_version(ticket, expected_version)
    require_answerable(quote, quote_id=quote_id)
    if quote is None:
        raise NoQuoteToAnswer
    option = require_option(quote.options, option_id=option_id)
    chosen = _lines_of(option) if line_ids is None else frozenset(line_ids)
    require_choice(option.lines, chosen=chosen)
    require_evidence(evidence, at=clock.now())
    share, dates = option.share(chosen), dates_if_yes(quote, shop_id=ticket.shop_id)
    move = move_ticket(
        ticket,
        Verb.APPROVE,
        by=by,
        facts=MoveFacts(
            price=share.price,
            price_at_most=share.at_most,
            promised_from=dates.earliest,
            promised_to=dates.latest,
        ),
        details=_answer_details(quote, option, evidence, share),
    )
    promise_unless_told(ticket, dates, reason=PromiseReason.ANSWER_TOOK_LONGER, move_id=move.id, by=by)
    write_decision(
        quote.id,
        DecisionKind.APPROVED,
        move_id=move.id,
        by=by,
        evidence=evidence,
        price_minor=share.price.minor,
        at_most_minor=share.at_most.minor,
        line_ids=chosen,
    )
    _touch(ticket, evidence.channel)


def _is_agreed(
    quote: QuoteRow, *, quote_id: int, option_id: int | None, line_ids: Collection[int] | None
) -> bool:
    """Whether exactly this was approved before."""
    if quote.id != quote_id or quote.state is not QuoteState.APPROVED or quote.approval is None:
        return False
    option = quote.find_option(option_id)
    chosen = _lines_of(option) if line_ids is None and option else frozenset(line_ids or ())
    return chosen == quote.approval.line_ids


def _lines_of(option: OptionRow) -> frozenset[int]:
    return frozenset(line.id for line in option.lines)


def _answer_details(
    quote: QuoteRow, option: OptionRow, evidence: Evidence, share: Share
) -> dict[str, object]:
    return {
        "quote": quote.version,
        "hash": quote.hash,
        "price": share.price.minor,
        "at_most": share.at_most.minor,
        "channel": evidence.channel.value,
        **({"option": 1 + quote.options.index(option)} if quote.is_choice else {}),
    }


def decline(
    reference: str,
    *,
    by: Actor,
    quote_id: int,
    reason: DeclineReason = DeclineReason.NOT_SAID,
    note: str = "",
    evidence: Evidence | None = None,
    expected_version: int | None = None,
) -> None:
    """awaiting_approval -> final_checks, unrepaired. A no may come after the quote's time; twice is once."""
    ticket = get_ticket_for_change(reference, by=by)
    quote = get_current_quote(ticket.id)
    if quote and quote.id == quote_id and quote.state is QuoteState.DECLINED:
        return
    _require_version(ticket, expected_version)
    require_answerable(quote, quote_id=quote_id, even_expired=True)
    if quote is None:
        raise NoQuoteToAnswer
    evidence = evidence or Evidence(channel=Channel.PORTAL)
    require_evidence(evidence, at=clock.now())
    move = move_ticket(
        ticket,
        Verb.DECLINE,
        by=by,
        outcome_reason=reason.value,
        facts=MoveFacts(reason=reason.value),
        details={"quote": quote.version, "channel": evidence.channel.value, "reason": reason.value},
    )
    write_decision(
        quote.id, DecisionKind.DECLINED, move_id=move.id, by=by, evidence=evidence, reason=reason, note=note
    )
    _touch(ticket, evidence.channel)


def close_unanswered(
    reference: str, *, by: Actor, note: str = "", expected_version: int | None = None
) -> None:
    """awaiting_approval -> final_checks once the quote's time is over."""
    ticket = _take(reference, Verb.CLOSE_UNANSWERED, by=by, expected_version=expected_version)
    quote = get_current_quote(ticket.id)
    require_expired(quote)
    move = move_ticket(ticket, Verb.CLOSE_UNANSWERED, by=by, outcome_reason="unanswered")
    if quote is not None:
        write_decision(quote.id, DecisionKind.CLOSED_UNANSWERED, move_id=move.id, by=by, note=note)


def take_approval_back(
    reference: str, *, by: Actor, note: str = "", expected_version: int | None = None
) -> None:
    """approved -> awaiting_approval while no work was done: the quote is open again."""
    ticket = _take(reference, Verb.TAKE_APPROVAL_BACK, by=by, expected_version=expected_version)
    quote = get_current_quote(ticket.id)
    if quote is None or quote.state is not QuoteState.APPROVED:
        raise NoQuoteToAnswer
    move = move_ticket(ticket, Verb.TAKE_APPROVAL_BACK, by=by, facts=MoveFacts(answer_by=quote.valid_until))
    write_decision(quote.id, DecisionKind.TAKEN_BACK, move_id=move.id, by=by, note=note)


def restore_after_undo(move_id: int, *, by: Actor) -> None:
    """Take back what a move did to quotes: its decisions no longer stand, what it sent was never sent."""
    at = clock.now()
    for decision in db.session.scalars(
        select(QuoteDecision).where(QuoteDecision.move_id == move_id, QuoteDecision.undone_at.is_(None))
    ):
        decision.undone_at = at
    for quote_id in db.session.scalars(select(Quote.id).where(Quote.move_id == move_id)).all():
        write_decision(quote_id, DecisionKind.UNSENT, move_id=None, by=by)


def _require_version(ticket: Ticket, expected_version: int | None) -> None:
    """Asked late, so that the second of two clicks on the same answer is no conflict."""
    if expected_version is not None and ticket.stage_version != expected_version:
        raise Conflict("ticket", ticket.code)


def _touch(ticket: Ticket, channel: Channel) -> None:
    """An answer is a contact with the customer."""
    record_touchpoint(
        ticket.shop_id,
        TouchpointKind.DECISION,
        customer_id=ticket.visit.customer_id if ticket.visit else None,
        ticket_id=ticket.id,
        channel=channel.value,
    )
