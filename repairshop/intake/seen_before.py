"""Whether a device was here before, whoever brought it."""

from dataclasses import dataclass
from datetime import datetime

from repairshop.customers.queries import list_devices_seen
from repairshop.database import db
from repairshop.intake.rules import days_in_comeback_window
from repairshop.staff.queries import ShopFacts
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import TicketHead, as_head, head_select


@dataclass(frozen=True, kw_only=True)
class SeenTicket:
    """An earlier repair of a device; `days_home` while the same fault would be a comeback."""

    head: TicketHead
    days_home: int | None


@dataclass(frozen=True, kw_only=True)
class SeenBefore:
    """A device that was here; whose it was is not said."""

    label: str
    is_of_another: bool
    tickets: list[SeenTicket]


def find_seen_before(
    *, imei: str, serial: str, customer_id: int | None, shop: ShopFacts, at: datetime, limit: int = 4
) -> SeenBefore | None:
    """The device with this IMEI or serial (as stored) and its repairs, whoever brought it; newest first."""
    seen = list_devices_seen(imei=imei, serial=serial, shop_id=shop.id)
    if not seen:
        return None
    rows = db.session.execute(
        head_select()
        .where(Ticket.shop_id == shop.id, Ticket.device_id.in_([device.device_id for device in seen]))
        .order_by(Ticket.id.desc())
        .limit(limit)
    )
    tickets = [
        SeenTicket(
            head=head,
            days_home=days_in_comeback_window(
                stage=head.stage, stage_since=head.stage_since, at=at, window_days=shop.comeback_days
            ),
        )
        for head in map(as_head, rows)
    ]
    is_of_another = all(device.customer_id != customer_id for device in seen)
    return SeenBefore(label=seen[0].label, is_of_another=is_of_another, tickets=tickets)
