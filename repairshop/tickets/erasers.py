"""What people wrote on a ticket, its photos and signatures. Salts go with their words, so the chain stays."""

from repairshop.personal import ERASED, Eraser, Holding, Kind, Stamp, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="media",
            kind=Kind.PHOTOS,
            whose=Whose.TICKET,
            by="id",
            via=("ticket_photo", "media_id", "ticket_id"),
            becomes={"erased_at": Stamp.NOW},
            secret=frozenset({"key"}),
        ),
        Holding(
            table="ticket_photo",
            kind=Kind.PHOTOS,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"caption": "", "removed_because": "", "removed_at": Stamp.NOW},  # no page shows a gap
        ),
        Holding(
            table="media",
            kind=Kind.SIGNATURES,
            whose=Whose.VISIT,
            by="id",
            via=("signature", "media_id", "visit_id"),
            becomes={"erased_at": Stamp.NOW},
            secret=frozenset({"key"}),
        ),
        Holding(
            table="signature",
            kind=Kind.SIGNATURES,
            whose=Whose.VISIT,
            by="visit_id",
            becomes={"name": ERASED},
        ),
        Holding(
            table="ticket_note",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"text": "", "salt": ""},
            secret=frozenset({"salt"}),
        ),
        Holding(
            table="question",
            kind=Kind.MESSAGES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"text": "", "answer": ""},
        ),
        Holding(
            table="custody",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"from_label": "", "to_label": "", "salt": ""},
            secret=frozenset({"salt"}),
        ),
        Holding(
            table="ticket_move",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"previous": {}},  # what undo restores: its time is long over
        ),
        Holding(
            table="visit",
            kind=Kind.CONTACT,
            whose=Whose.VISIT,
            by="id",
            becomes={"reach_note": ""},
        ),
        Holding(
            table="ticket",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="id",
            becomes={
                "outcome_reason": "",
                "reported_fault": "",
                "condition_note": "",
                "accessories": [],
                "needed_by": "",
                "holder_label": "",
            },
        ),
    ),
    not_personal={
        "ticket.code": "random; on the label",
        "ticket.device_label": "maker and model; figures need it",
        "ticket.fault_key": "a fault of the list; figures need it",
        "ticket.fault_label": "a fault of the list; figures need it",
        "ticket.source": "where an import came from",
        "ticket.source_id": "the number in a public data set",
        "ticket.history_hash": "a digest",
        "custody.item": "what was passed on; the chain holds it too",
        "history": "the chain: personal values enter it as salted digests only",
        "day_head": "a digest of a day",
    },
)
