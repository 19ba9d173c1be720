"""Verbs about stock. Every change of a figure is one movement in the book and one guarded statement.

The figures stand on the part's row. A change names in its WHERE what has to hold afterwards, so that two
people who take the last one at once cannot both have it: on SQLite writers wait for each other anyway, on
PostgreSQL the second statement looks again at the row the first one changed.
"""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from repairshop import clock
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.parts.catalogue import get_part_for_change
from repairshop.parts.models import Part, PartFitted, PartPiece, PartReservation, StockMovement
from repairshop.parts.rules import normalised_serial
from repairshop.parts.stock_rules import (
    Change,
    CountChanged,
    MovementKind,
    NotEnoughFaulty,
    NotEnoughFree,
    NotReserved,
    PieceState,
    ReservationEnd,
    SerialFittedBefore,
    SerialHere,
    SerialMissing,
    SerialNotHere,
    SerialsNotKept,
    count_change,
    require_receivable,
    require_reservable,
)
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_history
from repairshop.tickets.models import Ticket
from repairshop.tickets.service import get_ticket_for_change


def receive(
    part_id: int, *, by: Actor, count: int = 0, serials: Sequence[str] = (), lot: str = "", reason: str = ""
) -> None:
    """Good parts came in: a number of counted ones, or each serial of the others."""
    part = get_part_for_change(part_id, by=by)
    take_into_stock(part, MovementKind.RECEIVED, count=count, serials=serials, lot=lot, reason=reason, by=by)


def take_into_stock(
    part: Part,
    kind: MovementKind,
    *,
    by: Actor,
    count: int = 0,
    serials: Sequence[str] = (),
    lot: str = "",
    reason: str = "",
    ticket: Ticket | None = None,
) -> None:
    """Received good, or faulty on arrival; the same for both but for the figure that rises."""
    state = PieceState.FAULTY if kind is MovementKind.FAULTY_ON_ARRIVAL else PieceState.ON_HAND
    if not part.serialised:
        if serials:
            raise SerialsNotKept(field="serials")
        _move(part, kind, _rise(state, count), reason=reason, ticket=ticket, by=by)
        return
    if not serials:
        raise SerialMissing(field="serials")
    for serial in serials:
        piece = _receive_piece(part, serial, lot=lot, state=state)
        _move(part, kind, _rise(state, 1), piece=piece, reason=reason, ticket=ticket, by=by)


def _rise(state: PieceState, number: int) -> Change:
    return Change(faulty=number) if state is PieceState.FAULTY else Change(on_hand=number)


def _receive_piece(part: Part, text: str, *, lot: str, state: PieceState) -> PartPiece:
    serial = normalised_serial(text)
    require_serial_never_fitted(part.shop_id, serial, field="serials")
    piece = find_piece(part.shop_id, serial)
    require_receivable(piece.state if piece else None, serial=serial)
    if piece is not None:
        if piece.part_id != part.id:
            raise SerialHere(field="serials", serial=serial)
        _pass_piece(piece, piece.state, state)
        return piece
    try:
        with db.session.begin_nested():
            piece = PartPiece(shop_id=part.shop_id, part_id=part.id, serial=serial, lot=lot, state=state)
            db.session.add(piece)
    except IntegrityError as error:  # a colleague scanned it at the same moment
        raise SerialHere(field="serials", serial=serial) from error
    return piece


def find_faulty(part_id: int, *, by: Actor, count: int = 1, serial: str = "", reason: str = "") -> None:
    """Good ones turned out bad: they wait to go back and are used for nothing."""
    part = get_part_for_change(part_id, by=by)
    piece = _piece_at(part, serial, PieceState.ON_HAND, to=PieceState.FAULTY)
    number = 1 if piece else count
    change = Change(on_hand=-number, faulty=number)
    _move(part, MovementKind.FOUND_FAULTY, change, piece=piece, reason=reason, by=by)


def return_to_supplier(
    part_id: int, *, by: Actor, count: int = 1, serial: str = "", faulty: bool = True, reason: str = ""
) -> None:
    """Sent back: a faulty one, or a good one that is not needed."""
    part = get_part_for_change(part_id, by=by)
    here = PieceState.FAULTY if faulty else PieceState.ON_HAND
    piece = _piece_at(part, serial, here, to=PieceState.RETURNED)
    number = 1 if piece else count
    change = Change(faulty=-number) if faulty else Change(on_hand=-number)
    _move(part, MovementKind.RETURNED, change, piece=piece, reason=reason, by=by)


