"""Words of customers, and what was noted when they were called back."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(table="feedback", kind=Kind.NOTES, whose=Whose.TICKET, by="ticket_id", becomes={"why": ""}),
        Holding(
            table="follow_up",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="feedback_id",
            via=("feedback", "id", "ticket_id"),
            becomes={"note": ""},
        ),
    ),
    not_personal={
        "feedback.kind": "one of two words",
        "feedback.stage": "a stage",
        "feedback_setting.stages": "a shop's settings",
        "follow_up.ending": "one of three words",
    },
)
