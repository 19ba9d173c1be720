"""Ticks of the worker: openings that nobody closed."""

from repairshop import clock
from repairshop.privacy import queries, service
from repairshop.transaction import transaction


def close_overdue_data_access() -> None:
    """End what is past its limit, each in a transaction of its own."""
    for access_id in queries.list_overdue_access(at=clock.now()):
        with transaction():
            service.close_overdue_access(access_id)
