"""What a page needs to know of a picture, and its bytes."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.media.models import Media
from repairshop.media.rules import MediaId, MediaKind, Size, file_name
from repairshop.media.store import FileMissing, the_store


@dataclass(frozen=True, kw_only=True)
class PictureRow:
    """A kept picture without its bytes; sides in pixels of the full size."""

    id: MediaId
    key: str
    kind: MediaKind
    content_type: str
    width: int
    height: int
    sha256: str


def get_picture(media_id: MediaId) -> PictureRow:
    """The picture; NotFound when there is none or it was erased."""
    found = find_pictures([media_id])
    if media_id not in found:
        raise NotFound("media", media_id)
    return found[media_id]


def find_pictures(media_ids: Iterable[MediaId]) -> dict[MediaId, PictureRow]:
    """The pictures that still exist, by id, in one query."""
    rows = db.session.execute(
        select(
            Media.id, Media.key, Media.kind, Media.content_type, Media.width, Media.height, Media.sha256
        ).where(Media.id.in_(list(media_ids)), Media.erased_at.is_(None))
    )
    return {MediaId(row.id): PictureRow(**row._mapping) for row in rows}


def read_picture(picture: PictureRow, *, size: Size = Size.FULL) -> bytes:
    """The bytes from the store; NotFound when they are not there.

    The full size stands in for that of a screen where none was written: a small photo, or one of long ago.
    """
    try:
        return the_store().get(file_name(picture.key, kind=picture.kind, size=size))
    except FileMissing as error:
        if size is Size.SCREEN:
            return read_picture(picture)
        raise NotFound("media", picture.id) from error
