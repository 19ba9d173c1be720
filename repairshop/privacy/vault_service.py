"""Verbs of the passcode vault: store, reveal, destroy."""

from datetime import timedelta

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.privacy import service, vault
from repairshop.privacy.models import DataAccess, VaultSecret
from repairshop.privacy.openings import (
    REVEAL_LIMIT,
    DataAccessNotAllowed,
    Opened,
    PasscodeNotNeeded,
    PasscodeTooLate,
    PurgeReason,
    RevealNotAllowed,
)
from repairshop.privacy.rules import Choice, ReasonMissing, TaskKind
from repairshop.privacy.vault import PasscodeGone, PasscodeKind
from repairshop.privacy.vault_keys import destroy_after_commit, the_vault
from repairshop.privacy.vault_queries import DONE_STAGES
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, Right, ShopId, system_actor
from repairshop.tickets.chain import seal
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import get_ticket_for_change
from repairshop.tickets.stages import Stage


def store_passcode(reference: str, kind: PasscodeKind, typed: str, *, by: Actor) -> None:
    """Keep a passcode; one that was kept before is destroyed."""
    ticket = get_ticket_for_change(reference, by=by)
    if ticket.stage in {Stage.BOOKED, *DONE_STAGES}:
        raise PasscodeTooLate(field="passcode")
    credential = service.find_answer(ticket, TaskKind.CREDENTIAL)
    if credential is None or credential.choice is not Choice.NEEDED:
        raise PasscodeNotNeeded(field="passcode")
    passcode = vault.read_passcode(kind, typed)
    purge_passcode_of(ticket, PurgeReason.REPLACED, by=by)
    secret = _sealed(ticket, kind, passcode, by=by)
    db.session.add(secret)
    record_history(ticket, "passcode_stored", by=by, after={"kind": kind.value})


def _sealed(ticket: Ticket, kind: PasscodeKind, passcode: str, *, by: Actor) -> VaultSecret:
    at, name, data_key = clock.now(), vault.new_name(), vault.new_data_key()
    expires_at = at + timedelta(days=db.session.get_one(Shop, ticket.shop_id).passcode_days)
    # The key first: a crash before the commit leaves a key without a passcode, which opens nothing.
    keys = the_vault()
    keys.keys.put(name, vault.wrap(data_key, name=name, master=keys.master), expires_at=expires_at)
    return VaultSecret(
        ticket_id=ticket.id,
        kind=kind,
        name=name,
        ciphertext=vault.encrypt(passcode, data_key=data_key, name=name, ticket_id=ticket.id),
        stored_at=at,
        stored_by_id=by.staff_id,
        expires_at=expires_at,
    )


def reveal_passcode(reference: str, reason: str, *, by: Actor) -> tuple[PasscodeKind, str]:
    """Write down who sees the passcode and why, and return it. The caller shows it after the commit only."""
    ticket = get_ticket_for_change(reference, by=by)
    if not by.may(Right.REVEAL):
        raise RevealNotAllowed
    secret = _find_live(ticket)
    if secret is None:
        raise PasscodeGone
    if not reason:
        raise ReasonMissing(field="reason")
    use = service.find_answer(ticket, TaskKind.DATA_USE)
    if use is not None and use.choice is Choice.NONE:
        raise DataAccessNotAllowed(field="reason")
    passcode = _open(secret)  # first, so that a reveal that shows nothing is not written down as one
    sealed, at = seal(reason), clock.now()
    access = DataAccess(
        ticket_id=ticket.id,
        opened=Opened.PASSCODE,
        reason=reason,
        reason_salt=sealed.salt,
        opened_at=at,
        opened_by_id=by.staff_id,
        opened_by_role=by.role.value if by.role else "",
        ends_at=at + REVEAL_LIMIT,
        closed_at=at + REVEAL_LIMIT,
    )
    db.session.add(access)
    db.session.flush()  # the history names the opening
    after = {"access": access.id, "reason_digest": sealed.digest}
    record_history(ticket, "passcode_revealed", by=by, after=after)
    return secret.kind, passcode


def _find_live(ticket: Ticket) -> VaultSecret | None:
    query = select(VaultSecret).where(VaultSecret.ticket_id == ticket.id, VaultSecret.purged_at.is_(None))
    return db.session.scalars(query).one_or_none()


def _open(secret: VaultSecret) -> str:
    keys = the_vault()
    data_key = vault.unwrap(keys.keys.get(secret.name), name=secret.name, masters=keys.masters)
    return vault.decrypt(secret.ciphertext, data_key=data_key, name=secret.name, ticket_id=secret.ticket_id)


def purge_passcode(reference: str, *, by: Actor) -> None:
    """Destroy it by hand, before the release does."""
    ticket = get_ticket_for_change(reference, by=by)
    if not purge_passcode_of(ticket, PurgeReason.BY_HAND, by=by):
        raise PasscodeGone


def purge_passcode_of(ticket: Ticket, because: PurgeReason, *, by: Actor) -> bool:
    """Destroy the passcode of a ticket that is loaded for change. Whether there was one."""
    secret = _find_live(ticket)
    if secret is None:
        return False
    secret.ciphertext, secret.purged_at, secret.purged_because = b"", clock.now(), because
    # The key after the commit: a verb that is refused must not leave a passcode that nobody can open.
    destroy_after_commit([secret.name])
    record_history(ticket, "passcode_purged", by=by, after={"because": because.value})
    return True


def purge_due(ticket_id: int, because: PurgeReason, *, name: str = "") -> bool:
    """The worker's net: destroy what nobody needs any more; with `name`, only the passcode of this key."""
    code = db.session.scalar(select(Ticket.code).where(Ticket.id == ticket_id))
    shop_id = db.session.scalar(select(Ticket.shop_id).where(Ticket.id == ticket_id))
    if code is None or shop_id is None:
        raise NotFound
    by = system_actor(ShopId(shop_id))
    ticket = get_ticket_for_change(code, by=by)
    live = _find_live(ticket)
    if live is None or name not in {"", live.name}:
        return False
    return purge_passcode_of(ticket, because, by=by)


def purge_by_stage(ticket_id: int, stage: Stage, *, by: Actor) -> None:
    """What a move into a stage without work does to the passcode."""
    if stage in DONE_STAGES:
        ticket = db.session.get_one(Ticket, ticket_id)
        purge_passcode_of(ticket, DONE_STAGES[stage], by=by)
