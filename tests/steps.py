"""What people do between two verbs, done through the services: privacy tasks, tests, parts."""

from repairshop.database import db
from repairshop.diagnostics.queries import list_checks
from repairshop.diagnostics.rules import RunKind, TestAnswer, Verdict
from repairshop.diagnostics.service import record_tests
from repairshop.privacy.queries import list_tasks
from repairshop.privacy.rules import Answer, Choice, TaskKind, TaskPart, TaskState
from repairshop.privacy.service import answer_task, open_task_list
from repairshop.staff.rules import Actor
from repairshop.tickets.service import get_ticket_for_change
from repairshop.transaction import transaction
from tests.builders import get_ticket

USUAL_ANSWERS: dict[TaskKind, Answer] = {
    TaskKind.CREDENTIAL: Answer(choice=Choice.NOT_NEEDED),
    TaskKind.NOTICE: Answer(choice=Choice.ACKNOWLEDGED),
    TaskKind.BACKUP: Answer(choice=Choice.YES),
    TaskKind.REPAIR_MODE: Answer(choice=Choice.IMPOSSIBLE, reason="The screen is dead"),
    TaskKind.SIM_AND_ACCOUNTS: Answer(
        choice=Choice.NOTED, details={"sim": "out", "card": "none", "lock": "on", "lock_seen": "told"}
    ),
    TaskKind.DATA_USE: Answer(choice=Choice.NONE, details={"wish": "nothing"}),
    TaskKind.SEALED: Answer(choice=Choice.NO),
    TaskKind.CREDENTIAL_PURGED: Answer(choice=Choice.NEVER_TAKEN),
    TaskKind.COPIES_ERASED: Answer(choice=Choice.NO_COPIES),
    TaskKind.NORMAL_MODE: Answer(choice=Choice.BACK_TO_NORMAL),
    TaskKind.ACCESS_REVIEWED: Answer(choice=Choice.NO_OPENINGS),
}


def answer_privacy_tasks(reference: str, part: TaskPart, *, by: Actor) -> None:
    """Answer what is still open of a part, as most customers do."""
    with transaction():
        open_task_list(get_ticket_for_change(reference, by=by), by=by)
    ticket_id = get_ticket(reference).id
    open_kinds = [
        task.kind for task in list_tasks(ticket_id) if task.part is part and task.state is TaskState.OPEN
    ]
    db.session.rollback()
    for kind in open_kinds:
        with transaction():
            answer_task(reference, kind, USUAL_ANSWERS[kind], by=by)


def pass_tests(reference: str, kind: RunKind, *, by: Actor) -> None:
    """Run the device type's list; everything passes."""
    checks = list_checks(get_ticket(reference).device_type, shop_id=by.shop_id)
    answers = {check.key: TestAnswer(verdict=Verdict.PASS) for check in checks}
    db.session.rollback()
    with transaction():
        record_tests(reference, kind, answers, by=by, close=True)
