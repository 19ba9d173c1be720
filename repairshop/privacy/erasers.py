"""Answers in words, seals, and the reasons for opening data. Lists and notices are the shop's own words."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="ticket_task",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"reason": "", "reason_salt": "", "seal": "", "details": {}},
            secret=frozenset({"reason_salt"}),
        ),
        Holding(
            table="data_access",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"reason": "", "reason_salt": ""},
            secret=frozenset({"reason_salt"}),
        ),
    ),
    not_personal={
        "privacy_notice": "the shop's own words",
        "privacy_task_list": "the shop's own words",
        "privacy_task": "the shop's own words",
        "data_access.opened_by_role": "a role",
    },
)
