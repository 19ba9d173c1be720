"""What technicians wrote down about a device."""

from repairshop.personal import ERASED, Eraser, Holding, Kind, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="test_result",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="run_id",
            via=("test_run", "id", "ticket_id"),
            becomes={"note": ERASED},  # "not testable" needs a reason: the table asks for it
        ),
        Holding(
            table="finding",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"seen": "", "salt": "", "removed_because": ""},
            secret=frozenset({"salt"}),
        ),
        Holding(
            table="conclusion", kind=Kind.NOTES, whose=Whose.TICKET, by="ticket_id", becomes={"note": ""}
        ),
    ),
    not_personal={
        "test_list": "a shop's tests and their words",
        "test_list_draft": "a shop's tests and their words",
        "test_run.list_version": "a version",
        "test_result.key": "a check of the list",
        "test_result.label": "a check of the list",
        "test_result.value": "a measurement of the device",
        "test_result.unit": "a unit",
    },
)
