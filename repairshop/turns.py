"""A turn that one process after the other has, by a lock file; with an end to the waiting."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from repairshop.errors import DatabaseBusy


@contextmanager
def take_turn(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold the lock on this file, which is made where it is missing; DatabaseBusy after so long."""
    lock = path.open("a")
    if not _is_free(lock) and not _Waiting(lock).wait(seconds):
        # The file is closed by whoever waits for it still.
        raise DatabaseBusy(f"another process has kept {path.name} for {seconds:.0f} s")
    with lock:
        yield


def _is_free(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class _Waiting:
    """Waits in a thread of its own: the kernel keeps the order of those who wait, but knows no limit.

    Trying again and again instead would let whoever comes at the right moment pass all others.
    """

    def __init__(self, lock: IO[str]) -> None:
        self._lock = lock
        self._came = threading.Event()
        self._deciding = threading.Lock()
        self._gave_up = False
        threading.Thread(target=self._take, name="turn to write", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        if self._came.wait(seconds):
            return True
        with self._deciding:
            self._gave_up = not self._came.is_set()
            return not self._gave_up

    def _take(self) -> None:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        with self._deciding:
            if self._gave_up:
                self._lock.close()  # which lets go
            else:
                self._came.set()
