"""The words that went with a promise."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(table="promise", kind=Kind.NOTES, whose=Whose.TICKET, by="ticket_id", becomes={"note": ""}),
    ),
)
