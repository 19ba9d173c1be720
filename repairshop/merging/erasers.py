"""The names that a merge kept for its undoing; that two records became one, and when, stays."""

from repairshop.personal import Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=tuple(
        Holding(
            table="customer_merge",
            kind=Kind.CONTACT,
            whose=Whose.CUSTOMER,
            by=by,
            becomes={"changed": [], "moved": {}},
        )
        for by in ("kept_id", "gone_id")
    ),
)
