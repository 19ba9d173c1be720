"""Gathers the facts of a diagnostic report from the features below. Reads only."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from repairshop.diagnostics import queries as diagnostics
from repairshop.diagnostics.rules import RunKind
from repairshop.handover.queries import get_handover
from repairshop.money import Money, tax_inside
from repairshop.parts.queries import list_parts
from repairshop.privacy import queries as privacy
from repairshop.privacy.access_queries import list_data_access
from repairshop.promises.queries import list_promises
from repairshop.quotes.queries import list_quotes
from repairshop.quotes.rows import LineRow, QuoteRow
from repairshop.quotes.rules import QuoteState
from repairshop.quotes.terms import LineKind
from repairshop.reports.pledges import measure_pledge
from repairshop.reports.queries import (
    Subject,
    answers_of,
    get_subject,
    list_signatures,
    passcode_of,
    pictures_of,
)
from repairshop.reports.report_rules import (
    AddedWork,
    Checked,
    Claimed,
    Conclusion,
    Covered,
    CustodyStep,
    Finding,
    FittedPart,
    Opening,
    Price,
    PriceLine,
    ReportData,
    TestLine,
)
from repairshop.reports.rules import Picture, Pledge
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import MoveRow, PhotoRow, list_custody, list_moves, list_notes, list_photos
from repairshop.tickets.rules import DEVICE, PhotoStep
from repairshop.tickets.stages import Stage
from repairshop.warranty.queries import find_decision, get_warranty, list_covers
from repairshop.warranty.rules import Cover

Runs = Mapping[RunKind, diagnostics.TestRunRow]
_WHEN_DONE = frozenset({PhotoStep.FINAL_CHECKS, PhotoStep.HANDOVER})


def get_report(reference: str, *, shop_id: int) -> ReportData:
    """Everything the customer is told about one repair; NotFound for other shops' tickets."""
    subject = get_subject(reference, shop_id=shop_id)
    runs, covers = _latest_runs(subject.ticket.id), list_covers(subject.ticket.id)
    return replace(
        _report(subject, runs, covers),
        checked_before=_checked(runs.get(RunKind.BEFORE)),
        checked_after=_checked(runs.get(RunKind.AFTER)),
        covers=tuple(Covered(name=cover.name, ends_on=cover.ends_on) for cover in covers),
        claim=_claim(subject.ticket),
    )


def _report(subject: Subject, runs: Runs, covers: Sequence[Cover]) -> ReportData:
    ticket = subject.ticket
    photos = list_photos(ticket.id, for_customer=True)
    pictures = _pictures(photos)
    findings, tests = _findings(ticket.id, pictures), _tests(runs, pictures)
    finished_at = _last_arrival(list_moves(ticket.id), {Stage.READY})
    handover = get_handover(ticket.id)
    tasks = privacy.list_tasks(ticket.id)
    passcode, purged_at = passcode_of(tasks)
    sent = [row for row in list_quotes(ticket.id) if row.state is not QuoteState.UNSENT]
    quote = sent[0] if sent else None
    agreed = next((row for row in sent if row.approval is not None), None)
    return ReportData(
        shop=subject.letterhead,
        number=subject.number,
        code=ticket.code,
        stage=ticket.stage.value,
        outcome=ticket.outcome.value if ticket.outcome else "",
        outcome_reason=ticket.outcome_reason,
        device=subject.identity,
        customer=subject.customer.name if subject.customer else "",
        handed_in_at=ticket.opened_at,
        finished_at=finished_at,
        handed_over_at=handover.at if handover else None,
        fault=ticket.fault_label,
        reported_fault=ticket.reported_fault,
        symptom_condition=ticket.symptom_condition or "",
        condition=ticket.condition_note,
        accessories=tuple(ticket.accessories),
        photos=_taken_at({PhotoStep.INTAKE}, photos, pictures, findings, tests),
        photos_after=_taken_at(_WHEN_DONE, photos, pictures, findings, tests),
        findings=findings,
        tests=tests,
        conclusion=_conclusion(ticket.id),
        work=_work(ticket.id, agreed),
        parts=_parts(ticket, covers, has_left=handover is not None),
        price=_price(subject, agreed or quote),
        added=_added(agreed),
        passcode=passcode,
        passcode_purged_at=purged_at,
        openings=_openings(ticket.id),
        privacy=answers_of(tasks),
        custody=_custody(ticket.id),
        pledge=_pledge(ticket.id, subject, sent, finished_at),
        warranty_until=next((cover.ends_on for cover in covers if cover.part_fitted_id is None), None),
        signatures=tuple(list_signatures(subject.visit.id, ticket_id=ticket.id)) if subject.visit else (),
        history_entries=ticket.history_seq,
        history_head=ticket.history_hash,
    )


