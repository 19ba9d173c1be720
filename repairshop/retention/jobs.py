"""Once a night and shop: what is over its period goes. And the files that an erasing leaves behind."""

from repairshop import clock
from repairshop.database import empty_log
from repairshop.media.jobs import remove_erased
from repairshop.media.store import the_store
from repairshop.personal import all_erasers, all_holdings
from repairshop.retention import counting, queries, service
from repairshop.staff.rules import ShopId
from repairshop.transaction import transaction


def remove_what_is_over(shop_id: int) -> int:
    """Batch by batch, each committed with its line in the report; a run that is cut off goes on next time.

    Returns how many rows were emptied; a second run finds nothing.
    """
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
        with transaction():
            emptied += service.remove_strays(
                eraser, shop_id=ShopId(shop_id), days=periods[eraser.strays_kind]
            )
    remove_files()  # always: a run that was cut off may have left them
    return emptied


def remove_files() -> None:
    """Photos' and signatures' bytes, every drawn report, and what SQLite's log still holds.

    Which drawn report shows whom is in its bytes, so all of them go; they are drawn anew when asked for.
    """
    remove_erased()
    for file in list(the_store().list_files("documents")):
        the_store().delete(file.name)
    empty_log()
