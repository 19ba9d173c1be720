"""Why minutes were corrected, in words."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="work_span",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"corrected_because": "-"},
        ),
    ),
)
