"""The words that went with a promise."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    not_personal={
        "promise_cell.key": "a type of device with the key of a fault",
        "promise_cell.samples": "hours, of no repair that could be named",
    },
    holdings=(
        Holding(table="promise", kind=Kind.NOTES, whose=Whose.TICKET, by="ticket_id", becomes={"note": ""}),
    ),
)
