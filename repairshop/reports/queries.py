"""Facts that several documents share, the label's, and the reports that were issued."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select

from repairshop.customers.models import Customer, Device
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.media.queries import find_pictures
from repairshop.media.rules import MediaId
from repairshop.privacy import queries as privacy
from repairshop.privacy.rules import TaskKind, TaskPart, TaskState
from repairshop.promises.queries import Promises
from repairshop.reports.models import Report
from repairshop.reports.report_rules import FINISHED, Passcode
from repairshop.reports.rules import (
    Answer,
    Detail,
    Identity,
    LabelData,
    LabelSize,
    Letterhead,
    Picture,
    Pledge,
    ReportId,
    Signed,
)
from repairshop.staff.models import Shop
from repairshop.tickets.chain_queries import has_head
from repairshop.tickets.models import Signature, Ticket, Visit
from repairshop.tickets.rules import Holder, SignaturePurpose
from repairshop.tickets.stages import Stage

JOB_LIMIT = 50


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The rows a document is about; the entities never leave this feature's queries."""

    ticket: Ticket
    device: Device
    shop: Shop
    visit: Visit | None
    customer: Customer | None

    @property
    def number(self) -> str:
        return f"{self.shop.number_prefix}{self.ticket.number}"

    @property
    def letterhead(self) -> Letterhead:
        """In the customer's language where there is a customer."""
        language = self.customer.language if self.customer else self.shop.languages[0]
        return letterhead_of(self.shop, language=language)

    @property
    def identity(self) -> Identity:
        return Identity(
            label=self.ticket.device_label,
            device_type=self.ticket.device_type.value,
            colour=self.device.colour,
            imei=self.device.imei or "",
            serial=self.device.serial or "",
            unreadable_because=self.device.unreadable_because,
        )


def letterhead_of(shop: Shop, *, language: str) -> Letterhead:
    return Letterhead(
        name=shop.name,
        street=shop.street,
        city=shop.city,
        phone=shop.phone,
        email=shop.email,
        country=shop.country,
        time_zone=shop.time_zone,
        language=language,
    )


def get_subject(reference: str, *, shop_id: int) -> Subject:
    """NotFound for unknown references and other shops' tickets alike."""
    found = list_subjects(Ticket.code == reference, Ticket.shop_id == shop_id)
    if not found:
        raise NotFound
    return found[0]


