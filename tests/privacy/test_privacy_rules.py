"""What may be answered to which task, and when the lists are done."""

from datetime import UTC, datetime, timedelta

import pytest

from repairshop.catalogue.rules import DeviceType
from repairshop.privacy import openings, rules, standard
from repairshop.privacy.rules import Answer, Choice, Task, TaskKind, TaskPart, TaskState

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
NOTED = {"sim": "out", "card": "none", "lock": "off", "lock_seen": "settings"}


def check(kind, answer, *, offered=tuple(Choice), credential=Choice.NOT_NEEDED, openings=0):
    given = rules.Circumstances(credential=credential, openings=openings)
    rules.require_answer(kind, answer, offered=offered, given=given)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (TaskKind.CREDENTIAL, Answer(choice=Choice.NOT_NEEDED)),
        (TaskKind.CREDENTIAL, Answer(choice=Choice.NEEDED, reason="to test calls")),
        (TaskKind.BACKUP, Answer(choice=Choice.NO)),
        (TaskKind.REPAIR_MODE, Answer(choice=Choice.IMPOSSIBLE, reason="the screen is dead")),
        (TaskKind.SIM_AND_ACCOUNTS, Answer(choice=Choice.NOTED, details=NOTED)),
        (TaskKind.SIM_AND_ACCOUNTS, Answer(choice=Choice.NOTHING_IN_IT)),
        (TaskKind.DATA_USE, Answer(choice=Choice.NONE, details={"wish": "watch"})),
    ],
)
def test_full_answers_are_taken(kind, answer):
    check(kind, answer)


@pytest.mark.parametrize(
    ("kind", "answer", "refusal"),
    [
        (TaskKind.CREDENTIAL, Answer(choice=Choice.NEEDED), rules.ReasonMissing),
        (TaskKind.BACKUP, Answer(choice=Choice.IMPOSSIBLE), rules.ReasonMissing),
        (TaskKind.REPAIR_MODE, Answer(choice=Choice.IMPOSSIBLE), rules.ReasonMissing),
        (TaskKind.COPIES_ERASED, Answer(choice=Choice.ERASED), rules.ReasonMissing),
        (TaskKind.ACCESS_REVIEWED, Answer(choice=Choice.EXPLAINED), rules.ReasonMissing),
        (TaskKind.SIM_AND_ACCOUNTS, Answer(choice=Choice.NOTED), rules.DetailMissing),
        (
            TaskKind.SIM_AND_ACCOUNTS,
            Answer(choice=Choice.NOTED, details={**NOTED, "lock": "maybe"}),
            rules.DetailMissing,
        ),
        (TaskKind.DATA_USE, Answer(choice=Choice.NONE), rules.DetailMissing),
    ],
)
def test_answers_that_say_too_little_are_refused(kind, answer, refusal):
    with pytest.raises(refusal):
        check(kind, answer)


def test_an_answer_the_list_does_not_offer_is_refused():
    with pytest.raises(rules.ChoiceNotOffered):
        check(TaskKind.BACKUP, Answer(choice=Choice.ERASE), offered=[Choice.YES, Choice.NO])


def test_a_needed_passcode_was_not_never_taken():
    answer = Answer(choice=Choice.NEVER_TAKEN)

    check(TaskKind.CREDENTIAL_PURGED, answer)
    with pytest.raises(rules.CredentialWasTaken):
        check(TaskKind.CREDENTIAL_PURGED, answer, credential=Choice.NEEDED)


def test_openings_cannot_be_denied():
    with pytest.raises(rules.OpeningsNotExplained):
        check(TaskKind.ACCESS_REVIEWED, Answer(choice=Choice.NO_OPENINGS), openings=1)


@pytest.mark.parametrize(
    ("kind", "credential", "openings", "state"),
    [
        (TaskKind.CREDENTIAL_PURGED, Choice.NOT_NEEDED, 2, TaskState.DONE),
        (TaskKind.CREDENTIAL_PURGED, Choice.NEEDED, 0, TaskState.OPEN),
        (TaskKind.CREDENTIAL_PURGED, None, 0, TaskState.OPEN),
        (TaskKind.ACCESS_REVIEWED, None, 0, TaskState.DONE),
        (TaskKind.ACCESS_REVIEWED, None, 1, TaskState.OPEN),
        (TaskKind.COPIES_ERASED, Choice.NOT_NEEDED, 0, TaskState.OPEN),
    ],
)
def test_close_out_answers_itself_only_where_nothing_happened(kind, credential, openings, state):
    task = Task(kind=kind, part=TaskPart.CLOSE_OUT)

    given = rules.Circumstances(credential=credential, openings=openings)

    assert rules.derived(task, given=given).state is state


def test_a_part_is_done_when_every_task_but_the_optional_is_answered_or_waived():
    done = [
        Task(kind=TaskKind.BACKUP, part=TaskPart.CUSTOMER_PRESENT, state=TaskState.DONE),
        Task(kind=TaskKind.NOTICE, part=TaskPart.CUSTOMER_PRESENT, state=TaskState.NOT_POSSIBLE),
        Task(kind=TaskKind.SEALED, part=TaskPart.CUSTOMER_PRESENT, optional=True),
        Task(kind=TaskKind.COPIES_ERASED, part=TaskPart.CLOSE_OUT),
    ]

    rules.require_customer_present_done(done)
    with pytest.raises(rules.PrivacyTasksOpen) as refused:
        rules.require_close_out_done(done)
    assert refused.value.values["kinds"] == [TaskKind.COPIES_ERASED]


def test_a_ticket_without_a_list_is_not_done():
    with pytest.raises(rules.PrivacyTasksOpen):
        rules.require_customer_present_done([])


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 1), (59, 1), (60, 1), (61, 2), (1800, 30)])
def test_minutes_begun_are_counted(seconds, minutes):
    assert openings.access_minutes(NOON, NOON + timedelta(seconds=seconds)) == minutes


@pytest.mark.parametrize("device_type", list(DeviceType))
def test_every_device_type_has_the_eleven_tasks_in_order(device_type):
    tasks = standard.read_task_list(device_type)

    assert [task.kind for task in tasks] == list(TaskKind)
    assert [task.part for task in tasks] == [TaskPart.CUSTOMER_PRESENT] * 7 + [TaskPart.CLOSE_OUT] * 4
    assert [task.kind for task in tasks if task.optional] == [TaskKind.SEALED]


def test_apples_repair_state_is_a_lock_and_hides_nothing():
    modes = {choice.key for task in standard.read_task_list(DeviceType.PHONE) for choice in task.choices}

    assert "repair_state" not in modes
    assert "repair_state" in rules.DETAILS[TaskKind.SIM_AND_ACCOUNTS]["lock"]
