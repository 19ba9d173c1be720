"""A customer who left words in as many places as there are, each of them carrying MARK."""

import io
from datetime import UTC, datetime, timedelta

from PIL import Image
from sqlalchemy import JSON, String, select, update

from repairshop import clock
from repairshop.catalogue.rules import FaultFamily
from repairshop.customers.models import ContactPoint, Device
from repairshop.customers.rules import TouchpointKind
from repairshop.customers.service import record_touchpoint
from repairshop.database import Base, db
from repairshop.diagnostics.service import add_finding
from repairshop.handover.models import Handover
from repairshop.handover.rules import CollectionMethod
from repairshop.inbox.receiving import ArrivedText, receive_text
from repairshop.media.service import receive_photo
from repairshop.personal import Stamp, Whose, all_holdings
from repairshop.privacy import service as privacy
from repairshop.reports.service import issue_report
from repairshop.retention.emptying import owned_by, table_of
from repairshop.shots.rules import Shot
from repairshop.shots.service import keep_shot, skip_shot
from repairshop.staff.rules import Actor
from repairshop.tickets.attachments import add_note, answer_question, ask_question
from repairshop.tickets.models import Signature, TicketMove
from repairshop.tickets.rules import Holder, SignaturePurpose
from repairshop.tickets.service import actor_for_customer, move_ticket
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, way_to
from tests.quotes.builders import AT_THE_COUNTER, approve, quoted_ticket

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
MARK = "zanzibar"
IMEI = "490154203237518"
PHONE = "7700900771"


def live(by: Actor, *, over: bool = True) -> str:
    """A repair from the counter to the hand-over, all of it at START; its reference."""
    with clock.as_of(START):
        return _live(by, over=over)


def _live(by: Actor, *, over: bool) -> str:
    reference = quoted_ticket(by, message=f"Dear {MARK}")
    approve(reference, by=by, evidence=AT_THE_COUNTER)
    _write_down(reference, by)
    with transaction():
        ticket = get_ticket(reference)
        _be_somebody(ticket)
        if over:
            _hand_over(ticket, by)
    with transaction():
        _plant(reference)
    if over:
        with transaction():
            issue_report(reference, by=by)
    return reference


def _write_down(reference: str, by: Actor) -> None:
    picture = receive_photo(_jpeg())
    with transaction():
        ticket = get_ticket(reference)
        add_note(reference, f"{MARK} says", by=by)
        add_finding(reference, section=FaultFamily.SCREEN, seen=f"{MARK} crack", by=by)
        question = ask_question(ticket, f"{MARK}?", by=actor_for_customer(ticket))
        answer_question(reference, question.id, f"Yes, {MARK}", by=by)
        keep_shot(reference, Shot.FRONT, picture, by=by)
        skip_shot(reference, Shot.BACK, reason=f"{MARK} case", by=by)
        privacy.open_data_access(reference, reason=f"{MARK} backup", by=by)
        record_touchpoint(
            ticket.shop_id, TouchpointKind.CALL, customer_id=ticket.visit.customer_id, ticket_id=ticket.id
        )
        db.session.add(
            Signature(visit_id=ticket.visit_id, purpose=SignaturePurpose.TAKE_IN, name=MARK, at=clock.now())
        )


def _be_somebody(ticket) -> None:
    customer = ticket.visit.customer
    customer.name, customer.folded_name = f"{MARK} Cooper", f"{MARK} cooper"
    device = db.session.get_one(Device, ticket.device_id)
    device.imei, device.serial = IMEI, MARK.upper()
    point = db.session.scalars(select(ContactPoint).where(ContactPoint.customer_id == customer.id)).one()
    point.value, point.shown, point.tail = f"+44{PHONE}", f"0{PHONE}", PHONE[-4:]
    receive_text(ArrivedText(provider_id=f"SM{ticket.id}", sender=f"+44{PHONE}", body=MARK))


def _hand_over(ticket, by: Actor) -> None:
    for verb in way_to(ticket.stage, Stage.HANDED_OVER):
        move_ticket(ticket, verb, by=by, outcome_reason=MARK)
    ticket.holder = Holder.CUSTOMER
    last = select(TicketMove.id).where(TicketMove.ticket_id == ticket.id, TicketMove.verb == Verb.HAND_OVER)
    db.session.add(
        Handover(
            ticket_id=ticket.id,
            move_id=db.session.scalars(last).one(),
            method=CollectionMethod.COUNTER,
            collected_by=MARK,
            at=clock.now(),
        )
    )


def _plant(reference: str) -> None:
    """MARK in every declared column of words that there is a row for, whatever feature wrote it."""
    ticket = get_ticket(reference)
    ids = {
        Whose.CUSTOMER: [ticket.visit.customer_id],
        Whose.VISIT: [ticket.visit_id],
        Whose.TICKET: [ticket.id],
        Whose.DEVICE: [ticket.device_id],
    }
    for holding in all_holdings():
        table = table_of(holding)
        for name, becomes in holding.becomes.items():
            column = table.c[name]
            if (
                name in holding.secret
                or holding.table in _WRITTEN_BY_HAND
                or becomes in (Stamp.NOW, Stamp.OWN)
            ):
                continue
            if isinstance(column.type, JSON) and becomes != Stamp.NOTHING:
                value = {"word": MARK} if becomes == {} else [MARK]
            elif isinstance(column.type, String):
                value = MARK
            else:
                continue
            db.session.execute(
                update(table).where(owned_by(holding, ids[holding.whose])).values({name: value})
            )


# What has its own form (an IMEI, a tail of four digits), what triggers keep, what undo reads back.
_WRITTEN_BY_HAND = {"contact_point", "device", "customer", "quote", "report", "ticket_move", "guided_shot"}


def _jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(file, "JPEG")
    return file.getvalue()


def everything_kept() -> str:
    """Every value of every table, as one text."""
    rows = (row for table in Base.metadata.sorted_tables for row in db.session.execute(select(table)))
    return "\n".join(str(row) for row in rows).casefold()


def later(days: int):
    return clock.as_of(START + timedelta(days=days))
