"""Rows of the work itself in the invented past: quotes with their answers, parts, hand-overs, warranties."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from repairshop.database import Base
from repairshop.demo.past import PastJob
from repairshop.demo.rules import SOLD_PATHS, Path
from repairshop.handover.models import Handover, Surrender
from repairshop.handover.payment_rules import PayMethod
from repairshop.handover.rules import CollectionMethod, IdentityProof, SurrenderBasis, SurrenderKind
from repairshop.parts.models import PartFitted, PartOrder
from repairshop.parts.rules import OldPart, Pairing, PartOrigin
from repairshop.quotes.fingerprint import quote_hash
from repairshop.quotes.models import Quote, QuoteDecision, QuoteDecisionLine, QuoteOption, SentLine
from repairshop.quotes.rules import Channel, DecisionKind, DeclineReason, QuoteKind
from repairshop.quotes.terms import end_of_day
from repairshop.staff.models import Shop
from repairshop.tickets import bulk
from repairshop.tickets.bulk import WrittenTicket
from repairshop.tickets.stages import Verb
from repairshop.warranty.models import WarrantyClaim, WarrantyCover, WarrantyTerm

Row = dict[str, Any]
Table = tuple[type[Base], list[Row]]
Pair = tuple[PastJob, WrittenTicket]

_SENT_BY = {
    Path.FIXED_PRICE: (QuoteKind.FIXED_PRICE, Verb.ACCEPT_FIXED_PRICE),
    Path.WITHIN_LIMIT: (QuoteKind.WITHIN_LIMIT, Verb.PROCEED_WITHIN_LIMIT),
}
_QUOTED = (QuoteKind.QUOTE, Verb.SEND_QUOTE)
_SUPPLIER = "Northern Parts"


def work_tables(jobs: Sequence[PastJob], written: Sequence[WrittenTicket], *, shop: Shop) -> list[Table]:
    """Of the jobs that were finished, in the order in which the rows have to be written."""
    both = zip(jobs, written, strict=True)
    pairs = [(job, ticket) for job, ticket in both if ticket.walk.closed_at is not None]
    with_part = [(job, ticket) for job, ticket in pairs if job.ids.order is not None]
    left = [(job, ticket) for job, ticket in pairs if job.plan.path is not Path.CANCELLED]
    sold = [(job, ticket) for job, ticket in left if job.plan.path in SOLD_PATHS]
    return [
        *_quote_tables([(job, ticket) for job, ticket in pairs if job.terms is not None], shop),
        (PartOrder, [_order(job, ticket) for job, ticket in with_part]),
        (PartFitted, [_fitted(job, shop) for job, _ in with_part]),
        (Handover, [_handover(*pair) for pair in left if pair[0].plan.path is not Path.RECYCLED]),
        (Surrender, [_surrender(*pair) for pair in left if pair[0].plan.path is Path.RECYCLED]),
        (WarrantyTerm, [_warranty(*pair, shop) for pair in sold]),
        (
            WarrantyCover,
            [row for job, _ in sold for row in _covers(job, shop)],
        ),
        (WarrantyClaim, [_claim(job) for job, _ in left if job.claim_of_id is not None]),
    ]


def _quote_tables(pairs: Sequence[Pair], shop: Shop) -> list[Table]:
    quote_ids = bulk.reserve_ids(Quote, len(pairs))
    option_ids = bulk.reserve_ids(QuoteOption, len(pairs))
    decision_ids = bulk.reserve_ids(QuoteDecision, len(pairs))
    lines = [row for (job, _), option in zip(pairs, option_ids, strict=True) for row in _lines(job, option)]
    for line, line_id in zip(lines, bulk.reserve_ids(SentLine, len(lines)), strict=True):
        line["id"] = line_id
    agreed = {
        option: decision
        for (job, _), option, decision in zip(pairs, option_ids, decision_ids, strict=True)
        if job.plan.path is not Path.DECLINED
    }
    return [
        (Quote, [_quote(*pair, quote_id, shop) for pair, quote_id in zip(pairs, quote_ids, strict=True)]),
        (
            QuoteOption,
            [
                _option(job, option, quote)
                for (job, _), option, quote in zip(pairs, option_ids, quote_ids, strict=True)
            ],
        ),
        (SentLine, lines),
        (
            QuoteDecision,
            [
                _decision(*pair, decision, quote)
                for pair, decision, quote in zip(pairs, decision_ids, quote_ids, strict=True)
            ],
        ),
        (
            QuoteDecisionLine,
            [
                {"decision_id": agreed[line["option_id"]], "line_id": line["id"]}
                for line in lines
                if line["option_id"] in agreed
            ],
        ),
    ]


def _quote(job: PastJob, ticket: WrittenTicket, quote_id: int, shop: Shop) -> Row:
    terms, (kind, verb) = job.terms, _SENT_BY.get(job.plan.path, _QUOTED)
    assert terms is not None  # noqa: S101 - only jobs with terms come here
    return {
        "id": quote_id,
        "ticket_id": job.ticket_id,
        "version": 1,
        "kind": kind,
        "move_id": ticket.find_move_id(verb),
        "sent_at": job.plan.decided_at or job.plan.answered_at,
        "sent_by_id": job.hands.bench.id,
        "currency": terms.currency,
        "tax_name": terms.tax_name,
        "tax_rate_basis_points": terms.tax_rate_basis_points,
        "earliest": terms.earliest,
        "latest": terms.latest,
        "valid_until": terms.valid_until,
        "expires_at": end_of_day(terms.valid_until, time_zone=shop.time_zone),
        "diagnosis_fee_minor": 0,
        "message": "",
        "hash": quote_hash(terms, ticket_code=job.code, version=1),
    }


def _option(job: PastJob, option_id: int, quote_id: int) -> Row:
    return {
        "id": option_id,
        "quote_id": quote_id,
        "position": 0,
        "label": "",
        "price_minor": job.agreed.price_minor,
        "at_most_minor": job.agreed.at_most_minor,
    }


def _lines(job: PastJob, option_id: int) -> Iterator[Row]:
    for position, line in enumerate(job.terms.options[0].lines if job.terms else ()):
        yield {
            "id": 0,
            "option_id": option_id,
            "position": position,
            "kind": line.kind,
            "description": line.description,
            "quantity": line.quantity,
            "unit_price_minor": line.unit_price_minor,
            "optional": False,
            "origin": line.origin,
            "device_will_show": "",
        }


def _decision(job: PastJob, ticket: WrittenTicket, decision_id: int, quote_id: int) -> Row:
    declined = job.plan.path is Path.DECLINED
    sent_by = _SENT_BY.get(job.plan.path)
    verb = sent_by[1] if sent_by else Verb.DECLINE if declined else Verb.APPROVE
    by = job.hands.bench if sent_by else job.hands.customer
    at = job.plan.answered_at or job.plan.decided_at
    return {
        "id": decision_id,
        "quote_id": quote_id,
        "kind": DecisionKind.DECLINED if declined else DecisionKind.APPROVED,
        "move_id": ticket.find_move_id(verb),
        "decided_at": at,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "channel": Channel.AT_INTAKE if sent_by else Channel.PORTAL,
        "consented_at": job.plan.checked_in_at if sent_by else at,
        "price_minor": None if declined else job.agreed.price_minor,
        "at_most_minor": None if declined else job.agreed.at_most_minor,
        "decline_reason": DeclineReason.TOO_EXPENSIVE if declined else None,
    }


def _order(job: PastJob, ticket: WrittenTicket) -> Row:
    return {
        "id": job.ids.order,
        "ticket_id": job.ticket_id,
        "order_move_id": ticket.find_move_id(Verb.ORDER_PART),
        "name": job.agreed.part_name,
        "supplier": _SUPPLIER,
        "expected_on": job.plan.part_expected_on,
        "ordered_at": job.plan.ordered_at,
        "ordered_by_id": job.hands.bench.id,
        "arrived_at": job.plan.part_arrived_at,
        "end_move_id": ticket.find_move_id(Verb.LAST_PART_ARRIVED),
    }


def _fitted(job: PastJob, shop: Shop) -> Row:
    return {
        "id": job.ids.part,
        "shop_id": shop.id,
        "ticket_id": job.ticket_id,
        "name": job.agreed.part_name,
        "origin": PartOrigin.AFTERMARKET,
        "supplier": _SUPPLIER,
        "pairing": Pairing.NOT_NEEDED,
        "warranty_days": shop.warranty_days,
        "old_part": OldPart.RECYCLED,
        "fitted_at": job.plan.finished_at,
        "fitted_by_id": job.hands.bench.id,
    }


def _handover(job: PastJob, ticket: WrittenTicket) -> Row:
    return {
        "ticket_id": job.ticket_id,
        "move_id": ticket.find_move_id(Verb.HAND_OVER),
        "method": CollectionMethod.COUNTER,
        "collected_by": job.owner.person.name,
        "proof": IdentityProof.LINK,
        "at": job.plan.closed_at,
        "staff_id": job.hands.counter.id,
        **_paid(job),
    }


def _paid(job: PastJob) -> Row:
    """At the shop's till; nothing where nothing was sold."""
    price = job.agreed.price_minor if job.terms is not None and job.plan.path in SOLD_PATHS else 0
    return {
        "due_minor": price,
        "paid_minor": price,
        "pay_method": PayMethod.TILL if price else None,
        "till_reference": f"T{job.ids.number}" if price else "",
    }


