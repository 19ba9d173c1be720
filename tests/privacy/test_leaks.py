"""Planted passcodes, and a planted person after the erasing: found in nothing the program puts out."""

from itertools import chain

import pytest

from repairshop.customers.service import add_mail_address
from repairshop.privacy import service, vault_queries
from repairshop.privacy.rules import Answer, Choice, TaskKind
from repairshop.privacy.vault import PasscodeKind
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.portal.guests import come_in, link_to
from tests.privacy.backups import backup, restore
from tests.privacy.leaks import found_in, given_out, kept, shown
from tests.retention.lived import IMEI, MARK, PHONE, everything_kept, live

pytestmark = [pytest.mark.usefixtures("app_context"), pytest.mark.both_databases]

PLANTED = {
    PasscodeKind.TEXT: "Zq7planted9",
    PasscodeKind.PIN: "83920461",
    PasscodeKind.PATTERN: "1-4-7-8-9-6-3",
}
# The pattern as it is typed, and as the page that shows it says and draws it.
DRAWN = ["middle left, bottom left, bottom middle", "M1 1 1.0 2.0 1 3", "pattern-drawn"]
PASSCODES = [*PLANTED.values(), "1478963", *DRAWN]
PERSON = [MARK, IMEI, PHONE, PHONE[-6:]]


@pytest.fixture(autouse=True)
def write_ahead_log(monkeypatch):
    """The log is where overwritten pages would stay longest."""
    monkeypatch.setattr("repairshop.database.wal_is_safe", lambda: True)


@pytest.fixture
def reference(mira):
    reference = make_ticket(mira.actor, stage=Stage.IN_REPAIR)
    with transaction():
        service.open_task_list(get_ticket(reference), by=mira.actor)
        needed = Answer(choice=Choice.NEEDED, reason="calls are tested")
        service.answer_task(reference, TaskKind.CREDENTIAL, needed, by=mira.actor)
    return reference


def papers_of(reference):
    pages = ("", "/passcode", "/privacy", "/photos", "/shots", "/receipt", "/receipt.pdf", "/report.pdf")
    return [f"/tickets/{reference}{page}" for page in pages]


def test_passcodes_are_found_nowhere_and_in_no_restored_backup(
    app, reference, mira, database, database_url, data_folder, request, capfd, monkeypatch
):
    there = f"/tickets/{reference}/passcode"
    refused = mira.send(there, {"kind": "pin", "passcode": PLANTED[PasscodeKind.TEXT]}).text
    for kind, planted in PLANTED.items():
        mira.send(there, {"kind": kind.value, "passcode": planted})
        shown_once = mira.send(f"{there}/reveal", {"reason": "test calls", "once": kind.value}).text
        assert planted in shown_once
        assert all(part in shown_once for part in DRAWN) is (kind is PasscodeKind.PATTERN)
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    with monkeypatch.context() as broken:
        broken.setattr("repairshop.privacy.vault_service.record_history", lambda *_, **__: 1 / 0)
        last = {"kind": "pattern", "passcode": PLANTED[PasscodeKind.PATTERN]}
        failed = mira.send(there, last).text + mira.send(f"{there}/reveal", {"reason": "again"}).text
    customer_id = get_ticket(reference).visit.customer_id
    everywhere = chain(
        kept(database_url, data_folder),
        shown(mira, [*papers_of(reference), "/bench", "/outbox"]),
        given_out(mira, customer_id),
    )
    assert found_in(everywhere, PASSCODES) == []
    assert found_in(iter([("errors", (refused + failed).encode())]), PASSCODES) == []

    backup(database, database_url, data_folder, request)
    mira.send(f"{there}/destroy")
    assert vault_queries.find_passcode(get_ticket(reference).id).purged_at
    restore(app, database, database_url, data_folder, request)

    brought_back = mira.send(f"{there}/reveal", {"reason": "after the fire"})
    assert brought_back.status_code == 422
    again = chain(kept(database_url, data_folder), shown(mira, [there]), given_out(mira, customer_id))
    assert found_in(again, PASSCODES) == []
    logged = "".join(capfd.readouterr())
    assert "Traceback" in logged, "the errors were reported"
    assert found_in(iter([("log", logged.encode())]), PASSCODES) == []


def test_an_erased_person_is_found_nowhere(app, mira, database_url, data_folder, capfd):
    reference = live(mira.actor)
    customer_id = get_ticket(reference).visit.customer_id
    with transaction():
        add_mail_address(get_ticket(reference).visit.customer, f"{MARK}@example.com")
    link, guest = link_to(app, reference), come_in(app, reference)
    papers = [*papers_of(reference), "/bench", "/outbox", "/messages", "/customers/alike"]
    before = chain(kept(database_url, data_folder), shown(mira, papers), given_out(mira, customer_id))
    assert {word for _, word in found_in(before, PERSON)} == set(PERSON)

    mira.send(f"/customers/{customer_id}/data/erase", {"because": "asked"})

    assert MARK not in everything_kept()
    after = chain(
        kept(database_url, data_folder),
        shown(mira, [*papers, f"/customers/{customer_id}/data", "/find?q=Cooper", f"/find?q={PHONE[-4:]}"]),
        shown(guest, [f"/repair/{reference}", f"/repair/{reference}/history", link]),
        given_out(mira, customer_id),
    )
    assert found_in(after, PERSON) == []
    assert guest.get(f"/repair/{reference}").status_code == 404
    assert found_in(iter([("log", "".join(capfd.readouterr()).encode())]), PERSON) == []
