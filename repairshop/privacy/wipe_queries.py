"""Certificates of erasure, of a job's device or of a loaner."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.privacy.models import WipeCertificate, WipeConfirmation
from repairshop.privacy.rules import WipeCheck, WipeDestination, WipeMethod
from repairshop.staff.models import Staff
from repairshop.staff.rules import Role


@dataclass(frozen=True, kw_only=True)
class WipeSignature:
    """Who stands for it, in which role, and when."""

    name: str
    role: Role | None  # unknown of certificates from before it was kept
    at: datetime


@dataclass(frozen=True, kw_only=True)
class CertificateRow:
    """How something was erased, as staff wrote it down; `ordinal` counts within the job or the loaner."""

    id: int
    ordinal: int
    media_type: str
    media_serial: str
    method: WipeMethod
    technique: str
    tool: str
    check: WipeCheck | None
    verification: str
    destination: WipeDestination | None
    destination_note: str
    done: WipeSignature
    done_by_id: int
    confirmed: WipeSignature | None


def list_certificates(ticket_id: int) -> list[CertificateRow]:
    """Oldest first."""
    return _list(WipeCertificate.ticket_id == ticket_id)


def list_loaner_certificates(loaner_id: int) -> list[CertificateRow]:
    return _list(WipeCertificate.loaner_id == loaner_id)


def get_certificate(rows: list[CertificateRow], certificate_id: int) -> CertificateRow:
    """NotFound for one of another job."""
    found = next((row for row in rows if row.id == certificate_id), None)
    if found is None:
        raise NotFound
    return found


def _list(of: ColumnElement[bool]) -> list[CertificateRow]:
    second = aliased(Staff)
    rows = db.session.execute(
        select(WipeCertificate, Staff.first_name, WipeConfirmation, second.first_name)
        .join(Staff, Staff.id == WipeCertificate.done_by_id)
        .outerjoin(WipeConfirmation, WipeConfirmation.certificate_id == WipeCertificate.id)
        .outerjoin(second, second.id == WipeConfirmation.confirmed_by_id)
        .where(of)
        .order_by(WipeCertificate.id)
    )
    return [
        CertificateRow(
            id=found.id,
            ordinal=ordinal,
            media_type=found.media_type,
            media_serial=found.media_serial,
            method=found.method,
            technique=found.technique,
            tool=found.tool,
            check=found.check,
            verification=found.verification,
            destination=found.destination,
            destination_note=found.destination_note,
            done=WipeSignature(name=first_name, role=found.done_by_role, at=found.done_at),
            done_by_id=found.done_by_id,
            confirmed=WipeSignature(
                name=confirmed_by, role=confirmed.confirmed_by_role, at=confirmed.confirmed_at
            )
            if confirmed
            else None,
        )
        for ordinal, (found, first_name, confirmed, confirmed_by) in enumerate(rows, start=1)
    ]