def _surrender(job: PastJob, ticket: WrittenTicket) -> Row:
    return {
        "ticket_id": job.ticket_id,
        "move_id": ticket.find_move_id(Verb.SURRENDER),
        "kind": SurrenderKind.RECYCLING,
        "basis": SurrenderBasis.CUSTOMER_AGREED,
        "at": job.plan.closed_at,
        "staff_id": job.hands.counter.id,
    }


def _warranty(job: PastJob, ticket: WrittenTicket, shop: Shop) -> Row:
    starts_on = job.plan.closed_at.date()
    return {
        "id": job.term_id,
        "ticket_id": job.ticket_id,
        "move_id": ticket.find_move_id(Verb.HAND_OVER),
        "starts_on": starts_on,
        "ends_on": starts_on + timedelta(days=shop.warranty_days),
    }


def _covers(job: PastJob, shop: Shop) -> list[Row]:
    """The work, and the part where one was fitted: both for the shop's days."""
    ends_on = job.plan.closed_at.date() + timedelta(days=shop.warranty_days)
    work: Row = {"term_id": job.term_id, "part_fitted_id": None, "name": "", "ends_on": ends_on}
    if job.ids.order is None:
        return [work]
    return [work, {**work, "part_fitted_id": job.ids.part, "name": job.agreed.part_name}]


def _claim(job: PastJob) -> Row:
    return {
        "ticket_id": job.ticket_id,
        "term_id": job.term_id,
        "claimed_on": job.plan.arrived_at.date(),
        "comeback": True,
        "covered": True,
    }