def _pictures(photos: Iterable[PhotoRow]) -> dict[int, Picture]:
    """By ticket photo."""
    rows = list(photos)
    kept = pictures_of([row.media_id for row in rows])
    return {
        row.id: Picture(
            media_id=row.media_id, sha256=kept[row.media_id].sha256, caption=row.caption, step=row.step.value
        )
        for row in rows
        if row.media_id in kept
    }


def _taken_at(
    steps: Collection[PhotoStep],
    photos: Iterable[PhotoRow],
    pictures: dict[int, Picture],
    findings: Iterable[Finding],
    tests: Iterable[TestLine],
) -> tuple[Picture, ...]:
    """What was taken at these steps, but for what is shown beside a finding or a test."""
    elsewhere = {picture.media_id for finding in findings for picture in finding.photos}
    for test in tests:
        elsewhere |= {picture.media_id for picture in (*test.photos_before, *test.photos_after)}
    return tuple(
        pictures[row.id]
        for row in photos
        if row.step in steps and row.id in pictures and row.media_id not in elsewhere
    )


def _last_arrival(moves: Sequence[MoveRow], stages: set[Stage]) -> datetime | None:
    return next(
        (move.at for move in reversed(moves) if move.target in stages and move.origin != move.target), None
    )


def _findings(ticket_id: int, pictures: dict[int, Picture]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            text=row.seen,
            at=row.found_at,
            by=row.found_by or "",
            photos=_shown(row.photo_ids, pictures),
            section=row.section.value,
            defect=row.defect.value if row.defect else "",
            cause=row.cause.value if row.cause else "",
        )
        for row in diagnostics.list_findings(ticket_id, for_customer=True)
    )


def _shown(photo_ids: Iterable[int], pictures: dict[int, Picture]) -> tuple[Picture, ...]:
    return tuple(pictures[photo] for photo in photo_ids if photo in pictures)


def _latest_runs(ticket_id: int) -> Runs:
    """The later run of a kind replaces the earlier."""
    return {run.kind: run for run in diagnostics.list_test_runs(ticket_id, for_customer=True)}


def _checked(run: diagnostics.TestRunRow | None) -> Checked | None:
    """None where no check of the run was answered."""
    if run is None or all(result.verdict is None for result in run.results):
        return None
    return Checked(at=run.closed_at or run.opened_at, by=run.closed_by or run.opened_by or "")


def _tests(runs: Runs, pictures: dict[int, Picture]) -> tuple[TestLine, ...]:
    """The latest run of each kind side by side, in the list's order, without checks nobody answered."""
    before = {row.key: row for row in runs[RunKind.BEFORE].results} if RunKind.BEFORE in runs else {}
    after = {row.key: row for row in runs[RunKind.AFTER].results} if RunKind.AFTER in runs else {}
    lines = []
    for key, row in (before | after).items():
        first, last = before.get(key), after.get(key)
        results = [result for result in (first, last) if result is not None and result.verdict is not None]
        if results:
            lines.append(
                TestLine(
                    label=row.label,
                    before=first.verdict.value if first and first.verdict else "",
                    after=last.verdict.value if last and last.verdict else "",
                    before_value=first.value if first else "",
                    after_value=last.value if last else "",
                    unit=row.unit,
                    photos_before=_shown(first.photo_ids, pictures) if first else (),
                    photos_after=_shown(last.photo_ids, pictures) if last else (),
                    note=" ".join(dict.fromkeys(result.note for result in results if result.note)),
                )
            )
    return tuple(lines)


def _claim(ticket: Ticket) -> Claimed | None:
    """What was decided of the claim that this job is; None for any other job."""
    if ticket.claim_of_id is None:
        return None
    decision, warranty = find_decision(ticket.id), get_warranty(ticket.id)
    if decision is None or warranty is None:
        return None
    about = decision.about
    return Claimed(
        code=warranty.reference,
        claimed_on=decision.claimed_on,
        covered=decision.covered,
        about=Covered(name=about.name, ends_on=about.ends_on) if about else None,
        no_cover=decision.no_cover,
        because=decision.because,
    )


