"""A backup from before an erasing brings the person back; they are erased again, and nobody else is."""

from typing import Any

import pytest
from sqlalchemy import func, select, text

from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.operations.audit import walk_everything
from repairshop.privacy.vault_keys import the_vault
from repairshop.retention import erased_list, jobs, service
from repairshop.retention.rules import CustomerHasOpenTicket
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests import builders
from tests.privacy.backups import backup, restore
from tests.retention.lived import MARK, PHONE, everything_kept, live

pytestmark = [pytest.mark.usefixtures("app_context"), pytest.mark.both_databases]


@pytest.fixture
def tess(app_context):
    return builders.make_staff(builders.make_shop())


@pytest.fixture
def place(app, database, database_url, data_folder, request) -> tuple[Any, ...]:
    return database, database_url, data_folder, request


def erase(reference: str, by: Any) -> int:
    customer_id = builders.get_ticket(reference).visit.customer_id
    with transaction():
        service.erase_customer(customer_id, by=by)
    return customer_id


def erase_again(app) -> Any:
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["customers", "erase-again"])


def test_who_was_erased_since_is_erased_again(app, tess, place) -> None:
    reference = live(tess)
    backup(*place)
    erase(reference, tess)
    restore(app, *place)
    assert MARK in everything_kept()

    first, second = erase_again(app), erase_again(app)

    db.session.rollback()
    assert (first.exit_code, "1 erased again, 0 wait" in first.output) == (0, True)
    assert "0 erased again, 0 wait" in second.output
    assert MARK not in everything_kept()
    assert walk_everything().holds


def test_the_nightly_job_does_it_too(app, tess, place) -> None:
    reference = live(tess)
    backup(*place)
    erase(reference, tess)
    restore(app, *place)

    jobs.remove_what_is_over(tess.shop_id)

    assert MARK not in everything_kept()


def test_another_person_who_got_the_same_number_stays(app, tess, place) -> None:
    live(tess)
    backup(*place)
    with transaction():
        gone = builders.make_customer(tess, "Gone Gardner", phone=None).id
    with transaction():
        service.erase_customer(gone, by=tess)
    restore(app, *place)
    with transaction():
        if db.engine.dialect.name == "postgresql":  # its numbers go on where the backup stood, as SQLite's do
            last = db.session.scalar(select(func.max(Customer.id)))
            db.session.execute(text("SELECT setval('customer_id_seq', :last)"), {"last": last})
        new = builders.make_customer(tess, "Nina New", phone=None).id
    assert new == gone

    result = erase_again(app)

    assert "0 erased again, 0 wait" in result.output
    assert db.session.get_one(Customer, new).name == "Nina New"


def test_a_repair_under_way_in_the_backup_is_named_and_the_person_goes_once_it_is_closed(app, tess, place):
    reference = live(tess, over=False)
    backup(*place)
    with transaction():
        _close(reference)
    customer_id = erase(reference, tess)
    restore(app, *place)

    waits = erase_again(app)
    db.session.rollback()
    with transaction():
        _close(reference)
    done = erase_again(app)

    assert waits.exit_code == 1
    assert f"WAITS customer {customer_id}: " in waits.output
    assert "1 erased again, 0 wait" in done.output


def _close(reference: str) -> None:
    ticket = builders.get_ticket(reference)
    ticket.stage, ticket.holder, ticket.closed_at = Stage.HANDED_OVER, Holder.CUSTOMER, ticket.stage_since


def test_the_list_holds_nothing_personal_and_nobody_whose_erasing_was_refused(app, tess) -> None:
    refused, reference = live(tess, over=False), live(tess)
    with pytest.raises(CustomerHasOpenTicket):
        erase(refused, tess)
    db.session.rollback()

    customer_id = erase(reference, tess)

    assert [one.customer_id for one in erased_list.list_erased()] == [customer_id]
    with the_vault().keys.open() as connection:
        kept = str(connection.execute(text("SELECT * FROM erased_customer")).mappings().all())
    assert MARK not in kept
    assert PHONE not in kept
