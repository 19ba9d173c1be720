"""Nothing of a customer stands in these tables; staff are disabled, never deleted."""

from repairshop.personal import Eraser

ERASER = Eraser(
    not_personal={
        "shop": "the shop's own facts",
        "staff": "the people who work here; leavers are disabled, because the history names them",
        "membership": "who works where",
        "staff_session": "of staff; ended sessions are no customer's data",
        "sign_in_attempt": "hashes, and counts of failed tries",
        "sign_in_rules": "what the owner asks of staff",
        "counter_computer": "computers of the shop",
        "counter_pin": "hashes, of staff",
        "code_app": "sealed, of staff",
        "passkey": "public keys, of staff",
        "recovery_code": "hashes, of staff",
        "invitation": "to staff",
        "once_token": "random; the place a form led to is an address of ours without words",
    },
)
