"""Writing records of other shops' pasts as closed tickets."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from repairshop import clock
from repairshop.customers.models import Device
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.importing.rules import Record, details_of
from repairshop.staff import queries as staff_queries
from repairshop.staff import service as staff_service
from repairshop.staff.models import Shop
from repairshop.staff.rules import ShopId, ShopUnknown, system_actor
from repairshop.tickets import bulk
from repairshop.tickets.models import Ticket
from repairshop.tickets.stages import Stage
from repairshop.tickets.walk import Imported

SOURCE = "ords"
NAME_OF_FIRST_SHOP = "Imported repairs"  # on an empty database, when no name is given


def choose_shop(name: str | None, *, country: str, currency: str, time_zone: str) -> ShopId:
    """The shop of that name, made when there is none; without a name, the only shop there is."""
    ids = list(db.session.scalars(select(Shop.id).limit(2)))
    if name or not ids:
        name = name or NAME_OF_FIRST_SHOP
        shop = staff_queries.find_shop_by_name(name)
        if shop is None:
            made = staff_service.create_shop(
                name=name, country=country, currency=currency, time_zone=time_zone
            )
            return ShopId(made.id)
        return ShopId(shop.id)
    if len(ids) != 1:
        raise ShopUnknown(name="")
    return ShopId(ids[0])


def import_records(records: Sequence[Record], *, shop_id: ShopId) -> int:
    """Write the records this shop does not have yet; how many those were."""
    shop = db.session.get(Shop, shop_id)
    if shop is None:
        raise NotFound(shop_id)
    new = _unknown(records, shop_id=shop_id)
    if not new:
        return 0
    at, by, zone = clock.now(), system_actor(shop_id), ZoneInfo(shop.time_zone)
    device_ids = bulk.reserve_ids(Device, len(new))
    ticket_ids = bulk.reserve_ids(Ticket, len(new))
    numbers = bulk.take_numbers(shop_id, len(new))
    codes = bulk.free_codes(len(new))
    bulk.insert_rows(
        Device, [_device_row(*pair, shop_id=shop_id, at=at) for pair in zip(device_ids, new, strict=True)]
    )
    tickets = [
        bulk.PastTicket(
            id=ticket_id,
            number=number,
            code=code,
            device_id=device_id,
            device_type=record.device_type,
            device_label=record.brand or record.category,
            steps=[
                Imported(
                    stage=Stage.HANDED_OVER,
                    outcome=record.outcome,
                    outcome_reason=record.barrier or "",
                    opened_at=_noon(record, zone),
                    at=at,
                    by=by,
                    details=details_of(record),
                )
            ],
            values={"reported_fault": record.problem, "source": SOURCE, "source_id": record.id},
        )
        for ticket_id, number, code, device_id, record in zip(
            ticket_ids, numbers, codes, device_ids, new, strict=True
        )
    ]
    bulk.write_tickets(tickets, shop=shop)
    return len(new)


def _unknown(records: Sequence[Record], *, shop_id: ShopId) -> list[Record]:
    """The records the shop does not have, each once."""
    by_id = {record.id: record for record in reversed(records)}
    known = select(Ticket.source_id).where(
        Ticket.shop_id == shop_id, Ticket.source == SOURCE, Ticket.source_id.in_(by_id)
    )
    for source_id in db.session.scalars(known):
        by_id.pop(source_id or "", None)
    return list(reversed(by_id.values()))


def _device_row(device_id: int, record: Record, *, shop_id: ShopId, at: datetime) -> dict[str, object]:
    return {
        "id": device_id,
        "shop_id": shop_id,
        "device_type": record.device_type,
        "brand": record.brand,
        "made_in_year": record.made_in_year,
        "created_at": at,
    }


def _noon(record: Record, zone: ZoneInfo) -> datetime:
    """A record knows only its day; noon keeps it on that day wherever it is shown."""
    return datetime.combine(record.event_date, time(12), tzinfo=zone).astimezone(UTC)
