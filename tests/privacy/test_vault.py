"""The vault over both databases: reveal, purge, nets, crashes, restored databases, keys changed and lost."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import LargeBinary, cast, select, update

from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.handover.service import ReleaseAnswers, release
from repairshop.operations.checks import check_vault
from repairshop.privacy import (
    access_queries,
    jobs,
    openings,
    queries,
    rules,
    vault,
    vault_keys,
    vault_queries,
    vault_service,
)
from repairshop.privacy.models import VaultSecret
from repairshop.privacy.openings import PurgeReason
from repairshop.privacy.rules import (
    Answer,
    Choice,
    TaskKind,
    TaskPart,
    TaskState,
)
from repairshop.privacy.service import answer_task, open_task_list
from repairshop.privacy.vault import PasscodeKind
from repairshop.privacy.vault_keys import KeyStore, open_vault, the_vault, use_vault
from repairshop.staff.rules import Role
from repairshop.tickets import queries as tickets
from repairshop.tickets import service as kernel
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.privacy.backups import backup, restore
from tests.steps import answer_privacy_tasks

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
SECRET = "Zq7-planted-passcode"


@pytest.fixture
def settings(settings, database, request):
    """On PostgreSQL the keys stand on the server too, in a database of their own."""
    if database == "sqlite":
        return settings
    databases = request.getfixturevalue("postgresql_databases")
    databases.run("DROP DATABASE IF EXISTS vault_keys WITH (FORCE)")
    databases.run("CREATE DATABASE vault_keys")
    return {**settings, "VAULT_KEYS_URL": databases.address("vault_keys")}


@pytest.fixture
def tess(app_context):
    return make_staff(make_shop(), Role.TECHNICIAN, first_name="Tess")


@pytest.fixture
def reference(tess):
    return ticket_with_passcode(tess)


def ticket_with_passcode(by, passcode=SECRET, stage=Stage.IN_REPAIR):
    reference = make_ticket(by, stage=stage)
    with transaction():
        open_task_list(get_ticket(reference), by=by)
        answer_task(
            reference, TaskKind.CREDENTIAL, Answer(choice=Choice.NEEDED, reason="calls are tested"), by=by
        )
    store(reference, passcode, by=by)
    return reference


def store(reference, passcode=SECRET, *, by, kind=PasscodeKind.TEXT):
    with transaction():
        vault_service.store_passcode(reference, kind, passcode, by=by)


def reveal(reference, *, by, reason="test calls"):
    with transaction():
        return vault_service.reveal_passcode(reference, reason, by=by)[1]


def move(reference, verb, *, by):
    with transaction():
        kernel.move_ticket(kernel.get_ticket_for_change(reference, by=by), verb, by=by)


def stored(reference):
    return vault_queries.find_passcode(get_ticket(reference).id)


def key_is_here(name):
    return the_vault().keys.find_states([name]).get(name)


def name_of(reference):
    query = select(VaultSecret.name).where(VaultSecret.ticket_id == get_ticket(reference).id)
    return db.session.scalars(query.order_by(VaultSecret.id.desc())).first()


def test_a_reveal_is_written_down_with_who_why_and_a_minute(reference, tess):
    assert reveal(reference, by=tess) == SECRET

    (opening,) = access_queries.list_data_access(get_ticket(reference).id)
    assert (opening.opened, opening.reason, opening.role, opening.minutes) == (
        openings.Opened.PASSCODE,
        "test calls",
        "technician",
        1,
    )
    assert tickets.list_history(get_ticket(reference).id)[0].act == "passcode_revealed"


def test_a_reveal_asks_for_a_right_and_a_reason_and_the_customers_word(reference, tess):
    frank = make_staff(tess.shop_id, Role.COUNTER, first_name="Frank")
    stranger = make_staff(make_shop("Other", slug="other"), Role.OWNER, first_name="Olga")

    for by, reason, refusal in (
        (frank, "curious", openings.RevealNotAllowed),
        (tess, "", rules.ReasonMissing),
        (stranger, "curious", NotFound),
    ):
        with pytest.raises(refusal):
            reveal(reference, by=by, reason=reason)
    with transaction():
        nobody = Answer(choice=Choice.NONE, details={"wish": "nothing"})
        answer_task(reference, TaskKind.DATA_USE, nobody, by=tess)
    with pytest.raises(openings.DataAccessNotAllowed):
        reveal(reference, by=tess)
    assert access_queries.list_data_access(get_ticket(reference).id) == []


def test_only_a_passcode_that_the_work_needs_is_kept(tess):
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)
    with pytest.raises(openings.PasscodeNotNeeded):
        store(reference, by=tess)
    ready = make_ticket(tess, stage=Stage.READY)
    with pytest.raises(openings.PasscodeTooLate):
        store(ready, by=tess)


def test_the_release_destroys_it_and_closes_its_task_and_undo_does_not_bring_it_back(tess):
    reference = ticket_with_passcode(tess, stage=Stage.IN_REPAIR)
    move(reference, Verb.NOT_REPAIRABLE, by=tess)
    with pytest.raises(rules.PasscodeStillStored), transaction():
        answer_task(reference, TaskKind.CREDENTIAL_PURGED, Answer(choice=Choice.RETURNED), by=tess)
    name = name_of(reference)
    with pytest.raises(rules.PrivacyTasksOpen), transaction():
        release(reference, ReleaseAnswers(put_together=True), by=tess)
    assert key_is_here(name), "a release that is refused destroys nothing"
    with transaction():
        for kind, choice in (
            (TaskKind.COPIES_ERASED, Choice.NO_COPIES),
            (TaskKind.NORMAL_MODE, Choice.BACK_TO_NORMAL),
        ):
            answer_task(reference, kind, Answer(choice=choice), by=tess)

    with transaction():
        release(reference, ReleaseAnswers(put_together=True), by=tess)

    assert stored(reference).purged_because is PurgeReason.RELEASED
    assert key_is_here(name) is False
    task = queries.find_task(get_ticket(reference).id, TaskKind.CREDENTIAL_PURGED)
    assert task.state is TaskState.DONE
    with transaction():
        kernel.undo_move(reference, by=tess)
    with pytest.raises(vault.PasscodeGone):
        reveal(reference, by=tess)


def test_a_task_that_says_gone_is_open_again_when_a_passcode_comes(tess):
    reference = make_ticket(tess, stage=Stage.FINAL_CHECKS)
    answer_privacy_tasks(reference, TaskPart.CLOSE_OUT, by=tess)
    with transaction():
        needed = Answer(choice=Choice.NEEDED, reason="calls are tested")
        answer_task(reference, TaskKind.CREDENTIAL, needed, by=tess)
    store(reference, by=tess)

    task = queries.find_task(get_ticket(reference).id, TaskKind.CREDENTIAL_PURGED)
    assert task.state is TaskState.OPEN


def test_a_new_passcode_destroys_the_one_before(reference, tess):
    first = name_of(reference)

    store(reference, "another", by=tess)

    assert key_is_here(first) is False
    assert reveal(reference, by=tess) == "another"


def test_age_destroys_it_and_the_sweep_counts(tess):
    with time_machine.travel(NOW, tick=False) as clock:
        reference = ticket_with_passcode(tess)
        clock.shift(timedelta(days=13))
        assert jobs.sweep_vault() == jobs.Swept()
        clock.shift(timedelta(days=1))
        assert jobs.sweep_vault() == jobs.Swept(purged=1)
        assert jobs.sweep_vault() == jobs.Swept()

    assert stored(reference).purged_because is PurgeReason.AGED


@pytest.mark.parametrize("stage", [Stage.HANDED_OVER, Stage.CANCELLED, Stage.SURRENDERED])
def test_whatever_ends_the_job_the_sweep_is_the_last_net(reference, stage):
    with transaction():
        get_ticket(reference).stage = stage  # as no verb does it: a net is for what nobody thought of

    assert jobs.sweep_vault() == jobs.Swept(purged=1)
    assert key_is_here(name_of(reference)) is False


def test_a_crash_between_the_two_commits_is_finished_by_the_sweep(reference, tess, monkeypatch):
    name = name_of(reference)
    monkeypatch.setattr(vault_keys.KeyStore, "destroy", lambda *_: 1 / 0)  # the store is out of reach
    with transaction():
        vault_service.purge_passcode(reference, by=tess)
    monkeypatch.undo()
    assert key_is_here(name)
    assert stored(reference).purged_at

    assert jobs.sweep_vault() == jobs.Swept(keys_destroyed=1)
    assert key_is_here(name) is False


def test_a_store_that_fails_keeps_no_passcode(reference, tess):
    before = name_of(reference)

    def store_and_fail():
        vault_service.store_passcode(reference, PasscodeKind.TEXT, "another", by=tess)
        raise NotFound

    with pytest.raises(NotFound), transaction():
        store_and_fail()

    assert name_of(reference) == before
    assert reveal(reference, by=tess) == SECRET


def test_a_restored_older_database_does_not_bring_a_destroyed_passcode_back(
    app, reference, tess, database, database_url, data_folder, request
):
    name = name_of(reference)
    backup(database, database_url, data_folder, request)
    with transaction():
        vault_service.purge_passcode(reference, by=tess)

    restore(app, database, database_url, data_folder, request)

    assert name_of(reference) == name
    assert stored(reference).purged_at is None, "the old database does not know of the purge"
    with pytest.raises(vault.PasscodeGone):
        reveal(reference, by=tess)
    assert jobs.sweep_vault().taken_note_of == 1
    assert stored(reference).purged_because is PurgeReason.KEY_DESTROYED


def test_a_passcode_swapped_between_tickets_or_altered_is_noticed(reference, tess):
    other = ticket_with_passcode(tess, "other")
    rows = {row.ticket_id: row for row in db.session.scalars(select(VaultSecret))}
    first, second = rows[get_ticket(reference).id], rows[get_ticket(other).id]
    mixed = {first.id: second.ciphertext, second.id: first.ciphertext[:-1] + b"\0"}
    with transaction():
        for row_id, ciphertext in mixed.items():
            change = update(VaultSecret).where(VaultSecret.id == row_id)
            db.session.execute(change.values(ciphertext=cast(ciphertext, LargeBinary)))

    for damaged in (reference, other):
        with pytest.raises(vault.VaultDamaged):
            reveal(damaged, by=tess)
        assert access_queries.list_data_access(get_ticket(damaged).id) == []


def test_the_key_is_changed_for_all_or_for_none(app, config, reference, tess):
    new = "the-new-key-of-the-vault-0123456789ab"
    use_vault(open_vault(config.vault_store_url, secrets=[new]))
    with pytest.raises(vault.VaultKeyWrong):
        reveal(reference, by=tess)
    assert "vault" in [finding.about for finding in check_vault(config) if finding.level == "wrong"]
    with pytest.raises(vault.VaultKeyWrong):
        the_vault().rotate(["some-other-key-0123456789-0123456789"])

    use_vault(open_vault(config.vault_store_url, secrets=[new, config.vault_key]))
    assert reveal(reference, by=tess) == SECRET, "both keys open it while they are being changed"
    assert the_vault().rotate() == 1
    assert the_vault().rotate() == 0

    use_vault(open_vault(config.vault_store_url, secrets=[new]))
    assert reveal(reference, by=tess) == SECRET
    use_vault(open_vault(config.vault_store_url, secrets=[config.vault_key]))
    with pytest.raises(vault.VaultKeyWrong):
        reveal(reference, by=tess)


def test_the_commands_change_the_key_and_tell_what_is_there(app, config, reference, tmp_path):
    former = tmp_path / "former.key"
    former.write_text(config.vault_key + "\n")
    use_vault(open_vault(config.vault_store_url, secrets=["the-new-key-of-the-vault-0123456789ab"]))
    db.session.rollback()
    run = app.test_cli_runner().invoke

    assert run(args=["vault", "status"]).exit_code == 1
    refused = run(args=["vault", "rotate"])
    assert refused.exit_code == 1
    assert "locked with another key" in refused.output
    assert "1 keys wrapped" in run(args=["vault", "rotate", "--old-key-file", str(former)]).output
    status = run(args=["vault", "status"])
    assert status.exit_code == 0, status.output
    assert SECRET not in status.output


def test_a_lost_key_store_is_noticed_and_is_not_taken_for_a_purge(config, reference, tess, tmp_path):
    use_vault(open_vault(f"sqlite:///{tmp_path}/empty.db", secrets=[config.vault_key]))

    with pytest.raises(vault.VaultKeyLost):
        reveal(reference, by=tess)
    assert jobs.sweep_vault() == jobs.Swept(lost=1)
    assert stored(reference).purged_at is None
    assert next(check_vault(config)).level == "wrong"


def test_a_destroyed_key_leaves_no_bytes_in_its_file(reference, tess, config, database):
    if database != "sqlite":
        pytest.skip("what PostgreSQL's files keep until they are written anew is in docs/operate.md")
    path = config.data / "vault-keys.db"
    wrapped = KeyStore(config.vault_store_url).get(name_of(reference)).wrapped
    assert wrapped in path.read_bytes()

    with transaction():
        vault_service.purge_passcode(reference, by=tess)

    assert wrapped not in b"".join(file.read_bytes() for file in config.data.glob("vault-keys.db*"))