def correct_count(part_id: int, *, counted: int, books: int, reason: str, by: Actor) -> None:
    """Somebody counted the shelf. `books` is the figure they compared with: CountChanged when it moved."""
    part = get_part_for_change(part_id, by=by)
    if part.serialised:
        raise SerialMissing(field="counted")
    if part.on_hand != books:
        raise CountChanged(field="counted")
    change = Change(on_hand=count_change(counted=counted, on_hand=part.on_hand, reserved=part.reserved))
    _move(part, MovementKind.CORRECTED, change, reason=reason, by=by, books=books)


def count_away(part_id: int, *, serial: str, reason: str, by: Actor) -> None:
    """A part with a serial number is not where it should be."""
    part = get_part_for_change(part_id, by=by)
    piece = _piece_at(part, serial, PieceState.ON_HAND, to=PieceState.GONE)
    _move(part, MovementKind.CORRECTED, Change(on_hand=-1), piece=piece, reason=reason, by=by)


def reserve(reference: str, part_id: int, *, by: Actor) -> int:
    """Set one aside for this repair; NotEnoughFree when the last free one is somebody else's."""
    ticket = get_ticket_for_change(reference, by=by)
    require_reservable(ticket.stage)
    reservation = reserve_for(ticket, get_part_for_change(part_id, by=by), by=by)
    record_history(ticket, "part_reserved", by=by, after={"part": part_id})
    return reservation.id


def reserve_for(ticket: Ticket, part: Part, *, by: Actor, order_id: int | None = None) -> PartReservation:
    _move(part, MovementKind.RESERVED, Change(reserved=1), ticket=ticket, by=by)
    reservation = PartReservation(
        ticket_id=ticket.id,
        part_id=part.id,
        order_id=order_id,
        made_at=clock.now(),
        made_by_id=by.staff_id,
    )
    db.session.add(reservation)
    db.session.flush()  # the caller names it
    return reservation


def release(reference: str, reservation_id: int, *, by: Actor) -> None:
    """The repair does not need it: free for the next."""
    ticket = get_ticket_for_change(reference, by=by)
    reservation = db.session.get(PartReservation, reservation_id)
    if reservation is None or reservation.ticket_id != ticket.id:
        raise NotFound
    if reservation.ended_at is not None:
        raise NotReserved
    let_go(ticket, reservation, by=by)
    record_history(ticket, "part_released", by=by, after={"part": reservation.part_id})


def let_go(ticket: Ticket, reservation: PartReservation, *, by: Actor, move_id: int | None = None) -> None:
    part = db.session.get_one(Part, reservation.part_id)
    _move(part, MovementKind.RELEASED, Change(reserved=-1), ticket=ticket, by=by)
    reservation.ended_at, reservation.ended_as = clock.now(), ReservationEnd.RELEASED
    reservation.end_move_id = move_id


def list_open_reservations(ticket_id: int) -> list[PartReservation]:
    query = (
        select(PartReservation)
        .where(PartReservation.ticket_id == ticket_id, PartReservation.ended_at.is_(None))
        .order_by(PartReservation.part_id, PartReservation.id)
    )
    return list(db.session.scalars(query))


def take_for_fitting(ticket: Ticket, part: Part, *, serial: str | None, by: Actor) -> PartPiece | None:
    """Out of the stock and into the device: the one set aside for this repair, else a free one."""
    piece = _piece_at(part, serial or "", PieceState.ON_HAND, to=PieceState.FITTED, field="serial")
    own = next((row for row in list_open_reservations(ticket.id) if row.part_id == part.id), None)
    change = Change(on_hand=-1, reserved=-1 if own else 0)
    _move(part, MovementKind.FITTED, change, piece=piece, ticket=ticket, by=by)
    if own is not None:
        own.ended_at, own.ended_as = clock.now(), ReservationEnd.FITTED
    return piece


def take_out_of_device(
    ticket: Ticket, part: Part, *, serial: str | None, goes_back: bool, reason: str, by: Actor
) -> None:
    """A part that was fitted is out again: never on hand, at most on its way back to the supplier."""
    piece = find_piece(part.shop_id, serial) if serial else None
    if piece is not None and piece.state is PieceState.FITTED:
        _pass_piece(piece, PieceState.FITTED, PieceState.FAULTY if goes_back else PieceState.TAKEN_OUT)
    if goes_back:
        kind = MovementKind.TAKEN_OUT_FAULTY
        _move(part, kind, Change(faulty=1), piece=piece, ticket=ticket, reason=reason, by=by)


