"""Words of bookings and check-ins, and texts as they stood before they were changed."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="booking", kind=Kind.TICKET, whose=Whose.TICKET, by="ticket_id", becomes={"time_note": ""}
        ),
        Holding(
            table="check_in_waiver",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"reason": "", "salt": ""},
            secret=frozenset({"salt"}),
        ),
        Holding(
            table="fact_change",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"before": "", "salt": ""},
            secret=frozenset({"salt"}),
        ),
    ),
    not_personal={"fact_change.field": "the name of a field"},
)
