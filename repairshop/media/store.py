"""Where files lie: a folder on this machine, or a bucket that speaks S3.

Names are given by us, never by a visitor. `put` returns only when the file would survive a power cut.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from repairshop.media.rules import MediaStoreFull


class FileMissing(Exception):
    """The store holds no file of this name."""


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    name: str
    modified_at: datetime


class MediaStore(Protocol):
    def put(self, name: str, data: bytes) -> None:
        """Keep `data` under `name`; raises MediaStoreFull when it cannot."""

    def get(self, name: str) -> bytes:
        """The bytes; raises FileMissing."""

    def delete(self, name: str) -> None:
        """Remove the file; nothing happens when it is already gone."""

    def list_files(self, prefix: str = "") -> Iterator[StoredFile]:
        """Every file whose name starts with the folder `prefix`, in no order."""


class FolderStore:
    """Files in a folder that only this user may enter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, data: bytes) -> None:
        path = self._path(name)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_durably(path, data)
        except OSError as error:
            raise MediaStoreFull from error

    def get(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise FileMissing(name) from error

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def list_files(self, prefix: str = "") -> Iterator[StoredFile]:
        start = self._path(prefix) if prefix else self.folder
        for folder, _, names in os.walk(start):
            for name in names:
                path = Path(folder, name)
                changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                yield StoredFile(name=path.relative_to(self.folder).as_posix(), modified_at=changed)

    def _path(self, name: str) -> Path:
        parts = name.strip("/").split("/")
        if any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts):
            raise FileMissing(name)
        return self.folder.joinpath(*parts)


def _write_durably(path: Path, data: bytes) -> None:
    """Write beside, flush to disk, then rename: a reader sees the whole file or none."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_store(media_url: str, *, data: Path) -> MediaStore:
    """The store MEDIA_URL names; without one, the folder `media` in the data folder."""
    if not media_url:
        return FolderStore(data / "media")
    parts = urlsplit(media_url)
    if parts.scheme == "file":
        return FolderStore(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.hostname:
        from repairshop.media.bucket import open_bucket  # one shop with a folder need not load the S3 client

        return open_bucket(media_url)
    raise ValueError("MEDIA_URL must start with file:// or s3://")


_store: MediaStore | None = None


def use_store(store: MediaStore) -> None:
    """Keep files in `store` from now on; create_app calls it once, as it binds the engine."""
    global _store
    _store = store


def the_store() -> MediaStore:
    if _store is None:
        raise RuntimeError("media.store.use_store() was not called")
    return _store
