"""The daily sweep of the store."""

from itertools import islice

import structlog

from repairshop import clock
from repairshop.database import end_reading
from repairshop.errors import Refused
from repairshop.media import service
from repairshop.media.rules import MediaId, MediaKind, Size, file_name
from repairshop.media.store import FileMissing, the_store
from repairshop.transaction import transaction

log = structlog.get_logger("repairshop.media")

_BATCH = 500
_MOST_IN_A_NIGHT = 2000


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


def add_screen_sizes(*, most: int = _MOST_IN_A_NIGHT) -> int:
    """Write the size for screens of photos that came before there was one; returns how many.

    One folder of the store after the other, so that no night holds all its names. A photo that cannot be
    opened is named in the log and stays as it is: its full size is shown.
    """
    written = 0
    for number in range(256):
        for key in _lacking(f"{number:02x}"):
            if written == most:
                return written
            written += _add(key)
    return written


def _lacking(folder: str) -> list[str]:
    keys = service.list_large_photos(folder)
    end_reading()
    if not keys:
        return []
    there = {file.name for file in the_store().list_files(folder)}
    return [key for key in keys if file_name(key, kind=MediaKind.PHOTO, size=Size.SCREEN) not in there]


def _add(key: str) -> bool:
    try:
        service.add_screen_size(key)
    except (FileMissing, Refused) as error:
        log.warning("no size for screens", key=key, why=type(error).__name__)
        return False
    return True
