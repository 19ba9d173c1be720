"""Every few minutes: the cards whose promise is more likely broken than kept."""

from sqlalchemy.exc import IntegrityError

from repairshop.board import queries
from repairshop.parts.queries import list_expected
from repairshop.promises import service
from repairshop.transaction import transaction


def mark_risks() -> int:
    """Each shop in its own transaction; how many cards turned.

    Two workers may come upon the same card: the second one's marks are left to its next run.
    """
    turned = 0
    for shop_id in queries.list_shop_ids():
        part_dates = list_expected(queries.list_waiting_for_parts(shop_id))
        try:
            with transaction():
                turned += service.mark_risks(shop_id, part_dates=part_dates)
        except IntegrityError:
            continue
    return turned
