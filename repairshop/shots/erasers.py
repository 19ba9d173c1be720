"""Why a photo was not taken; the photos themselves are the ticket's."""

from repairshop.personal import ERASED, Eraser, Holding, Kind, Stamp, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="guided_shot",
            kind=Kind.PHOTOS,
            whose=Whose.TICKET,
            by="ticket_id",
            # Without a photo there has to be a reason, and no page shows a gap where one was.
            becomes={"photo_id": Stamp.NOTHING, "reason": ERASED, "salt": ""},
            secret=frozenset({"salt"}),
        ),
    ),
)
