"""What was erased, written down: of a job's device, of a loaner. A second person may confirm it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.loaners.service import mark_wiped
from repairshop.privacy.models import WipeCertificate, WipeConfirmation
from repairshop.privacy.rules import (
    WipeCheck,
    WipeConfirmedAlready,
    WipeDestination,
    WipeMethod,
    WipeNotByAnother,
)
from repairshop.staff.rules import Actor
from repairshop.tickets.chain import seal
from repairshop.tickets.history import record_history
from repairshop.tickets.service import get_ticket_for_change


@dataclass(frozen=True, kw_only=True)
class Wiped:
    """What was erased and how: the fields of NIST SP 800-88, in a person's words but for the choices."""

    media_type: str
    media_serial: str
    method: WipeMethod
    technique: str
    tool: str
    check: WipeCheck
    verification: str
    destination: WipeDestination
    destination_note: str = ""

    @property
    def words(self) -> str:
        """What a person wrote, for the digest in the history."""
        written = (self.media_type, self.media_serial, self.technique, self.tool, self.verification)
        return "\n".join((*written, self.destination_note) if self.destination_note else written)


def certify_wipe(reference: str, wiped: Wiped, *, by: Actor) -> None:
    """Write down that data was erased. A second medium is a second certificate; none is ever changed."""
    ticket = get_ticket_for_change(reference, by=by)
    sealed = seal(wiped.words)
    certificate = _certificate(wiped, by=by, salt=sealed.salt)
    certificate.ticket_id = ticket.id
    db.session.add(certificate)
    db.session.flush()  # the history names it
    record_history(
        ticket,
        "wipe_certified",
        by=by,
        after={
            "certificate": certificate.id,
            "method": wiped.method.value,
            "words_digest": sealed.digest,
        },
    )


def certify_loaner_wipe(loaner_id: int, wiped: Wiped, *, by: Actor) -> None:
    """The same for a device of the shop's, which may be lent again; LoanerOut while somebody has it."""
    mark_wiped(loaner_id, by=by)
    certificate = _certificate(wiped, by=by, salt="")
    certificate.loaner_id = loaner_id
    db.session.add(certificate)


def _certificate(wiped: Wiped, *, by: Actor, salt: str) -> WipeCertificate:
    if by.staff_id is None:
        raise NotFound
    return WipeCertificate(
        media_type=wiped.media_type,
        media_serial=wiped.media_serial,
        method=wiped.method,
        technique=wiped.technique,
        tool=wiped.tool,
        check=wiped.check,
        verification=wiped.verification,
        destination=wiped.destination,
        destination_note=wiped.destination_note,
        salt=salt,
        done_at=clock.now(),
        done_by_id=by.staff_id,
        done_by_role=by.role,
    )


def confirm_wipe(reference: str, certificate_id: int, *, by: Actor) -> None:
    """A second person looked and found nothing left; WipeNotByAnother, WipeConfirmedAlready."""
    ticket = get_ticket_for_change(reference, by=by)
    _confirm(_get(WipeCertificate.ticket_id == ticket.id, certificate_id), by=by)
    record_history(ticket, "wipe_confirmed", by=by, after={"certificate": certificate_id})


def confirm_loaner_wipe(loaner_id: int, certificate_id: int, *, by: Actor) -> None:
    """The caller has seen that the loaner is of their shop."""
    _confirm(_get(WipeCertificate.loaner_id == loaner_id, certificate_id), by=by)


def _get(of: ColumnElement[bool], certificate_id: int) -> WipeCertificate:
    query = select(WipeCertificate).where(WipeCertificate.id == certificate_id, of).with_for_update()
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def _confirm(certificate: WipeCertificate, *, by: Actor) -> None:
    if by.staff_id is None:
        raise NotFound
    if certificate.done_by_id == by.staff_id:
        raise WipeNotByAnother
    if db.session.get(WipeConfirmation, certificate.id) is not None:
        raise WipeConfirmedAlready
    db.session.add(
        WipeConfirmation(
            certificate_id=certificate.id,
            confirmed_at=clock.now(),
            confirmed_by_id=by.staff_id,
            confirmed_by_role=by.role,
        )
    )