def restore_reservation(ticket: Ticket, reservation: PartReservation, *, by: Actor) -> None:
    """Set one aside again after an undo, unless it has found another repair meanwhile."""
    try:
        part = db.session.get_one(Part, reservation.part_id)
        _move(part, MovementKind.RESERVED, Change(reserved=1), ticket=ticket, by=by)
    except NotEnoughFree:
        return
    reservation.ended_at, reservation.ended_as, reservation.end_move_id = None, None, None


def undo_arrival(part: Part, *, ticket: Ticket, order_id: int, serial: str, by: Actor) -> bool:
    """Out of the books again, as if it had not come; False when it was used meanwhile: it did come."""
    piece = find_piece(part.shop_id, serial) if serial else None
    if piece is not None and piece.state is not PieceState.ON_HAND:
        return False
    own = next((row for row in list_open_reservations(ticket.id) if row.order_id == order_id), None)
    change = Change(on_hand=-1, reserved=-1 if own else 0)
    try:
        _move(part, MovementKind.ARRIVAL_UNDONE, change, piece=piece, ticket=ticket, by=by)
    except NotEnoughFree:
        return False
    if own is not None:
        own.ended_at, own.ended_as = clock.now(), ReservationEnd.RELEASED
    if piece is not None:
        _pass_piece(piece, PieceState.ON_HAND, PieceState.GONE)
    return True


def find_piece(shop_id: int, serial: str) -> PartPiece | None:
    query = select(PartPiece).where(
        PartPiece.shop_id == shop_id, PartPiece.serial == normalised_serial(serial)
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def require_serial_never_fitted(shop_id: int, serial: str, *, field: str) -> None:
    query = select(PartFitted.id).where(PartFitted.shop_id == shop_id, PartFitted.serial == serial)
    if db.session.scalars(query.limit(1)).first() is not None:
        raise SerialFittedBefore(field=field, serial=serial)


def _piece_at(
    part: Part, serial: str, here: PieceState, *, to: PieceState, field: str = "serial"
) -> PartPiece | None:
    """The piece meant, passed on; None for parts that are counted."""
    if not part.serialised:
        return None
    if not serial:
        raise SerialMissing(field=field)
    piece = find_piece(part.shop_id, serial)
    if piece is None or piece.part_id != part.id or piece.state is not here:
        raise SerialNotHere(field=field, serial=serial)
    _pass_piece(piece, here, to)
    return piece


def _pass_piece(piece: PartPiece, here: PieceState, to: PieceState) -> None:
    passed = db.session.execute(
        update(PartPiece).where(PartPiece.id == piece.id, PartPiece.state == here).values(state=to),
        execution_options={"synchronize_session": False},
    )
    if passed.rowcount != 1:  # type: ignore[attr-defined]
        raise SerialNotHere(field="serial", serial=piece.serial)
    db.session.refresh(piece)


def _move(
    part: Part,
    kind: MovementKind,
    change: Change,
    *,
    by: Actor,
    piece: PartPiece | None = None,
    ticket: Ticket | None = None,
    reason: str = "",
    books: int | None = None,
) -> None:
    """Change the figures if they allow it, and write the movement down."""
    guarded = update(Part).where(
        Part.id == part.id,
        Part.reserved + change.reserved >= 0,
        Part.on_hand + change.on_hand >= Part.reserved + change.reserved,
        Part.faulty + change.faulty >= 0,
    )
    if books is not None:
        guarded = guarded.where(Part.on_hand == books)
    moved = db.session.execute(
        guarded.values(
            on_hand=Part.on_hand + change.on_hand,
            reserved=Part.reserved + change.reserved,
            faulty=Part.faulty + change.faulty,
        ),
        execution_options={"synchronize_session": False},
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        if books is not None:
            raise CountChanged(field="counted")
        raise NotEnoughFaulty(field="count") if change.faulty < 0 else NotEnoughFree(name=part.name)
    db.session.refresh(part)
    db.session.add(
        StockMovement(
            shop_id=part.shop_id,
            part_id=part.id,
            piece_id=piece.id if piece else None,
            ticket_id=ticket.id if ticket else None,
            kind=kind,
            on_hand=change.on_hand,
            reserved=change.reserved,
            faulty=change.faulty,
            reason=reason,
            at=clock.now(),
            staff_id=by.staff_id,
        )
    )
