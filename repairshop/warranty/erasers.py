"""Why a claim was decided as it was."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="warranty_claim",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"decided_because": ""},
        ),
    ),
    not_personal={"warranty_cover.name": "the name of a part"},
)
