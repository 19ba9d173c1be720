"""Who collected a device, and the number of a parcel."""

from repairshop.personal import ERASED, Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="handover",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={
                "collected_by": "",
                "entrusted_because": "",
                "tracking": "",
                "ship_to": "",
                "paid_because": "",
                "before": {},
            },
        ),
        Holding(
            table="collector", kind=Kind.CONTACT, whose=Whose.VISIT, by="visit_id", becomes={"name": ERASED}
        ),
        Holding(
            table="surrender", kind=Kind.TICKET, whose=Whose.TICKET, by="ticket_id", becomes={"before": {}}
        ),
    ),
    not_personal={
        "handover.carrier": "a business",
        "handover.till_reference": "the number of a slip of the shop's own till",
    },
)
