"""Who holds the device and what came with it. Everything here runs inside the caller's transaction."""

from sqlalchemy import func, select

from repairshop import clock
from repairshop.database import db
from repairshop.staff.rules import Actor
from repairshop.tickets.chain import seal
from repairshop.tickets.history import record_custody, record_history
from repairshop.tickets.models import Custody, Ticket
from repairshop.tickets.rules import DEVICE, LOANER, Holder, PassedOnMeanwhile, require_held
from repairshop.tickets.service import get_ticket_for_change
from repairshop.tickets.stages import FINAL_STAGES


def pass_along(reference: str, to: Holder, *, to_label: str, item: str, by: Actor, seen: str = "") -> None:
    """Say who holds the device, or something that came with it, from now on; NothingToPassOn otherwise."""
    ticket = get_ticket_for_change(reference, by=by)
    require_seen(ticket.id, seen)
    require_ours(ticket, item)
    pass_on(ticket, to, to_label=to_label, by=by, item=item)


def pass_on(
    ticket: Ticket,
    to: Holder,
    *,
    to_label: str,
    by: Actor,
    item: str = DEVICE,
    move_id: int | None = None,
    mark: str = "",
) -> None:
    """Record a hand-to-hand step. For the device itself the ticket's holder changes too.

    The chain holds the name or place as a digest whose salt lies beside it, and `mark`, such as a place's
    key, in plain.
    """
    origin, origin_label = where_is(ticket, item)
    name = seal(to_label) if to_label else None
    record_custody(
        ticket,
        origin,
        to,
        to_label=to_label,
        by=by,
        item=item,
        from_label=origin_label,
        salt=name.salt if name else "",
    )
    if item == DEVICE:
        ticket.holder, ticket.holder_label, ticket.holder_since = to, to_label, clock.now()
    record_history(
        ticket,
        "passed_on",
        by=by,
        before={"holder": origin.value},
        after={"holder": to.value, "item": item}
        | ({"name": name.digest} if name else {})
        | ({"mark": mark} if mark else {}),
        move_id=move_id,
    )


def where_is(ticket: Ticket, item: str) -> tuple[Holder, str]:
    """Who holds it now, with the name.

    What came with a device goes with it until somebody says otherwise; a loaner comes from the shop.
    """
    if item == DEVICE:
        return ticket.holder, ticket.holder_label
    last = _last_step_of(ticket, item)
    if last is not None:
        return last.to_holder, last.to_label
    return (Holder.PLACE, "") if item.startswith(LOANER) else (ticket.holder, ticket.holder_label)


def newest_step(ticket_id: int) -> str:
    """What a page notes of the hand-to-hand steps it was drawn from; "" before the first."""
    newest = db.session.scalar(select(func.max(Custody.id)).where(Custody.ticket_id == ticket_id))
    return str(newest or "")


def require_seen(ticket_id: int, seen: str) -> None:
    """PassedOnMeanwhile when there was a step since the page was drawn; pages that note nothing pass."""
    if seen and seen != newest_step(ticket_id):
        raise PassedOnMeanwhile


def require_ours(ticket: Ticket, item: str) -> None:
    """NothingToPassOn for what we do not have. When the job is over, what was left behind is still here."""
    if ticket.stage in FINAL_STAGES and item != DEVICE and not item.startswith(LOANER):
        last = _last_step_of(ticket, item)
        if last is not None and last.to_holder is not Holder.CUSTOMER:
            return
    require_held(ticket.stage)


def _last_step_of(ticket: Ticket, item: str) -> Custody | None:
    return db.session.scalar(
        select(Custody)
        .where(Custody.ticket_id == ticket.id, Custody.item == item)
        .order_by(Custody.id.desc())
        .limit(1)
    )
