"""What the demo's customers wrote, what did not reach them, and the replies the shop has prepared."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from repairshop import clock
from repairshop.customers.models import ContactPoint, Customer
from repairshop.customers.rules import ContactKind
from repairshop.database import db
from repairshop.demo.service import Cast
from repairshop.inbox.canned import add_reply
from repairshop.inbox.receiving import ArrivedText, receive_text
from repairshop.notifications.fallback import queue_fallback
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, State
from repairshop.tickets.models import Ticket, Visit


def write_letters(*, cast: Cast, at: datetime) -> None:
    """In the caller's transaction, after every scene has been played."""
    words = _words()
    for reply in words["reply"]:
        add_reply(language=reply["language"], name=reply["name"], text=reply["text"], by=cast.mira)
    for trouble in words["trouble"]:
        _fail(trouble["name"], trouble["code"], at=at - timedelta(minutes=trouble["minutes"]))
    for number, text in enumerate(sorted(words["text"], key=_age), start=1):
        with clock.as_of(at - timedelta(minutes=text["minutes"])):
            receive_text(
                ArrivedText(
                    provider_id=f"SM-demo-{number}",
                    sender=text.get("number") or _number_of(text["name"]),
                    body=text["body"],
                    pictures=text.get("pictures", 0),
                )
            )


def _age(text: Mapping[str, Any]) -> int:
    return -int(text["minutes"])


def _fail(name: str, code: str, *, at: datetime) -> None:
    """The newest message about this person's repair reached them on no channel: somebody has to call."""
    newest = db.session.scalars(
        select(OutgoingMessage)
        .join(Ticket, Ticket.id == OutgoingMessage.ticket_id)
        .join(Visit, Visit.id == Ticket.visit_id)
        .join(Customer, Customer.id == Visit.customer_id)
        .where(Customer.name == name, OutgoingMessage.channel == Channel.SMS)
        .order_by(OutgoingMessage.id.desc())
    ).first()
    if newest is None:
        raise LookupError(f"nothing was written to {name}")
    with clock.as_of(at):
        rows = _list_of_event(newest.event_key)
        for row in rows:
            row.state, row.due_at, row.finished_at = State.UNDELIVERED, None, at
            row.error_code = code if row.channel is Channel.SMS else "address"
        db.session.flush()
        queue_fallback(newest)
        for row in _list_of_event(newest.event_key):
            if row.channel is Channel.CALL:
                row.state, row.due_at, row.created_at = State.NEEDS_HUMAN, None, at


def _list_of_event(event_key: str) -> Sequence[OutgoingMessage]:
    return db.session.scalars(select(OutgoingMessage).where(OutgoingMessage.event_key == event_key)).all()


def _number_of(name: str) -> str:
    return (
        db.session.scalars(
            select(ContactPoint.value)
            .join(Customer, Customer.id == ContactPoint.customer_id)
            .where(Customer.name == name, ContactPoint.kind == ContactKind.PHONE)
            .order_by(ContactPoint.id.desc())
        ).first()
        or ""
    )


def _words() -> Mapping[str, list[dict[str, Any]]]:
    with (Path(__file__).parent / "words" / "letters.toml").open("rb") as file:
        words: Mapping[str, list[dict[str, Any]]] = tomllib.load(file)
    return words
