"""Every quarter of an hour: ask those who collected a device yesterday."""

from repairshop import clock
from repairshop.errors import NotFound
from repairshop.feedback import queries, service
from repairshop.transaction import transaction


def ask_surveys() -> int:
    """Queue the surveys that are due, each in its own transaction; how many."""
    asked = 0
    for ticket_id in queries.list_to_survey(at=clock.now()):
        try:
            with transaction():
                asked += service.ask_survey(ticket_id)
        except NotFound:
            continue
    return asked
