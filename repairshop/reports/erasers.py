"""Issued reports lose their facts; the digest stays, so that a printed copy can still be checked."""

from repairshop.personal import Eraser, Holding, Kind, Stamp, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="report",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"facts": Stamp.NOTHING},
        ),
    ),
    not_personal={
        "report.id": "random",
        "report.digest": "a digest",
        "shop_look": "the shop's own colour",
    },
)
