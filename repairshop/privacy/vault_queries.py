"""Reads of the vault: what is kept for a ticket, what is overdue. Never a passcode."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from repairshop.database import db
from repairshop.privacy.models import VaultSecret
from repairshop.privacy.openings import PurgeReason
from repairshop.privacy.queries import vault_state
from repairshop.privacy.rules import VaultState
from repairshop.privacy.vault import PasscodeKind
from repairshop.staff.models import Staff
from repairshop.tickets.models import Ticket
from repairshop.tickets.stages import Stage

# From here on nobody works on the device, so that nobody needs its passcode.
DONE_STAGES = {
    Stage.READY: PurgeReason.RELEASED,
    Stage.UNCLAIMED: PurgeReason.RELEASED,
    Stage.HANDED_OVER: PurgeReason.HANDED_OVER,
    Stage.CANCELLED: PurgeReason.CANCELLED,
    Stage.SURRENDERED: PurgeReason.SURRENDERED,
}


@dataclass(frozen=True, kw_only=True)
class StoredPasscode:
    """What a page says about the ticket's newest passcode."""

    kind: PasscodeKind
    stored_at: datetime
    stored_by: str | None
    expires_at: datetime
    purged_at: datetime | None
    purged_because: PurgeReason | None


def find_passcode(ticket_id: int) -> StoredPasscode | None:
    row = db.session.execute(
        select(VaultSecret, Staff.first_name)
        .outerjoin(Staff, Staff.id == VaultSecret.stored_by_id)
        .where(VaultSecret.ticket_id == ticket_id)
        .order_by(VaultSecret.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    secret, stored_by = row
    return StoredPasscode(
        kind=secret.kind,
        stored_at=secret.stored_at,
        stored_by=stored_by,
        expires_at=secret.expires_at,
        purged_at=secret.purged_at,
        purged_because=secret.purged_because,
    )


def get_state(ticket_id: int) -> VaultState:
    taken, purged = db.session.execute(
        select(func.count(VaultSecret.id), func.count(VaultSecret.purged_at)).where(
            VaultSecret.ticket_id == ticket_id
        )
    ).one()
    return vault_state(taken, purged)


def list_due(*, at: datetime, limit: int = 100) -> list[tuple[int, PurgeReason]]:
    """Tickets whose passcode is too old, or whose job is over, and why it goes."""
    rows = db.session.execute(
        select(Ticket.id, Ticket.stage)
        .join(VaultSecret, VaultSecret.ticket_id == Ticket.id)
        .where(
            VaultSecret.purged_at.is_(None),
            or_(VaultSecret.expires_at <= at, Ticket.stage.in_(DONE_STAGES)),
        )
        .order_by(VaultSecret.id)
        .limit(limit)
    )
    return [(ticket_id, DONE_STAGES.get(stage, PurgeReason.AGED)) for ticket_id, stage in rows]


def list_live_names() -> dict[str, int]:
    """The key names of every passcode that is kept, with their tickets."""
    rows = db.session.execute(
        select(VaultSecret.name, VaultSecret.ticket_id).where(VaultSecret.purged_at.is_(None))
    )
    return {name: ticket_id for name, ticket_id in rows}


def list_purged_names(*, since: datetime) -> list[str]:
    """The key names of what was destroyed lately; the sweep looks whether their keys are gone."""
    return list(db.session.scalars(select(VaultSecret.name).where(VaultSecret.purged_at >= since)))
