"""Gathers the facts of a certificate of erasure. Reads only."""

from sqlalchemy import select

from repairshop.database import db
from repairshop.loaners.queries import get_loaner
from repairshop.privacy import queries as privacy
from repairshop.privacy.rules import TaskKind
from repairshop.privacy.wipe_queries import (
    CertificateRow,
    WipeSignature,
    get_certificate,
    list_certificates,
    list_loaner_certificates,
)
from repairshop.reports.queries import answers_of, get_subject, letterhead_of
from repairshop.reports.rules import Identity, Letterhead
from repairshop.reports.wipe_rules import Stander, WipeData
from repairshop.staff.models import Shop
from repairshop.tickets.models import HistoryEntry


def get_wipe(reference: str, certificate_id: int, *, shop_id: int) -> WipeData:
    """Of a customer's device; NotFound for another shop's, and for a certificate of another job."""
    subject = get_subject(reference, shop_id=shop_id)
    row = get_certificate(list_certificates(subject.ticket.id), certificate_id)
    backup = [task for task in privacy.list_tasks(subject.ticket.id) if task.kind is TaskKind.BACKUP]
    seq, head = _entry(subject.ticket.id, certificate_id)
    return _data(
        row,
        shop=subject.letterhead,
        number=f"{subject.number}-E{row.ordinal}",
        ticket_number=subject.number,
        code=subject.ticket.code,
        device=subject.identity,
        customer=subject.customer.name if subject.customer else "",
        handed_in_at=subject.ticket.opened_at,
        backup=next(iter(answers_of(backup)), None),
        history_seq=seq,
        history_head=head,
    )


def get_loaner_wipe(loaner_id: int, certificate_id: int, *, shop_id: int, language: str) -> WipeData:
    """Of a device of the shop's own, in the reader's language."""
    loaner = get_loaner(loaner_id, shop_id=shop_id)
    row = get_certificate(list_loaner_certificates(loaner_id), certificate_id)
    return _data(
        row,
        shop=letterhead_of(db.session.get_one(Shop, shop_id), language=language),
        number=f"L{loaner_id}-E{row.ordinal}",
        ticket_number="",
        code="",
        device=Identity(label=loaner.name, device_type="", serial=loaner.number),
        customer="",
        handed_in_at=None,
        backup=None,
    )


def _data(row: CertificateRow, *, shop: Letterhead, number: str, **of: object) -> WipeData:
    return WipeData(
        shop=shop,
        number=number,
        media_type=row.media_type,
        media_serial=row.media_serial,
        method=row.method.value,
        technique=row.technique,
        tool=row.tool,
        check=row.check.value if row.check else "",
        verification=row.verification,
        destination=row.destination.value if row.destination else "",
        destination_note=row.destination_note,
        done=_stander(row.done),
        confirmed=_stander(row.confirmed) if row.confirmed else None,
        **of,  # type: ignore[arg-type]  # what the two callers know, by its own names
    )


def _stander(signature: WipeSignature) -> Stander:
    return Stander(name=signature.name, role=signature.role.value if signature.role else "", at=signature.at)


def _entry(ticket_id: int, certificate_id: int) -> tuple[int, str]:
    """Where the history says it, and the hash there; (0, "") where it says nothing."""
    entries = db.session.execute(
        select(HistoryEntry.seq, HistoryEntry.hash, HistoryEntry.after).where(
            HistoryEntry.ticket_id == ticket_id, HistoryEntry.act == "wipe_certified"
        )
    )
    found = (entry for entry in entries if entry.after.get("certificate") == certificate_id)
    return next(((entry.seq, entry.hash) for entry in found), (0, ""))
