"""What was found and done is told in words, and words may name somebody."""

from repairshop.personal import Eraser, Holding, Kind, Whose
from repairshop.similar.index import forget_emptied

ERASER = Eraser(
    holdings=(
        Holding(
            table="repair_text",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"found": "", "fixed": ""},
        ),
    ),
    after_emptying=forget_emptied,
)
