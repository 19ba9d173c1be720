"""The daily sweep of the store."""

from itertools import islice

from repairshop import clock
from repairshop.media import service
from repairshop.media.rules import MediaId
from repairshop.media.store import the_store
from repairshop.transaction import transaction

_BATCH = 500


def sweep_media() -> int:
    """Remove the files of erased pictures and of uploads whose row was never committed; returns how many.

    Safe in any number of processes: removing a file twice changes nothing.
    """
    return remove_erased() + _remove_orphans()


def remove_erased() -> int:
    """The files of pictures nobody may read any more."""
    removed = 0
    while erased := service.list_erased(limit=_BATCH):
        for _, key, kind in erased:
            service.remove_files(key, kind=kind)
        with transaction():
            service.mark_removed([MediaId(media_id) for media_id, _, _ in erased], at=clock.now())
        removed += len(erased)
    return removed


def _remove_orphans() -> int:
    files = the_store().list_files()
    removed = 0
    while batch := list(islice(files, _BATCH)):
        for name in service.list_orphans(batch, at=clock.now()):
            the_store().delete(name)
            removed += 1
    return removed
