"""Once a night and shop: what is over its period goes. And the files that an erasing leaves behind."""

from dataclasses import dataclass

import structlog

from repairshop import clock
from repairshop.database import empty_log
from repairshop.errors import Refused
from repairshop.media.jobs import remove_erased
from repairshop.media.store import the_store
from repairshop.personal import all_erasers, all_holdings
from repairshop.retention import counting, erased_list, queries, service
from repairshop.retention.rules import CustomerErasedAlready
from repairshop.staff.rules import ShopId, system_actor
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.retention")


def remove_what_is_over(shop_id: int) -> int:
    """Batch by batch, each committed with its line in the report; a run that is cut off goes on next time.

    Returns how many rows were emptied; a second run finds nothing.
    """
    erase_again(ShopId(shop_id))
    periods, emptied = queries.periods_of(shop_id), 0
    due = counting.count_due(shop_id, at=clock.now())  # reading first: most nights there is little to write
    for holding in (holding for holding in all_holdings() if due[holding.kind]):
        while True:
            with transaction():
                count = service.empty_batch(holding, shop_id=ShopId(shop_id), days=periods[holding.kind])
            emptied += count
            if count < service.BATCH:
                break
    for eraser in (eraser for eraser in all_erasers() if due[eraser.strays_kind]):
        while True:
            days = periods[eraser.strays_kind]
            with transaction():
                count = service.remove_strays(eraser, shop_id=ShopId(shop_id), days=days)
            emptied += count
            if count < service.BATCH:
                break
    remove_files()  # always: a run that was cut off may have left them
    return emptied


@dataclass(frozen=True, kw_only=True)
class ErasedAgain:
    """Customers a restored backup had brought back, and those who cannot go yet with what is in the way."""

    erased: list[int]
    refused: dict[int, Refused]


def erase_again(shop_id: ShopId) -> ErasedAgain:
    """Whoever was erased after the backup was made that is the database now."""
    found = ErasedAgain(erased=[], refused={})
    for customer_id in queries.list_back(erased_list.list_erased(), shop_id=shop_id):
        try:
            with transaction():
                service.erase_customer(customer_id, by=system_actor(shop_id))
        except CustomerErasedAlready:
            continue  # with the one they were merged into
        except Refused as refusal:
            found.refused[customer_id] = refusal
        else:
            found.erased.append(customer_id)
    if found.refused:
        log.warning("erased customers are back and have a repair under way", customers=list(found.refused))
    return found


def remove_files() -> None:
    """Photos' and signatures' bytes, every drawn report, and what SQLite's log still holds.

    Which drawn report shows whom is in its bytes, so all of them go; they are drawn anew when asked for.
    """
    remove_erased()
    for file in list(the_store().list_files("documents")):
        the_store().delete(file.name)
    empty_log()
