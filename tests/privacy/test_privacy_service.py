"""Answers, waivers and openings as they end up in the database and in the ticket's history."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.privacy import (
    access_queries,
    jobs,
    lists,
    notice_queries,
    openings,
    queries,
    rules,
    service,
    standard,
)
from repairshop.privacy.models import PrivacyNotice, PrivacyTaskList
from repairshop.privacy.rules import Answer, Choice, TaskKind, TaskState
from repairshop.staff.rules import Role
from repairshop.tickets import queries as tickets
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def shop(app_context):
    return make_shop()


@pytest.fixture
def frank(shop):
    return make_staff(shop, Role.COUNTER, first_name="Frank")


@pytest.fixture
def mira(shop):
    return make_staff(shop, Role.MANAGER, first_name="Mira")


@pytest.fixture
def reference(frank):
    reference = make_ticket(frank, checked_in=False)
    with transaction():
        service.open_task_list(get_ticket(reference), by=frank)
    return reference


def answer(reference, kind, *, by, **values):
    with transaction():
        service.answer_task(reference, kind, Answer(**values), by=by)


def task_of(reference, kind):
    return queries.find_task(get_ticket(reference).id, kind)


def last_act(reference):
    return tickets.list_history(get_ticket(reference).id)[0]


def test_a_ticket_keeps_one_list_however_often_it_is_opened(reference, frank):
    with transaction():
        service.open_task_list(get_ticket(reference), by=frank)

    assert len(queries.list_tasks(get_ticket(reference).id)) == 11


def test_an_answer_names_who_and_when_and_keeps_the_words_out_of_the_chain(reference, frank):
    with time_machine.travel(NOW, tick=False):
        answer(reference, TaskKind.CREDENTIAL, by=frank, choice=Choice.NEEDED, reason="Carl's mail must open")

    task = task_of(reference, TaskKind.CREDENTIAL)
    assert (task.state, task.choice, task.reason) == (TaskState.DONE, Choice.NEEDED, "Carl's mail must open")
    assert (task.answered_by, task.answered_at) == ("Frank", NOW)
    entry = last_act(reference)
    assert entry.act == "privacy_answered"
    assert "Carl" not in str(entry.after)
    assert len(entry.after["reason_digest"]) == 64


def test_answering_again_writes_what_stood_there_before(reference, frank):
    answer(reference, TaskKind.BACKUP, by=frank, choice=Choice.NO)
    answer(reference, TaskKind.BACKUP, by=frank, choice=Choice.YES)

    entry = last_act(reference)
    assert (entry.before["choice"], entry.after["choice"]) == ("no", "yes")


def test_only_a_manager_may_say_not_possible(reference, frank, mira):
    with pytest.raises(rules.WaiveNotAllowed), transaction():
        service.waive_task(reference, TaskKind.NOTICE, "sent in by post", by=frank)
    with transaction():
        service.waive_task(reference, TaskKind.NOTICE, "sent in by post", by=mira)

    task = task_of(reference, TaskKind.NOTICE)
    assert (task.state, task.reason, task.answered_by) == (
        TaskState.NOT_POSSIBLE,
        "sent in by post",
        "Mira",
    )


def test_the_notice_is_kept_as_it_was_read(reference, frank, mira, shop):
    answer(reference, TaskKind.NOTICE, by=frank, choice=Choice.ACKNOWLEDGED)
    with transaction():
        lists.publish_notice(
            {"en": "We look at nothing.\n\nEver."}, by=mira, standard_texts={"en": standard.read_notice()}
        )

    assert task_of(reference, TaskKind.NOTICE).notice_version == 1
    assert notice_queries.get_notice(shop).paragraphs == ("We look at nothing.", "Ever.")
    assert notice_queries.get_notice(shop).version == 2
    answer(reference, TaskKind.NOTICE, by=frank, choice=Choice.ACKNOWLEDGED)
    assert task_of(reference, TaskKind.NOTICE).notice_version == 2
    assert notice_queries.get_notice_version(shop, 1).paragraphs[0].startswith("Back up")


def test_the_passcode_that_was_never_taken_closes_its_task(reference, frank):
    answer(reference, TaskKind.CREDENTIAL, by=frank, choice=Choice.NOT_NEEDED)

    task = task_of(reference, TaskKind.CREDENTIAL_PURGED)
    assert (task.state, task.choice, task.answered_by) == (TaskState.DONE, Choice.NEVER_TAKEN, None)


def test_an_opening_has_a_reason_a_timer_and_an_end(reference, frank):
    with time_machine.travel(NOW, tick=False) as clock:
        with transaction():
            access_id = service.open_data_access(reference, "test calls", by=frank)
        running = access_queries.list_data_access(get_ticket(reference).id)[0]
        assert (running.closed_at, running.ends_at) == (None, NOW + openings.ACCESS_LIMIT)
        clock.shift(timedelta(minutes=3, seconds=10))
        with transaction():
            service.close_data_access(reference, access_id, by=frank)

    closed = access_queries.list_data_access(get_ticket(reference).id)[0]
    assert (closed.minutes, closed.opened_by, closed.closed_by, closed.role) == (
        4,
        "Frank",
        "Frank",
        "counter",
    )
    assert task_of(reference, TaskKind.ACCESS_REVIEWED).state is TaskState.OPEN


def test_a_forgotten_opening_ends_at_its_limit_however_late_the_job_comes(reference, frank):
    with time_machine.travel(NOW, tick=False) as clock:
        with transaction():
            service.open_data_access(reference, "test calls", by=frank)
        clock.shift(timedelta(minutes=29))
        jobs.close_overdue_data_access()
        assert access_queries.find_open_access(get_ticket(reference).id) is not None
        clock.shift(timedelta(minutes=40))
        jobs.close_overdue_data_access()
        jobs.close_overdue_data_access()

    closed = access_queries.list_data_access(get_ticket(reference).id)[0]
    assert (closed.minutes, closed.closed_by) == (30, None)
    acts = [entry.act for entry in tickets.list_history(get_ticket(reference).id)]
    assert acts.count("data_access_closed") == 1


def test_nobody_opens_data_that_the_customer_keeps_closed(reference, frank):
    answer(reference, TaskKind.DATA_USE, by=frank, choice=Choice.NONE, details={"wish": "nothing"})

    with pytest.raises(openings.DataAccessNotAllowed), transaction():
        service.open_data_access(reference, "curious", by=frank)
    assert access_queries.list_data_access(get_ticket(reference).id) == []


def test_two_openings_at_once_are_refused(reference, frank):
    with transaction():
        service.open_data_access(reference, "test calls", by=frank)

    with pytest.raises(openings.DataAccessAlreadyOpen), transaction():
        service.open_data_access(reference, "test mail", by=frank)


def test_another_shop_finds_nothing(reference):
    stranger = make_staff(make_shop("Other", slug="other"), Role.OWNER, first_name="Olga")

    for act in (
        lambda: service.answer_task(reference, TaskKind.BACKUP, Answer(choice=Choice.YES), by=stranger),
        lambda: service.waive_task(reference, TaskKind.BACKUP, "no", by=stranger),
        lambda: service.open_data_access(reference, "no", by=stranger),
        lambda: service.close_data_access(reference, 1, by=stranger),
    ):
        with pytest.raises(NotFound), transaction():
            act()


def test_first_uses_at_once_make_one_list_and_one_notice(app, shop, frank):
    references = [make_ticket(frank, checked_in=False) for _ in range(4)]
    db.session.rollback()

    def work(reference):
        with app.app_context(), transaction():
            service.open_task_list(get_ticket(reference), by=frank)
            service.answer_task(reference, TaskKind.NOTICE, Answer(choice=Choice.ACKNOWLEDGED), by=frank)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, references))

    assert db.session.scalar(select(func.count()).select_from(PrivacyTaskList)) == 1
    assert db.session.scalar(select(func.count()).select_from(PrivacyNotice)) == 1
