"""The texts that a shop words itself, as they are in force."""

from sqlalchemy import func, select

from repairshop.database import db
from repairshop.notifications.filling import OwnWords
from repairshop.notifications.models import OwnText
from repairshop.notifications.rules import Notice
from repairshop.notifications.texts import Wording
from repairshop.staff.models import Shop


def wording_of(shop: Shop, notice: Notice | None = None) -> Wording:
    """How the shop words this notice, or all of them; one query."""
    newest = select(func.max(OwnText.id)).where(OwnText.shop_id == shop.id)
    if notice is not None:
        newest = newest.where(OwnText.key.in_((notice.value, f"{notice.value}_many")))
    newest = newest.group_by(OwnText.key, OwnText.channel, OwnText.language)
    rows = db.session.scalars(select(OwnText).where(OwnText.id.in_(newest), OwnText.is_ours.is_(False)))
    return Wording(
        own={(row.key, row.channel, row.language): words_of(row) for row in rows},
        keeps_accents=shop.keeps_accents,
    )


def words_of(row: OwnText) -> OwnWords:
    return OwnWords(text=row.text, subject=row.subject, heading=row.heading)
