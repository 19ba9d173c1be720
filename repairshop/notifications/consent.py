"""Who wants no messages: one row per address, channel and purpose, and each change of it beside."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, case, cast, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from repairshop import clock
from repairshop.customers.models import ContactPoint
from repairshop.customers.rules import ContactKind
from repairshop.database import db
from repairshop.errors import Refused
from repairshop.notifications.models import ConsentChange, ContactConsent, OutgoingMessage
from repairshop.notifications.rules import Channel, Purpose
from repairshop.staff.models import Staff
from repairshop.staff.rules import Actor

# STOP is about everything that is not asked for at that very moment.
STOPPABLE = (Purpose.SERVICE, Purpose.SURVEY, Purpose.LIFECYCLE)
# The provider keeps these itself and refuses our texts until the phone says START.
FROM_THE_PHONE = frozenset({"stop", "provider"})


class StopIsTheirs(Refused):
    """A STOP sent from a phone is taken back from that phone only: the provider would refuse our texts."""


class ConsentReasonMissing(Refused):
    """Say why: the customer may ask who decided this."""


def is_opted_out(message: OutgoingMessage) -> bool:
    row = find_consent(message.channel, message.recipient, message.purpose)
    return row is not None and row.opted_out


def opt_out(
    channel: Channel,
    recipient: str,
    *,
    source: str,
    purposes: tuple[Purpose, ...] = STOPPABLE,
    staff_id: int | None = None,
    reason: str = "",
) -> None:
    """Write nothing of these purposes to this address again. `source`: stop, provider, staff or portal."""
    for purpose in purposes:
        _set(channel, recipient, purpose, True, source=source, staff_id=staff_id, reason=reason)


def opt_in(
    channel: Channel,
    recipient: str,
    *,
    source: str,
    purposes: tuple[Purpose, ...] = STOPPABLE,
    staff_id: int | None = None,
    reason: str = "",
) -> None:
    """The person wants messages again."""
    for purpose in purposes:
        _set(channel, recipient, purpose, False, source=source, staff_id=staff_id, reason=reason)


def change_by_staff(
    channel: Channel, recipient: str, wanted: Iterable[Purpose], *, reason: str, by: Actor
) -> int:
    """What the customer told somebody of the shop: exactly these purposes are wanted. How many changed.

    Raises StopIsTheirs where a text's STOP stands against it, ConsentReasonMissing without a reason.
    """
    wants = frozenset(wanted)
    changes = []
    for purpose in STOPPABLE:
        row = find_consent(channel, recipient, purpose)
        is_wanted = row is None or not row.opted_out
        if is_wanted == (purpose in wants):
            continue
        if row is not None and row.opted_out and channel is Channel.SMS and row.source in FROM_THE_PHONE:
            raise StopIsTheirs(field=purpose.value)
        changes.append(purpose)
    if changes and not reason:
        raise ConsentReasonMissing(field="reason")
    for purpose in changes:
        is_out = purpose not in wants
        _set(channel, recipient, purpose, is_out, source="staff", staff_id=by.staff_id, reason=reason)
    return len(changes)


def _set(
    channel: Channel,
    recipient: str,
    purpose: Purpose,
    opted_out: bool,
    *,
    source: str,
    staff_id: int | None,
    reason: str,
) -> None:
    """A word that changes nothing is not written down again."""
    at = clock.now()
    row = _find_or_add(channel, recipient, purpose, at=at)
    if row.source and row.opted_out == opted_out and (row.source == source or not opted_out):
        return
    row.opted_out, row.source, row.changed_at = opted_out, source, at
    db.session.add(
        ConsentChange(
            channel=channel,
            recipient=recipient,
            purpose=purpose,
            opted_out=opted_out,
            source=source,
            at=at,
            staff_id=staff_id,
            reason=reason,
        )
    )


def _find_or_add(channel: Channel, recipient: str, purpose: Purpose, *, at: datetime) -> ContactConsent:
    """The row, locked. Two texts of one phone may arrive at once: the second finds what the first added."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(
        insert(ContactConsent)
        .values(
            channel=channel, recipient=recipient, purpose=purpose, opted_out=False, source="", changed_at=at
        )
        .on_conflict_do_nothing()
    )
    return db.session.scalars(
        _one(channel, recipient, purpose).with_for_update().execution_options(populate_existing=True)
    ).one()


