"""What the worker does for the installation as a whole."""

from sqlalchemy import select

from repairshop.database import db
from repairshop.operations import service
from repairshop.staff.models import Shop
from repairshop.transaction import transaction


def publish_day_heads() -> int:
    """The heads of the days that are over, for every shop; safe to run at any time and twice."""
    count = 0
    for shop_id in db.session.scalars(select(Shop.id).order_by(Shop.id)).all():
        with transaction():
            count += service.publish_heads(shop_id)
    return count
