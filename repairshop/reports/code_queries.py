"""The codes of a shop's places, people and commands, for the printed sheet."""

from datetime import datetime

from repairshop.custody.queries import list_codes
from repairshop.database import db
from repairshop.reports.queries import letterhead_of
from repairshop.reports.rules import CodeSheet, SheetCode
from repairshop.staff.models import Shop
from repairshop.staff.rules import ShopId


def get_code_sheet(shop_id: ShopId, *, language: str, at: datetime) -> CodeSheet:
    shop = db.session.get_one(Shop, shop_id)
    return CodeSheet(
        shop=letterhead_of(shop, language=language),
        codes=tuple(SheetCode(code=row.code, text=row.text, name=row.name) for row in list_codes(shop_id)),
        made_at=at,
    )
