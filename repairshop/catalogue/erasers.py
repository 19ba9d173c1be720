"""Goods and prices: no person stands in these tables."""

from repairshop.personal import Eraser

ERASER = Eraser(
    not_personal={
        "brand": "makers",
        "device_model": "models anybody may own",
        "fault_preset": "faults a shop repairs",
        "fault_base_price": "prices",
        "fault_shop_price": "prices",
    },
)
