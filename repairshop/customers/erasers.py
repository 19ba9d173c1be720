"""A customer's name, ways to be reached, devices' identifiers, and what was noted about contacts."""

from repairshop.personal import ERASED, Eraser, Holding, Kind, Stamp, Whose

ERASER = Eraser(
    holdings=(
        Holding(
            table="contact_point",
            kind=Kind.CONTACT,
            whose=Whose.CUSTOMER,
            by="customer_id",
            becomes={
                "value": "",
                "shown": "",
                "tail": ERASED * 4,  # the table asks for four signs
                "removed_because": "",
                "removed_at": Stamp.NOW,
                "may_notify": False,
            },
        ),
        Holding(
            table="touchpoint",
            kind=Kind.CONTACT,
            whose=Whose.CUSTOMER,
            by="customer_id",
            becomes={"details": {}},
        ),
        Holding(
            table="device",
            kind=Kind.TICKET,
            whose=Whose.DEVICE,
            by="id",
            becomes={"imei": Stamp.NOTHING, "serial": Stamp.NOTHING, "unreadable_because": "", "colour": ""},
        ),
        Holding(
            table="customer",
            kind=Kind.CONTACT,
            whose=Whose.CUSTOMER,
            by="id",
            becomes={"name": ERASED, "folded_name": ERASED, "name_key": "", "erased_at": Stamp.NOW},
        ),
    ),
    not_personal={
        "customer.language": "a setting that many share",
        "customer.quiet_from": "a setting that many share",
        "customer.quiet_to": "a setting that many share",
        "contact_point.language": "a setting that many share",
        "device.brand": "a maker; figures by model need it",
        "device.model": "a model anybody may own; figures need it",
        "touchpoint.channel": "one of our own words",
    },
)