def _conclusion(ticket_id: int) -> Conclusion | None:
    row = diagnostics.find_conclusion(ticket_id)
    if row is None:
        return None
    return Conclusion(barrier=row.barrier.value if row.barrier else "", note=row.note)


def _work(ticket_id: int, quote: QuoteRow | None) -> tuple[str, ...]:
    """The agreed work, then what the technician wrote for the customer, oldest first."""
    agreed = [line.description for line in quote.agreed_lines if line.kind is LineKind.WORK] if quote else []
    notes = [note.text for note in reversed(list_notes(ticket_id)) if note.for_customer]
    return (*agreed, *notes)


def _parts(ticket: Ticket, covers: Sequence[Cover], *, has_left: bool) -> tuple[FittedPart, ...]:
    """The last day of each is what the hand-over wrote down; a part that a claim put in starts nothing."""
    until = {cover.part_fitted_id: cover.ends_on for cover in covers}
    return tuple(
        FittedPart(
            name=part.name,
            origin=part.origin.value,
            supplier=part.supplier,
            serial=part.serial or "",
            donor=part.donor,
            pairing=part.pairing.value,
            lot=part.lot,
            software_shows=part.device_will_show,
            feature_lost=part.feature_lost,
            warranty_days=0 if has_left or ticket.claim_of_id is not None else part.warranty_days,
            warranty_until=until.get(part.id),
        )
        for part in list_parts(ticket.id).fitted
    )


def _price(subject: Subject, quote: QuoteRow | None) -> Price | None:
    """What the customer agreed to: the approved quote, else the fixed price of the intake."""
    shop, fixed = subject.shop, subject.ticket.fixed_price_minor
    if quote is not None and quote.agreed is not None:
        total = quote.agreed.price
        return Price(
            lines=_price_lines(quote.agreed_lines),
            total=total,
            tax_name=quote.tax_name,
            tax=_tax(total, rate_basis_points=quote.tax_rate_basis_points),
        )
    if quote is None and fixed is not None:
        total = Money(minor=fixed, currency=shop.currency)
        return Price(
            lines=(),
            total=total,
            tax_name=shop.tax_name,
            tax=_tax(total, rate_basis_points=shop.tax_rate_basis_points),
        )
    return None


def _price_lines(lines: Iterable[LineRow]) -> tuple[PriceLine, ...]:
    return tuple(
        PriceLine(text=line.description, amount=line.total, quantity=line.quantity) for line in lines
    )


def _added(quote: QuoteRow | None) -> tuple[AddedWork, ...]:
    """What went in without asking, within the customer's limit."""
    return tuple(
        AddedWork(
            lines=_price_lines(one.lines),
            reason=one.reason,
            price=one.price,
            agreed_before=one.agreed_before,
            at_most=one.at_most,
            limit=one.limit,
            at=one.added_at,
            by=one.added_by or "",
        )
        for one in (quote.additions if quote else ())
    )


def _tax(total: Money, *, rate_basis_points: int) -> Money | None:
    return tax_inside(total, rate_basis_points=rate_basis_points) if rate_basis_points else None


def _openings(ticket_id: int) -> tuple[Opening, ...]:
    """Oldest first."""
    return tuple(
        Opening(at=row.opened_at, role=row.role, reason=row.reason, minutes=row.minutes)
        for row in reversed(list_data_access(ticket_id))
    )


def _custody(ticket_id: int) -> tuple[CustodyStep, ...]:
    """The way of the device itself, oldest first; what came with it goes the same way as a rule."""
    return tuple(
        CustodyStep(at=step.at, holder=step.to_holder.value, label=step.to_label)
        for step in reversed(list_custody(ticket_id))
        if step.item == DEVICE
    )


def _pledge(
    ticket_id: int, subject: Subject, sent: Sequence[QuoteRow], finished_at: datetime | None
) -> Pledge | None:
    ready_on = finished_at.astimezone(ZoneInfo(subject.shop.time_zone)).date() if finished_at else None
    return measure_pledge(list_promises(ticket_id), sent, ready_on=ready_on)
