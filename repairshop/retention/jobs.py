"""Once a night and shop: what is over its period goes. And the files that an erasing leaves behind."""

from repairshop.media.jobs import remove_erased
from repairshop.media.store import the_store
from repairshop.personal import all_erasers, all_holdings
from repairshop.retention import queries, service
from repairshop.staff.rules import ShopId
from repairshop.transaction import transaction


def remove_what_is_over(shop_id: int) -> int:
    """Batch by batch, each committed with its line in the report; a run that is cut off goes on next time.

    Returns how many rows were emptied; a second run finds nothing.
    """
    periods, emptied = queries.periods_of(shop_id), 0
    for holding in all_holdings():
        while True:
            with transaction():
                count = service.empty_batch(holding, shop_id=ShopId(shop_id), days=periods[holding.kind])
            emptied += count
            if count < service.BATCH:
                break
    for eraser in all_erasers():
        with transaction():
            emptied += service.remove_strays(
                eraser, shop_id=ShopId(shop_id), days=periods[eraser.strays_kind]
            )
    remove_files()  # always: a run that was cut off may have left them
    return emptied


def remove_files() -> None:
    """Photos' and signatures' bytes, and every drawn report: those are drawn again when asked for.

    Which drawn report shows whom is in its bytes only, so all of them go.
    """
    remove_erased()
    for file in list(the_store().list_files("documents")):
        the_store().delete(file.name)
