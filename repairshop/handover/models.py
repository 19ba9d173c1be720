"""How devices left the shop."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from repairshop.database import Base, enum_column
from repairshop.handover.payment_rules import PayMethod
from repairshop.handover.rules import CollectionMethod, IdentityProof, SurrenderBasis, SurrenderKind


class Handover(Base):
    """One hand-over; void when the move was undone."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("paid_minor IS NULL OR (due_minor >= 0 AND paid_minor >= 0)", name="paid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    move_id: Mapped[int] = mapped_column(ForeignKey("ticket_move.id"), unique=True)
    method: Mapped[CollectionMethod] = mapped_column(enum_column(CollectionMethod, name="collection_method"))
    collected_by: Mapped[str] = mapped_column(String(120), default="")
    # Only where it was neither the customer nor whom they named.
    entrusted_because: Mapped[str] = mapped_column(String(300), default="", server_default="")
    proof: Mapped[IdentityProof | None] = mapped_column(enum_column(IdentityProof, name="identity_proof"))
    signature_id: Mapped[int | None] = mapped_column(ForeignKey("signature.id"))
    carrier: Mapped[str] = mapped_column(String(80), default="")
    tracking: Mapped[str] = mapped_column(String(80), default="")
    ship_to: Mapped[str] = mapped_column(String(300), default="", server_default="")
    # In the shop's currency, with tax. None: from before anybody asked.
    due_minor: Mapped[int | None]
    paid_minor: Mapped[int | None]
    pay_method: Mapped[PayMethod | None] = mapped_column(enum_column(PayMethod, name="pay_method"))
    till_reference: Mapped[str] = mapped_column(String(60), default="", server_default="")
    paid_because: Mapped[str] = mapped_column(String(300), default="", server_default="")
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    void_at: Mapped[datetime | None]
    # What undo puts back: the holder before, and the numbers that were paused while we had the device.
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Surrender(Base):
    """A device the customer gave up, or left behind past all notices."""

    __tablename__ = "surrender"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    move_id: Mapped[int] = mapped_column(ForeignKey("ticket_move.id"), unique=True)
    kind: Mapped[SurrenderKind] = mapped_column(enum_column(SurrenderKind, name="surrender_kind"))
    basis: Mapped[SurrenderBasis] = mapped_column(enum_column(SurrenderBasis, name="surrender_basis"))
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    void_at: Mapped[datetime | None]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Collector(Base):
    """Another person whom the customer named to collect; the newest that has not ended counts.

    The pass's own key is made from `id` and `version`; ending it raises the version.
    """

    __tablename__ = "collector"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
