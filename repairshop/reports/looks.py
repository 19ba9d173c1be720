"""A shop's logo and colour: read for each document, changed by a manager."""

from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.errors import Conflict
from repairshop.media.models import Media
from repairshop.media.rules import MediaId, ReceivedPicture
from repairshop.media.service import erase_picture, store_picture
from repairshop.reports.models import ShopLook
from repairshop.reports.rules import PLAIN, Logo, Look
from repairshop.staff.rules import Actor


def find_look(shop_id: int) -> Look:
    """Plain where the shop has said nothing."""
    row = db.session.execute(
        select(ShopLook.accent, Media.id, Media.key, Media.content_type)
        .outerjoin(Media, (Media.id == ShopLook.logo_id) & Media.erased_at.is_(None))
        .where(ShopLook.shop_id == shop_id)
    ).one_or_none()
    if row is None:
        return PLAIN
    logo = Logo(media_id=row.id, key=row.key, content_type=row.content_type) if row.id is not None else None
    return Look(accent=row.accent, logo=logo)


def find_look_version(shop_id: int) -> int:
    """0 while the shop has said nothing."""
    return db.session.scalar(select(ShopLook.version).where(ShopLook.shop_id == shop_id)) or 0


def change_look(
    *, accent: str, logo: ReceivedPicture | None, drops_logo: bool, expected_version: int | None, by: Actor
) -> None:
    """A new logo takes the place of the old one, which is erased; `accent` was checked by `accent_of`."""
    row = db.session.get(ShopLook, by.shop_id, with_for_update=True)
    if expected_version is not None and expected_version != (row.version if row else 0):
        raise Conflict("look", "")
    if row is None:
        row = ShopLook(shop_id=by.shop_id, accent="")
        db.session.add(row)
    row.accent = accent
    old = row.logo_id
    if logo is not None:
        row.logo_id = store_picture(logo)
    elif drops_logo:
        row.logo_id = None
    if old is not None and row.logo_id != old:
        db.session.flush()
        erase_picture(MediaId(old), at=clock.now())
