"""Answers in words, seals, and the reasons for opening data. Lists and notices are the shop's own words."""

from repairshop.personal import ERASED, Eraser, Holding, Kind, Person, Whose
from repairshop.privacy import vault_service
from repairshop.privacy.openings import PurgeReason


def destroy_passcodes(person: Person) -> None:
    """A net below the purge at release: whatever is still sealed loses its key, and the chain says so."""
    for ticket_id in sorted(person.ticket_ids):
        vault_service.purge_due(ticket_id, PurgeReason.BY_HAND)


ERASER = Eraser(
    holdings=(
        Holding(
            table="ticket_task",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"reason": "", "reason_salt": "", "seal": "", "details": {}},
            secret=frozenset({"reason_salt"}),
        ),
        Holding(
            table="data_access",
            kind=Kind.NOTES,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={"reason": "", "reason_salt": ""},
            secret=frozenset({"reason_salt"}),
        ),
        # That the data were erased, how, and by which method is the shop's proof. What the medium was is not.
        Holding(
            table="wipe_certificate",
            kind=Kind.TICKET,
            whose=Whose.TICKET,
            by="ticket_id",
            becomes={
                "media_type": ERASED,
                "media_serial": "",
                "technique": ERASED,
                "tool": ERASED,
                "verification": ERASED,
                "destination_note": "",
                "salt": "",
            },
            secret=frozenset({"salt"}),
        ),
    ),
    not_personal={
        "privacy_notice": "the shop's own words",
        "privacy_task_list": "the shop's own words",
        "privacy_list_draft": "the shop's own words",
        "privacy_task": "the shop's own words",
        "ticket_task.way": "one of our own words",
        "data_access.opened_by_role": "a role",
        "wipe_certificate.done_by_role": "a role",
        "wipe_confirmation": "who of the shop, in which role",
        "vault_secret": "sealed, with its key elsewhere; ends at release or by age, and by destroy_passcodes",
    },
    before_erasing=destroy_passcodes,
)
