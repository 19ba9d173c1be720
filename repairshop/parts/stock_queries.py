"""Reads about stock: the book of movements, the serials that are here, what waits for which repair."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from repairshop.database import db
from repairshop.parts.models import Part, PartPiece, PartReservation, StockMovement
from repairshop.parts.stock_rules import MovementKind, PieceState
from repairshop.staff.models import Shop, Staff
from repairshop.tickets.models import Ticket


@dataclass(frozen=True, kw_only=True)
class MovementRow:
    kind: MovementKind
    on_hand: int
    reserved: int
    faulty: int
    serial: str
    reference: str | None  # of the repair it was for
    number: str
    reason: str
    at: datetime
    by: str  # empty for the system


@dataclass(frozen=True, kw_only=True)
class PieceRow:
    id: int
    serial: str
    lot: str
    state: PieceState


@dataclass(frozen=True, kw_only=True)
class ReservationRow:
    """A part set aside for a repair."""

    id: int
    part_id: int
    part: str
    serialised: bool
    reference: str
    number: str
    made_at: datetime


@dataclass(frozen=True, kw_only=True)
class Books:
    """What the movements of a part add up to, and what its row says."""

    part_id: int
    serialised: bool
    by_movements: tuple[int, int, int]  # here, reserved, faulty
    by_row: tuple[int, int, int]
    pieces_on_hand: int
    pieces_faulty: int
    open_reservations: int

    @property
    def agree(self) -> bool:
        """Every way to count comes to the same."""
        on_hand, reserved, faulty = self.by_row
        pieces = (self.pieces_on_hand, self.pieces_faulty) if self.serialised else (on_hand, faulty)
        return (
            self.by_movements == self.by_row
            and self.open_reservations == reserved
            and pieces == (on_hand, faulty)
        )


def list_movements(part_id: int, *, limit: int = 30) -> list[MovementRow]:
    """The newest first."""
    rows = db.session.execute(
        select(
            StockMovement,
            PartPiece.serial,
            Ticket.code,
            Ticket.number,
            Shop.number_prefix,
            Staff.first_name,
        )
        .join(Shop, Shop.id == StockMovement.shop_id)
        .outerjoin(PartPiece, PartPiece.id == StockMovement.piece_id)
        .outerjoin(Ticket, Ticket.id == StockMovement.ticket_id)
        .outerjoin(Staff, Staff.id == StockMovement.staff_id)
        .where(StockMovement.part_id == part_id)
        .order_by(StockMovement.id.desc())
        .limit(limit)
    )
    return [
        MovementRow(
            kind=movement.kind,
            on_hand=movement.on_hand,
            reserved=movement.reserved,
            faulty=movement.faulty,
            serial=serial or "",
            reference=code,
            number=f"{prefix}{number}" if number is not None else "",
            reason=movement.reason,
            at=movement.at,
            by=by or "",
        )
        for movement, serial, code, number, prefix, by in rows
    ]


def list_pieces_here(part_id: int, *, limit: int = 100) -> list[PieceRow]:
    """The serials in the shop, good and faulty."""
    query = (
        select(PartPiece)
        .where(PartPiece.part_id == part_id, PartPiece.state.in_((PieceState.ON_HAND, PieceState.FAULTY)))
        .order_by(PartPiece.state.desc(), PartPiece.serial)
        .limit(limit)
    )
    return [
        PieceRow(id=piece.id, serial=piece.serial, lot=piece.lot, state=piece.state)
        for piece in db.session.scalars(query)
    ]


def list_reservations_of_part(part_id: int) -> list[ReservationRow]:
    return _list_reservations(PartReservation.part_id == part_id)


def list_reservations(ticket_id: int) -> list[ReservationRow]:
    """What is set aside for a repair."""
    return _list_reservations(PartReservation.ticket_id == ticket_id)


def _list_reservations(wanted: ColumnElement[bool]) -> list[ReservationRow]:
    rows = db.session.execute(
        select(PartReservation, Part.name, Part.serialised, Ticket.code, Ticket.number, Shop.number_prefix)
        .join(Part, Part.id == PartReservation.part_id)
        .join(Ticket, Ticket.id == PartReservation.ticket_id)
        .join(Shop, Shop.id == Ticket.shop_id)
        .where(wanted, PartReservation.ended_at.is_(None))
        .order_by(PartReservation.id)
    )
    return [
        ReservationRow(
            id=reservation.id,
            part_id=reservation.part_id,
            part=name,
            serialised=serialised,
            reference=code,
            number=f"{prefix}{number}",
            made_at=reservation.made_at,
        )
        for reservation, name, serialised, code, number, prefix in rows
    ]


def read_books(shop_id: int) -> list[Books]:
    """Every part's figures from both sides; they agree unless somebody wrote past the verbs."""
    movements = _sums(shop_id)
    pieces = _pieces(shop_id)
    waiting = _open_reservations(shop_id)
    parts = db.session.scalars(select(Part).where(Part.shop_id == shop_id).order_by(Part.id))
    return [
        Books(
            part_id=part.id,
            serialised=part.serialised,
            by_movements=movements.get(part.id, (0, 0, 0)),
            by_row=(part.on_hand, part.reserved, part.faulty),
            pieces_on_hand=pieces.get((part.id, PieceState.ON_HAND), 0),
            pieces_faulty=pieces.get((part.id, PieceState.FAULTY), 0),
            open_reservations=waiting.get(part.id, 0),
        )
        for part in parts.all()
    ]


def _sums(shop_id: int) -> dict[int, tuple[int, int, int]]:
    query = (
        select(
            StockMovement.part_id,
            func.sum(StockMovement.on_hand),
            func.sum(StockMovement.reserved),
            func.sum(StockMovement.faulty),
        )
        .where(StockMovement.shop_id == shop_id)
        .group_by(StockMovement.part_id)
    )
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in db.session.execute(query)}


def _pieces(shop_id: int) -> dict[tuple[int, PieceState], int]:
    query = (
        select(PartPiece.part_id, PartPiece.state, func.count())
        .where(PartPiece.shop_id == shop_id)
        .group_by(PartPiece.part_id, PartPiece.state)
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(query)}


def _open_reservations(shop_id: int) -> dict[int, int]:
    query = (
        select(PartReservation.part_id, func.count())
        .join(Part, Part.id == PartReservation.part_id)
        .where(Part.shop_id == shop_id, PartReservation.ended_at.is_(None))
        .group_by(PartReservation.part_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
