"""Parts are goods: their serials belong to the part, and a fitted one must stay known."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="part_fitted",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"removed_because": ""},
        ),
    ),
    not_personal={
        "supplier": "businesses",
        "part": "goods and prices",
        "part_piece": "goods",
        "stock_movement.reason": "why the shop's own stock was corrected or sent back",
        "part_effect": "what makers' software does",
        "part_order.name": "goods",
        "part_order.serial": "of the part",
        "part_order.code": "of the order",
        "stock_order": "goods and businesses",
        "part_fitted.old_serial": "of the part that was taken out",
        "part_order.supplier": "a business",
        "part_fitted.name": "goods; the chain holds it too",
        "part_fitted.supplier": "a business",
        "part_fitted.serial": "of the part; one that was fitted is never on hand again",
        "part_fitted.lot": "of the part",
        "part_fitted.feature_lost": "what the device can no longer do",
        "part_fitted.donor": "which device of the shop's it was taken from",
        "part_fitted.device_will_show": "what the maker's software says",
    },
)
