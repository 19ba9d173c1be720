"""What was written about a loan goes with the job; the devices are the shop's own."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="loan",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"condition": "", "end_note": ""},
        ),
    ),
    not_personal={"loaner": "devices of the shop"},
)
