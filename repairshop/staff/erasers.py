"""Nothing of a customer stands in these tables; staff are disabled, never deleted."""

from repairshop.personal import Eraser

ERASER = Eraser(
    not_personal={
        "shop": "the shop's own facts",
        "staff": "the people who work here; leavers are disabled, because the history names them",
        "membership": "who works where",
        "staff_session": "of staff; ended sessions are no customer's data",
        "sign_in_attempt": "hashes, and counts of failed tries",
        "invitation": "to staff",
        "once_token": "random; the place a form led to is an address of ours without words",
    },
)
