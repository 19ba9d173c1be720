"""The places of a shop."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.custody.rules import LONGEST_PLACE, PlaceKind
from repairshop.database import Base, enum_column


class Place(Base):
    """A shelf, locker, safe or bench with a code on it, or a carrier or specialist with one.

    Retired ones stay: old steps name them.
    """

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("shop_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    name: Mapped[str] = mapped_column(String(LONGEST_PLACE))
    key: Mapped[str] = mapped_column(String(LONGEST_PLACE))
    kind: Mapped[PlaceKind] = mapped_column(
        enum_column(PlaceKind, name="place_kind"), default=PlaceKind.PLACE, server_default="place"
    )
    retired_at: Mapped[datetime | None]


class CustodyAlert(Base):
    """A device that nobody had for too long, told to the staff once.

    It stands while the ticket's `holder_since` is its `since`: whoever takes the device ends it by that.
    """

    __tablename__ = "custody_alert"
    __table_args__ = (UniqueConstraint("ticket_id", "since"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    since: Mapped[datetime]
    raised_at: Mapped[datetime]
