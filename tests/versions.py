"""Watches every commit of every test: whoever changes what hangs on a ticket raises the ticket's version.

Staff's and customers' pages are kept by that version. A verb that forgot it would leave an old page standing.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from repairshop.diagnostics.models import Finding, FindingPhoto, TestResult, TestRun
from repairshop.quotes.models import Quote, QuoteDecision
from repairshop.tickets.models import Ticket

# Read anew for each page, or shown on no kept page.
_TOLD_OTHERWISE = frozenset(
    {
        "outgoing_message",
        "inbound_message",
        "touchpoint",
        "quote_draft",
        "quote_draft_line",
        "quote_draft_option",
        "report",
        "repair_text",
        "photo_link",
        "promise_risk",
        "custody_alert",
    }
)
# Rows that hang on a ticket by another row.
_BY = {
    TestResult: (TestRun, "run_id"),
    FindingPhoto: (Finding, "finding_id"),
    QuoteDecision: (Quote, "quote_id"),
}
_HUNG, _RAISED = "tickets_hung_on", "tickets_raised"


class VersionForgotten(AssertionError):
    """Rows of a ticket were changed and the ticket was not."""


def watch() -> None:
    event.listen(Session, "after_flush", _note)
    event.listen(Session, "before_commit", _compare)
    event.listen(Session, "after_rollback", _forget)


def _note(session: Session, _context: Any) -> None:
    for row in {*session.new, *(row for row in session.dirty if session.is_modified(row))}:
        if isinstance(row, Ticket):
            session.info.setdefault(_RAISED, set()).add(row.id)
        elif row.__tablename__ not in _TOLD_OTHERWISE and (ticket_id := _ticket_of(row, session)):
            session.info.setdefault(_HUNG, {}).setdefault(ticket_id, row.__tablename__)


def _ticket_of(row: Any, session: Session) -> int | None:
    if type(row) in _BY:
        parent, column = _BY[type(row)]
        with session.no_autoflush:
            row = session.get_one(parent, getattr(row, column))
    return getattr(row, "ticket_id", None)


def _compare(session: Session) -> None:
    session.flush()
    raised, hung = session.info.pop(_RAISED, set()), session.info.pop(_HUNG, {})
    forgotten = {ticket: table for ticket, table in hung.items() if ticket not in raised}
    if forgotten:
        raise VersionForgotten(f"the version of these tickets was not raised: {forgotten}")


def _forget(session: Session) -> None:
    session.info.pop(_RAISED, None)
    session.info.pop(_HUNG, None)
