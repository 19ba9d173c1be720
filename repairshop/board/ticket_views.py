"""The page of one ticket, and taking its last move back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from repairshop.board import ticket_queries
from repairshop.board.blueprint import board
from repairshop.board.hanging_queries import list_hanging
from repairshop.board.story import LastAct, Show, find_last_move, tell, things_by_themselves
from repairshop.board.ticket_queries import ContactRow, Particulars
from repairshop.board.verbs import Actions
from repairshop.clock import now
from repairshop.errors import Refused
from repairshop.loaners.queries import find_loan
from repairshop.notifications.queries import MessageRow, list_for_ticket
from repairshop.notifications.verb_pages import VerbForm
from repairshop.parts.rules import DATES_HANG_ON_PARTS, dates_with_late_part
from repairshop.promises.queries import Promises, get_promises
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop, current_staff
from repairshop.tickets import service
from repairshop.tickets.queries import TicketHead, TimelineEntry, list_history
from repairshop.transaction import transaction
from repairshop.warranty.queries import find_decision
from repairshop.web.access import safe_next, staff_only
from repairshop.web.bodies import Bodies, tag_of
from repairshop.web.forms import new_sending, refusal_sentence
from repairshop.web.page import edition
from repairshop.web.saying import has_news
from repairshop.workshop.queries import sum_up


@board.get("/tickets/<reference>")
@staff_only(Right.SEE_TICKETS)
def ticket(reference: str) -> ResponseReturnValue:
    return render_ticket(reference)


@board.post("/tickets/<reference>/undo")
@staff_only(Right.SEE_TICKETS)
def undo(reference: str) -> ResponseReturnValue:
    """Refused on the ticket's own page, with the reason."""
    form = VerbForm()
    try:
        with transaction():
            # A second click must not take back the move before.
            service.get_ticket_for_change(
                reference, by=current_actor(), expected_version=form.expected_version
            )
            service.undo_move(reference, by=current_actor())
    except Refused as refusal:
        return render_ticket(reference, refusal=refusal_sentence(refusal)), 422
    return redirect(safe_next(request.form.get("next")) or url_for("board.ticket", reference=reference))


def render_ticket(reference: str, *, refusal: str = "") -> str:
    """The whole page; `refusal` is the sentence of an act that was just refused.

    Drawn once for what it shows: a page is opened far more often than its ticket changes.
    """
    reading = _Reading.begin(reference)
    if refusal or has_news() or reading.may_be_undone:
        return reading.draw(refusal=refusal)
    bodies: Bodies = current_app.extensions.setdefault("ticket_bodies", Bodies())
    return bodies.get(reading.tag, reading.draw, passing=(generate_csrf(), reading.once))


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What decides how the page looks now. The ticket's version speaks for everything kept under it."""

    at: datetime
    facts: Particulars
    contacts: list[ContactRow]
    messages: list[MessageRow]
    once: str = field(default_factory=new_sending)

    @classmethod
    def begin(cls, reference: str) -> Self:
        facts = ticket_queries.get_particulars(reference, shop_id=current_actor().shop_id)
        return cls(
            at=now(),
            facts=facts,
            contacts=ticket_queries.list_contacts(facts.head.customer_id),
            messages=list_for_ticket(facts.head.id, limit=20),
        )

    @property
    def may_be_undone(self) -> bool:
        """For seconds the page counts down; nothing of that is worth keeping."""
        return self.at - self.facts.head.stage_since <= timedelta(seconds=current_shop().undo_window_seconds)

    @property
    def tag(self) -> str:
        minute = self.at.replace(second=0, microsecond=0)
        reader, shop = current_staff(), current_shop()
        who = (reader.id, reader.version, current_actor().role, shop.id, shop.version)
        return tag_of(self.facts, self.contacts, self.messages, _show(), minute, who, edition())

    def draw(self, *, refusal: str = "") -> str:
        head = self.facts.head
        history = list_history(head.id)
        hanging = list_hanging(head.id)
        promises, parts = get_promises(head.id), ticket_queries.list_part_lines(head.id)
        return render_template(
            "board/ticket.html",
            facts=self.facts,
            head=head,
            once=self.once,
            actions=Actions().list_for(head.stage, self.facts.terms),
            story=tell(history, hanging, show=_show()),
            show=_show(),
            questions=[row for row in hanging if row.kind == "question" and row.ended_at is None],
            last=_last_move(history, at=self.at),
            contacts=self.contacts,
            loan=find_loan(head.id),
            things=things_by_themselves(hanging),
            promises=promises,
            quote=ticket_queries.find_quote(head.id),
            parts=parts,
            work=sum_up(head.id),
            late_part_on=_late_part_on(head, promises, parts, at=self.at),
            messages=self.messages,
            progress=ticket_queries.get_progress(head.id),
            decision=find_decision(head.id) if head.claim_of_id else None,
            refusal=refusal,
            at=self.at,
        )


def _late_part_on(
    head: TicketHead, promises: Promises | None, parts: Sequence[ticket_queries.PartLine], *, at: datetime
) -> date | None:
    """The day a part is expected that comes too late for what the customer was told."""
    days = [part.expected_on for part in parts if part.expected_on and not part.is_fitted]
    if promises is None or not days or head.stage not in DATES_HANG_ON_PARTS:
        return None
    told, today = promises.current.dates, at.astimezone(ZoneInfo(current_shop().time_zone)).date()
    late = dates_with_late_part(
        earliest=told.earliest, latest=told.latest, expected_on=max(days), today=today
    )
    return max(days) if late else None


def _show() -> Show:
    text = request.args.get("show", "")
    return Show(text) if text in set(Show) else Show.ALL


def _last_move(history: list[TimelineEntry], *, at: datetime) -> LastAct | None:
    window = current_shop().undo_window_seconds
    return find_last_move(history, by=current_actor(), at=at, window_seconds=window)