def list_subjects(*conditions: Any) -> list[Subject]:
    rows = db.session.execute(
        select(Ticket, Device, Shop, Visit, Customer)
        .join(Device, Device.id == Ticket.device_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .outerjoin(Visit, Visit.id == Ticket.visit_id)
        .outerjoin(Customer, Customer.id == Visit.customer_id)
        .where(*conditions)
        .order_by(Ticket.id)
    )
    return [
        Subject(ticket=ticket, device=device, shop=shop, visit=visit, customer=customer)
        for ticket, device, shop, visit, customer in rows
    ]


def get_label(reference: str, size: LabelSize, *, shop_id: int) -> LabelData:
    subject = get_subject(reference, shop_id=shop_id)
    ticket = subject.ticket
    return LabelData(
        shop=letterhead_of(subject.shop, language=subject.shop.languages[0]),
        size=size,
        number=subject.number,
        code=ticket.code,
        device=f"{ticket.device_label}, {subject.device.colour}"
        if subject.device.colour
        else ticket.device_label,
        place=ticket.holder_label if ticket.holder is Holder.PLACE else "",
        made_at=ticket.opened_at,
    )


def pledge_of(promises: Promises | None) -> Pledge | None:
    """The first promise, as documents tell it."""
    return (
        Pledge(earliest=promises.first.dates.earliest, latest=promises.first.dates.latest)
        if promises
        else None
    )


def answers_of(tasks: Sequence[privacy.TaskRow], *, part: TaskPart | None = None) -> tuple[Answer, ...]:
    """The answered tasks, in the list's order."""
    return tuple(
        Answer(
            task=task.title,
            answer=task.choice_words,
            reason=task.reason,
            seal=task.seal,
            details=tuple(Detail(name=name, value=str(value)) for name, value in task.details.items()),
            at=task.answered_at,
            by=task.answered_by or "",
        )
        for task in tasks
        if task.state is not TaskState.OPEN and part in {None, task.part}
    )


def passcode_of(tasks: Sequence[privacy.TaskRow]) -> tuple[Passcode, datetime | None]:
    """What became of the passcode, as the tasks tell it, and when it was destroyed."""
    by_kind = {task.kind: task for task in tasks}
    asked, purged = by_kind.get(TaskKind.CREDENTIAL), by_kind.get(TaskKind.CREDENTIAL_PURGED)
    if asked is None or asked.choice is None or asked.choice == "not_needed":
        return Passcode.NEVER_TAKEN, None
    if purged is None or purged.state is TaskState.OPEN:
        return Passcode.KEPT, None
    if purged.choice == "never_taken":
        return Passcode.NEVER_TAKEN, None
    return Passcode.PURGED, purged.answered_at


def list_signatures(visit_id: int, *, ticket_id: int | None) -> list[Signed]:
    """Those that stand, oldest first: the visit's take-in, or what belongs to one of its tickets."""
    whose = (
        Signature.purpose == SignaturePurpose.TAKE_IN
        if ticket_id is None
        else or_(Signature.ticket_id.is_(None), Signature.ticket_id == ticket_id)
    )
    rows = db.session.scalars(
        select(Signature)
        .where(Signature.visit_id == visit_id, Signature.void_at.is_(None), whose)
        .order_by(Signature.id)
    ).all()
    pictures = pictures_of([row.media_id for row in rows if row.media_id is not None])
    return [
        Signed(
            purpose=row.purpose.value,
            name=row.name,
            at=row.at,
            picture=pictures.get(row.media_id) if row.media_id is not None else None,
        )
        for row in rows
    ]


def pictures_of(media_ids: Sequence[int]) -> dict[int, Picture]:
    """Those that were not erased."""
    found = find_pictures([MediaId(media_id) for media_id in media_ids]) if media_ids else {}
    return {int(key): Picture(media_id=int(key), sha256=row.sha256) for key, row in found.items()}


@dataclass(frozen=True, kw_only=True)
class IssuedReport:
    """A report that was issued; `facts` is None after its person was erased."""

    id: ReportId
    ticket_id: int
    shop_id: int
    stage: Stage
    digest: str
    facts: dict[str, Any] | None
    created_at: datetime
    shop_name: str


def find_issued(ticket_id: int) -> IssuedReport | None:
    """The latest report of a ticket."""
    return _find(Report.ticket_id == ticket_id)


def find_report(report_id: str, digest: str) -> IssuedReport | None:
    """The report of this id, if its digest is this one."""
    return _find(Report.id == report_id, Report.digest == digest)


def _find(*conditions: Any) -> IssuedReport | None:
    row = db.session.execute(
        select(Report, Shop.name, Shop.id)
        .join(Ticket, Ticket.id == Report.ticket_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .where(*conditions)
        .order_by(Report.created_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    report, shop_name, shop_id = row
    return IssuedReport(
        id=ReportId(report.id),
        ticket_id=report.ticket_id,
        shop_id=shop_id,
        stage=report.stage,
        digest=report.digest,
        facts=report.facts,
        created_at=report.created_at,
        shop_name=shop_name,
    )


def history_still_stands(issued: IssuedReport) -> bool | None:
    """Whether the ticket's history still has the head that the report printed; None where it was erased."""
    if issued.facts is None:
        return None
    return has_head(issued.ticket_id, seq=issued.facts["history_entries"], head=issued.facts["history_head"])


def list_due(*, since: datetime, limit: int = JOB_LIMIT) -> list[tuple[str, int]]:
    """(reference, shop id) of tickets that came to an end since then and have no report of that stage."""
    issued = exists().where(Report.ticket_id == Ticket.id, Report.stage == Ticket.stage)
    rows = db.session.execute(
        select(Ticket.code, Ticket.shop_id)
        .where(
            Ticket.stage.in_([Stage(stage) for stage in FINISHED]),
            Ticket.stage_since >= since,
            Ticket.visit_id.is_not(None),
            ~issued,
        )
        .order_by(Ticket.stage_since)
        .limit(limit)
    )
    return [(row.code, row.shop_id) for row in rows]