def has_stopped(purpose: Purpose) -> ColumnElement[bool]:
    """For a query over contact points: whether the number or address gets nothing of this purpose."""
    channel = case((ContactPoint.kind == ContactKind.PHONE, Channel.SMS.value), else_=Channel.EMAIL.value)
    return exists().where(
        ContactConsent.recipient == ContactPoint.value,
        cast(ContactConsent.channel, String) == channel,
        ContactConsent.purpose == purpose,
        ContactConsent.opted_out,
    )


def find_consent(channel: Channel, recipient: str, purpose: Purpose) -> ContactConsent | None:
    return db.session.scalars(_one(channel, recipient, purpose)).one_or_none()


def _one(channel: Channel, recipient: str, purpose: Purpose) -> Select[ContactConsent]:
    return select(ContactConsent).where(
        ContactConsent.channel == channel,
        ContactConsent.recipient == recipient,
        ContactConsent.purpose == purpose,
    )


@dataclass(frozen=True, kw_only=True)
class ConsentRow:
    """What an address wants of one purpose; `source` is empty where nobody ever said anything."""

    channel: Channel
    recipient: str
    purpose: Purpose
    opted_out: bool
    source: str
    changed_at: datetime | None

    @property
    def is_theirs(self) -> bool:
        """Whether only the phone itself can take it back."""
        return self.opted_out and self.channel is Channel.SMS and self.source in FROM_THE_PHONE


def list_consents(addresses: Iterable[tuple[Channel, str]]) -> list[ConsentRow]:
    """One row for each address and purpose that can be stopped, in the order given."""
    addresses = list(addresses)
    found = {
        (row.channel, row.recipient, row.purpose): row
        for row in db.session.scalars(
            select(ContactConsent).where(ContactConsent.recipient.in_([value for _, value in addresses]))
        )
    }
    rows = []
    for channel, value in addresses:
        for purpose in STOPPABLE:
            row = found.get((channel, value, purpose))
            rows.append(
                ConsentRow(
                    channel=channel,
                    recipient=value,
                    purpose=purpose,
                    opted_out=row.opted_out if row else False,
                    source=row.source if row else "",
                    changed_at=row.changed_at if row and row.source else None,
                )
            )
    return rows


def list_stopped(addresses: Iterable[str]) -> dict[str, str]:
    """Of these numbers and addresses those that get no news of repairs, with where that comes from."""
    rows = db.session.execute(
        select(ContactConsent.recipient, ContactConsent.source).where(
            ContactConsent.recipient.in_(list(addresses)),
            ContactConsent.purpose == Purpose.SERVICE,
            ContactConsent.opted_out,
        )
    )
    return {row.recipient: row.source for row in rows}


@dataclass(frozen=True, kw_only=True)
class ConsentStep:
    """One change; several purposes that changed together are one."""

    channel: Channel
    recipient: str
    purposes: tuple[Purpose, ...]
    opted_out: bool
    source: str
    at: datetime
    staff_name: str | None
    reason: str


def list_consent_steps(addresses: Iterable[tuple[Channel, str]], *, limit: int = 100) -> list[ConsentStep]:
    """Newest first."""
    known = set(addresses)
    rows = db.session.execute(
        select(ConsentChange, Staff.first_name)
        .outerjoin(Staff, Staff.id == ConsentChange.staff_id)
        .where(ConsentChange.recipient.in_([value for _, value in known]))
        .order_by(ConsentChange.id.desc())
        .limit(limit)
    )
    steps: list[ConsentStep] = []
    for row, name in rows:
        if (row.channel, row.recipient) not in known:
            continue
        step = ConsentStep(
            channel=row.channel,
            recipient=row.recipient,
            purposes=(row.purpose,),
            opted_out=row.opted_out,
            source=row.source,
            at=row.at,
            staff_name=name,
            reason=row.reason,
        )
        steps = (
            [*steps[:-1], _joined(steps[-1], step)] if steps and _belong(steps[-1], step) else [*steps, step]
        )
    return steps


def _belong(one: ConsentStep, other: ConsentStep) -> bool:
    same = (one.channel, one.recipient, one.opted_out, one.source, one.reason, one.staff_name)
    return (
        same
        == (
            other.channel,
            other.recipient,
            other.opted_out,
            other.source,
            other.reason,
            other.staff_name,
        )
        and abs((one.at - other.at).total_seconds()) < 1
    )


def _joined(newer: ConsentStep, older: ConsentStep) -> ConsentStep:
    return ConsentStep(**{**newer.__dict__, "purposes": (*older.purposes, *newer.purposes)})
