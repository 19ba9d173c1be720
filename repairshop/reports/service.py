"""Issue a report: keep its facts as they are now, under a digest anybody can check."""

import secrets
from dataclasses import replace

from repairshop import clock
from repairshop.database import db
from repairshop.reports import facts
from repairshop.reports.models import Report
from repairshop.reports.queries import IssuedReport, find_issued
from repairshop.reports.report_facts import get_report
from repairshop.reports.rules import ReportNotFinished
from repairshop.staff.rules import Actor
from repairshop.tickets.service import get_ticket_for_change

# A note added after the hand-over lengthens the history and changes nothing the customer reads.
_OUTSIDE_COMPARISON = ("history_entries", "history_head", "issued_at")


def issue_report(reference: str, *, by: Actor) -> IssuedReport:
    """The report of a finished ticket: the one issued before while its facts still stand, else a new one.

    Refuses with ReportNotFinished while the work is under way.
    """
    ticket = get_ticket_for_change(reference, by=by)
    issued_at = clock.now()
    report = replace(get_report(reference, shop_id=by.shop_id), issued_at=issued_at)
    if not report.is_final:
        raise ReportNotFinished
    now = facts.plain(report)
    issued = find_issued(ticket.id)
    if issued is not None and issued.facts is not None and _same(issued.facts, now):
        return issued
    row = Report(
        id=secrets.token_hex(8),
        ticket_id=ticket.id,
        stage=ticket.stage,
        digest=facts.digest_of(now),
        facts=now,
        created_at=issued_at,
    )
    db.session.add(row)
    db.session.flush()  # it is read back below
    found = find_issued(ticket.id)
    if found is None:
        raise RuntimeError("a report that was just written is gone")
    return found


def _same(issued: dict[str, object], now: dict[str, object]) -> bool:
    """What a later version of the program adds, and has nothing to say in, makes no other report."""
    return all(
        issued.get(name) == value or (name not in issued and not value)
        for name, value in now.items()
        if name not in _OUTSIDE_COMPARISON
    )


def forget_reports(ticket_ids: list[int]) -> int:
    """Empty the facts of these tickets' reports; printed copies can still be checked. Returns how many."""
    rows = db.session.query(Report).filter(Report.ticket_id.in_(ticket_ids), Report.facts.is_not(None)).all()
    for row in rows:
        row.facts = None
    return len(rows)
