"""Why a photo was not taken; the photos themselves are the ticket's."""

from repairshop.personal import Eraser, Holding, Kind, Stamp, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="guided_shot",
            kind=Kind.PHOTOS,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"reason": Stamp.DASH, "salt": ""},  # without a reason there has to be a photo
            secret=frozenset({"salt"}),
        ),
    ),
)
