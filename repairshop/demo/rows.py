"""The rows that lie beside the tickets of the past: people, promises, signatures, notices, contacts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from repairshop.customers.models import ContactPoint, Customer, Device, Touchpoint
from repairshop.customers.rules import ContactKind, TouchpointKind
from repairshop.database import Base
from repairshop.demo.past import PastJob, past_ticket
from repairshop.demo.rules import REPAIRED_PATHS, Path
from repairshop.demo.wording import Words
from repairshop.demo.work_rows import work_tables
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.rules import Channel, Notice, Purpose, State
from repairshop.phone import to_e164
from repairshop.promises.models import Promise
from repairshop.promises.rules import PromiseReason
from repairshop.staff.models import Shop
from repairshop.tickets import bulk
from repairshop.tickets.models import PortalLink, Signature, Visit
from repairshop.tickets.rules import LinkOrigin, SignaturePurpose

Row = dict[str, Any]
Table = tuple[type[Base], list[Row]]

_BY_MAIL = 0.2


def write_jobs(
    jobs: Sequence[PastJob],
    *,
    shop: Shop,
    words: Words,
    rng: Random,
    as_ticket: Callable[[PastJob], bulk.PastTicket] = past_ticket,
) -> int:
    """Write the jobs and everything beside them; how many rows that were."""
    tables: list[Table] = [
        (Customer, [_customer(job, shop) for job in jobs if job.is_new_customer]),
        (ContactPoint, [row for job in jobs if job.is_new_customer for row in _contact_points(job, shop)]),
        (Device, [_device(job, shop) for job in jobs if job.is_new_device]),
        (Visit, [_visit(job, shop) for job in jobs]),
        (PortalLink, [_link(job) for job in jobs]),
    ]
    count = _insert(tables)
    written = bulk.write_tickets([as_ticket(job) for job in jobs], shop=shop)
    count += sum(1 + len(t.walk.moves) + len(t.walk.entries) + len(t.walk.custody) for t in written)
    count += _insert(
        [
            (Promise, [_promise(job) for job in jobs if job.plan.path is not Path.CANCELLED]),
            (Signature, [row for job in jobs for row in _signatures(job)]),
            (Touchpoint, [row for job in jobs for row in _touchpoints(job, shop, rng)]),
            *work_tables(jobs, written, shop=shop),
        ]
    )
    return count + _write_notices(jobs, shop=shop, words=words, rng=rng)


def _insert(tables: Iterable[Table]) -> int:
    count = 0
    for model, rows in tables:
        bulk.insert_rows(model, rows)
        count += len(rows)
    return count


def _customer(job: PastJob, shop: Shop) -> Row:
    person = job.owner.person
    return {
        "id": job.owner.customer_id,
        "shop_id": shop.id,
        "name": person.name,
        "folded_name": person.folded_name,
        "name_key": person.name_key,
        "language": person.language,
        "created_at": _begun(job),
    }


def _contact_points(job: PastJob, shop: Shop) -> Iterator[Row]:
    person = job.owner.person
    number = e164(person.phone, shop.country)
    common = {"customer_id": job.owner.customer_id, "may_notify": True}
    yield common | {
        "kind": ContactKind.PHONE,
        "value": number,
        "shown": person.phone,
        "tail": number[-4:],
        "position": 0,
    }
    yield common | {
        "kind": ContactKind.EMAIL,
        "value": person.email,
        "shown": person.email,
        "tail": "",
        "position": 1,
    }


_e164: dict[tuple[str, str], str] = {}


def e164(number: str, country: str) -> str:
    """Kept once found: the invented numbers are few, and reading one costs more than writing a row."""
    if (number, country) not in _e164:
        _e164[number, country] = to_e164(number, country=country)
    return _e164[number, country]


def _device(job: PastJob, shop: Shop) -> Row:
    device = job.owner.device
    return {
        "id": job.owner.device_id,
        "shop_id": shop.id,
        "customer_id": job.owner.customer_id,
        "device_type": device.device_type,
        "brand": device.brand,
        "model": device.model,
        "colour": device.colour,
        "imei": device.imei,
        "serial": device.serial,
        "created_at": _begun(job),
    }


def _visit(job: PastJob, shop: Shop) -> Row:
    return {
        "id": job.visit_id,
        "shop_id": shop.id,
        "customer_id": job.owner.customer_id,
        "created_at": _begun(job),
    }


def _link(job: PastJob) -> Row:
    return {
        "id": job.link_id,
        "visit_id": job.visit_id,
        "customer_id": job.owner.customer_id,
        "origin": LinkOrigin.SMS,
        "created_at": _begun(job),
    }


def _promise(job: PastJob) -> Row:
    by = job.hands.counter
    return {
        "ticket_id": job.ticket_id,
        "earliest": job.plan.promised[0],
        "latest": job.plan.promised[1],
        "due_at": job.plan.due_at,
        "made_at": job.plan.checked_in_at,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "reason": PromiseReason.INTAKE,
    }


def _signatures(job: PastJob) -> Iterator[Row]:
    if job.plan.path is Path.CANCELLED:
        return
    common = {"visit_id": job.visit_id, "name": job.owner.person.name, "staff_id": job.hands.counter.id}
    yield common | {"ticket_id": None, "purpose": SignaturePurpose.TAKE_IN, "at": job.plan.checked_in_at}
    if job.plan.path is not Path.RECYCLED:
        yield common | {
            "ticket_id": job.ticket_id,
            "purpose": SignaturePurpose.HAND_OVER,
            "at": job.plan.closed_at,
        }


def _touchpoints(job: PastJob, shop: Shop, rng: Random) -> Iterator[Row]:
    common = {
        "shop_id": shop.id,
        "customer_id": job.owner.customer_id,
        "ticket_id": job.ticket_id,
        "details": {},
    }
    yield common | {"kind": TouchpointKind.VISIT, "channel": "counter", "at": _begun(job)}
    for notice, at in _notice_times(job):
        yield common | {"kind": TouchpointKind.NOTICE, "channel": "sms", "at": at}
        if notice in {Notice.QUOTE_SENT, Notice.READY} or rng.random() < 0.4:
            seen = at + timedelta(minutes=rng.lognormvariate(3, 1))
            yield common | {
                "kind": TouchpointKind.PORTAL_VIEW,
                "channel": "portal",
                "at": min(seen, job.plan.closed_at) if seen > at else at,
            }
    if job.plan.answered_at and job.plan.path is not Path.FIXED_PRICE:
        yield common | {"kind": TouchpointKind.DECISION, "channel": "portal", "at": job.plan.answered_at}
    if job.plan.path not in {Path.CANCELLED, Path.RECYCLED}:
        yield common | {"kind": TouchpointKind.HANDOVER, "channel": "counter", "at": job.plan.closed_at}


def _notice_times(job: PastJob) -> Iterator[tuple[Notice, datetime]]:
    """The notices of a job, in order; the shop of the past had diagnosis and bench notices switched off."""
    plan = job.plan
    if plan.booked_at:
        yield Notice.BOOKED, plan.booked_at
    if plan.path is Path.CANCELLED:
        yield Notice.CANCELLED, plan.closed_at
        return
    yield Notice.RECEIVED, plan.checked_in_at
    if plan.path in {Path.QUOTED, Path.DECLINED, Path.UNCOLLECTED} and plan.decided_at:
        yield Notice.QUOTE_SENT, plan.decided_at
    if plan.ordered_at:
        yield Notice.AWAITING_PARTS, plan.ordered_at
    if plan.released_at:
        done = plan.path in REPAIRED_PATHS
        yield Notice.READY if done else Notice.READY_UNREPAIRED, plan.released_at
    if plan.uncollected_at:
        yield Notice.UNCLAIMED, plan.uncollected_at
    if plan.path is not Path.RECYCLED:
        yield Notice.HANDED_OVER, plan.closed_at


@dataclass(frozen=True, kw_only=True)
class _Notice:
    job: PastJob
    notice: Notice
    at: datetime
    by_mail: bool


def _write_notices(jobs: Sequence[PastJob], *, shop: Shop, words: Words, rng: Random) -> int:
    """Every notice of the past with the one call that delivered it."""
    notices = [
        _Notice(job=job, notice=notice, at=at, by_mail=by_mail)
        for job, by_mail in ((job, rng.random() < _BY_MAIL) for job in jobs)
        for notice, at in _notice_times(job)
    ]
    ids = bulk.reserve_ids(OutgoingMessage, len(notices))
    messages = [
        _message(message_id, notice, shop=shop, words=words, rng=rng)
        for message_id, notice in zip(ids, notices, strict=True)
    ]
    return _insert([(OutgoingMessage, messages), (DeliveryAttempt, [_attempt(row) for row in messages])])


def _message(message_id: int, sent: _Notice, *, shop: Shop, words: Words, rng: Random) -> Row:
    job, person = sent.job, sent.job.owner.person
    template = words.notices[sent.notice.value, person.language]
    text = template.format(
        shop=shop.name, number=f"{shop.number_prefix}{job.ids.number}", device=job.owner.device.label
    )
    accepted = sent.at + timedelta(seconds=shop.undo_window_seconds + rng.uniform(0.5, 3))
    return {
        "id": message_id,
        "uid": f"{rng.getrandbits(128):032x}",
        "shop_id": shop.id,
        "ticket_id": job.ticket_id,
        "visit_id": job.visit_id,
        "customer_id": job.owner.customer_id,
        "link_id": job.link_id,
        "event_key": f"demo:{job.ticket_id}:{sent.notice.value}",
        "notice": sent.notice,
        "purpose": Purpose.SERVICE,
        "channel": Channel.EMAIL if sent.by_mail else Channel.SMS,
        "recipient": person.email if sent.by_mail else e164(person.phone, shop.country),
        "language": person.language,
        "subject": shop.name if sent.by_mail else "",
        "text": text,
        "state": State.SENT if sent.by_mail else State.DELIVERED,
        "created_at": sent.at,
        "send_after": sent.at + timedelta(seconds=shop.undo_window_seconds),
        "claimed_at": accepted,
        "attempt": f"{rng.getrandbits(128):032x}",
        "attempts": 1,
        "provider": "outbox",
        "accepted_at": accepted,
        "finished_at": accepted + timedelta(seconds=rng.uniform(1, 9)),
    }


def _attempt(message: Row) -> Row:
    return {
        "id": message["attempt"],
        "message_id": message["id"],
        "provider": message["provider"],
        "started_at": message["claimed_at"],
        "ended_at": message["accepted_at"],
        "ending": "accepted",
    }


def _begun(job: PastJob) -> datetime:
    return job.plan.booked_at or job.plan.arrived_at
