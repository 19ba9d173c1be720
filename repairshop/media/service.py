"""Take pictures in, give them out, erase them.

Two steps, because opening a picture takes a third of a second and the database must not wait for it:
`receive_photo` before the transaction writes the files, `store_picture` inside it adds the row. Files
whose row was never committed are swept away a day later.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from repairshop import clock
from repairshop.database import db, end_reading
from repairshop.errors import NotFound
from repairshop.media.decoder import decode_picture
from repairshop.media.models import Media
from repairshop.media.rules import (
    PNG_KINDS,
    SCREEN_EDGE,
    MediaId,
    MediaKind,
    PictureFormat,
    ReceivedPicture,
    Size,
    file_name,
    key_of,
    require_picture,
)
from repairshop.media.store import StoredFile, the_store

ORPHAN_AGE = timedelta(days=1)
_WRITTEN = (Size.FULL, Size.THUMBNAIL, Size.SCREEN)  # in the order the decoder gives them
_BATCH = 500


def receive_photo(data: bytes) -> ReceivedPicture:
    """Check a photo, write it anew and keep its files; outside of any transaction.

    Refuses with PictureEmpty, PictureTooHeavy, PictureNotKnown, PictureTooManyPixels, PictureDamaged,
    PictureTookTooLong, MediaStoreFull.
    """
    return _receive(data, kind=MediaKind.PHOTO)


def receive_signature(data: bytes) -> ReceivedPicture:
    """The same for a drawn signature, kept as PNG; refuses a blank one with SignatureBlank."""
    return _receive(data, kind=MediaKind.SIGNATURE)


def receive_logo(data: bytes) -> ReceivedPicture:
    """The same for a shop's logo, cut to its ink and kept as PNG; refuses a white one with LogoBlank."""
    return _receive(data, kind=MediaKind.LOGO)


def _receive(data: bytes, *, kind: MediaKind) -> ReceivedPicture:
    end_reading()
    found = require_picture(data, kind=kind)
    decoded = decode_picture(data, kind=kind, found=found)
    key = secrets.token_hex(16)
    for size, file in zip(_WRITTEN, decoded.files, strict=False):
        the_store().put(file_name(key, kind=kind, size=size), file)
    full = decoded.files[0]
    return ReceivedPicture(
        key=key,
        kind=kind,
        content_type="image/png" if kind in PNG_KINDS else "image/jpeg",
        width=decoded.width,
        height=decoded.height,
        size_bytes=len(full),
        sha256=hashlib.sha256(full).hexdigest(),
        original_sha256=hashlib.sha256(data).hexdigest(),
    )


def add_screen_size(key: str) -> None:
    """Write the screen size of a photo that was kept before there was one; outside of any transaction.

    Its full file is opened as a stranger's is. Refuses with what `receive_photo` refuses with; FileMissing.
    """
    full = the_store().get(file_name(key, kind=MediaKind.PHOTO, size=Size.FULL))
    decoded = decode_picture(full, kind=MediaKind.PHOTO, found=PictureFormat.JPEG)
    files = dict(zip(_WRITTEN, decoded.files, strict=False))
    the_store().put(file_name(key, kind=MediaKind.PHOTO, size=Size.SCREEN), files[Size.SCREEN])


def list_large_photos(prefix: str) -> list[str]:
    """Keys of the photos whose key starts so and that have a size for screens."""
    rows = db.session.scalars(
        select(Media.key).where(
            Media.kind == MediaKind.PHOTO,
            Media.erased_at.is_(None),
            Media.key.startswith(prefix),
            or_(Media.width > SCREEN_EDGE, Media.height > SCREEN_EDGE),
        )
    )
    return list(rows)


def store_picture(received: ReceivedPicture) -> MediaId:
    """Name the picture in the database; inside the transaction of what it belongs to."""
    media = Media(
        key=received.key,
        kind=received.kind,
        content_type=received.content_type,
        width=received.width,
        height=received.height,
        size_bytes=received.size_bytes,
        sha256=received.sha256,
        original_sha256=received.original_sha256,
        created_at=clock.now(),
    )
    db.session.add(media)
    db.session.flush()  # the caller's row needs the id
    return MediaId(media.id)


def erase_picture(media_id: MediaId, *, at: datetime) -> None:
    """From now on nobody can read it; the sweep removes its files."""
    media = db.session.get(Media, media_id)
    if media is None:
        raise NotFound("media", media_id)
    media.erased_at = media.erased_at or at


def list_erased(*, limit: int = _BATCH) -> list[tuple[MediaId, str, MediaKind]]:
    """(id, key, kind) of erased pictures whose files still lie in the store."""
    rows = db.session.execute(
        select(Media.id, Media.key, Media.kind)
        .where(Media.erased_at.is_not(None), Media.removed_at.is_(None))
        .limit(limit)
    )
    return [(MediaId(row.id), row.key, row.kind) for row in rows]


def mark_removed(media_ids: Iterable[MediaId], *, at: datetime) -> None:
    for media_id in media_ids:
        media = db.session.get(Media, media_id)
        if media is not None:
            media.removed_at = at


def remove_files(key: str, *, kind: MediaKind) -> None:
    """Take a picture's files out of the store; nothing happens when they are gone."""
    for size in Size:
        the_store().delete(file_name(key, kind=kind, size=size))


def list_orphans(files: Iterable[StoredFile], *, at: datetime) -> list[str]:
    """Names among `files` that no row knows and that are old enough not to be on their way into one."""
    aged = [file.name for file in files if at - file.modified_at > ORPHAN_AGE]
    keys = {key_of(name) for name in aged}
    known = set(db.session.scalars(select(Media.key).where(Media.key.in_(keys))))
    return [name for name in aged if key_of(name) not in known]
