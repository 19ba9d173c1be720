"""What a shop must ask and put right about a customer's data, task by task."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from repairshop.errors import Refused
from repairshop.tickets.stages import COLLECTABLE_STAGES, IN_SHOP_STAGES, Stage

TaskId = NewType("TaskId", int)  # of a ticket's task


class TaskKind(StrEnum):
    """The eleven tasks, in the order they stand on the list."""

    CREDENTIAL = "credential"
    NOTICE = "notice"
    BACKUP = "backup"
    REPAIR_MODE = "repair_mode"
    SIM_AND_ACCOUNTS = "sim_and_accounts"
    DATA_USE = "data_use"
    SEALED = "sealed"
    CREDENTIAL_PURGED = "credential_purged"
    COPIES_ERASED = "copies_erased"
    NORMAL_MODE = "normal_mode"
    ACCESS_REVIEWED = "access_reviewed"


class TaskPart(StrEnum):
    CUSTOMER_PRESENT = "customer_present"
    CLOSE_OUT = "close_out"


class VaultState(StrEnum):
    """What the vault says about a ticket's passcode."""

    NONE = "none"
    STORED = "stored"
    PURGED = "purged"


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    NOT_POSSIBLE = "not_possible"


class Way(StrEnum):
    """How an answer came; by all but the first it is the customer's own."""

    STAFF = "staff"
    PAPER = "paper"
    COUNTER_SCREEN = "counter_screen"
    OWN_PHONE = "own_phone"


class WipeMethod(StrEnum):
    """NIST SP 800-88: what can bring the data back afterwards."""

    CLEAR = "clear"  # nothing that only reads the device
    PURGE = "purge"  # not even a laboratory
    DESTROY = "destroy"  # and the medium cannot be used again


class WipeCheck(StrEnum):
    """How thoroughly the erasing was verified (NIST SP 800-88, 4.7)."""

    FULL = "full"
    SAMPLE = "sample"
    OTHER = "other"


class WipeDestination(StrEnum):
    """Where the medium goes afterwards."""

    CUSTOMER = "customer"
    SHOP = "shop"
    RESOLD = "resold"
    RECYCLED = "recycled"
    MAKER = "maker"
    OTHER = "other"


class Choice(StrEnum):
    """What may be answered to a task; which of them a list offers is data."""

    # credential
    NOT_NEEDED = "not_needed"
    NEEDED = "needed"
    # notice
    ACKNOWLEDGED = "acknowledged"
    # backup, also sealed
    YES = "yes"
    NO = "no"
    IMPOSSIBLE = "impossible"
    # repair mode
    REPAIR_MODE = "repair_mode"
    MAINTENANCE_MODE = "maintenance_mode"
    GUEST_ACCOUNT = "guest_account"
    NO_SUCH_MODE = "no_such_mode"
    # sim and accounts
    NOTED = "noted"
    NOTHING_IN_IT = "nothing_in_it"
    # data use
    NONE = "none"
    TESTS_ONLY = "tests_only"
    COPY = "copy"
    ERASE = "erase"
    # close-out
    NEVER_TAKEN = "never_taken"
    RETURNED = "returned"
    NO_COPIES = "no_copies"
    ERASED = "erased"
    BACK_TO_NORMAL = "back_to_normal"
    NO_OPENINGS = "no_openings"
    EXPLAINED = "explained"


# Answers that say too little without words of their own.
NEEDS_REASON = frozenset(
    {
        (TaskKind.CREDENTIAL, Choice.NEEDED),
        (TaskKind.BACKUP, Choice.IMPOSSIBLE),
        (TaskKind.REPAIR_MODE, Choice.IMPOSSIBLE),
        (TaskKind.COPIES_ERASED, Choice.ERASED),
        (TaskKind.ACCESS_REVIEWED, Choice.EXPLAINED),
    }
)
# What is noted beside the choice, by task; the values are keys of the words in templates/privacy/_words.html.
DETAILS: dict[TaskKind, dict[str, tuple[str, ...]]] = {
    TaskKind.SIM_AND_ACCOUNTS: {
        "sim": ("none", "out", "in"),
        "card": ("none", "out", "in"),
        "lock": ("off", "on", "repair_state", "not_known"),
        "lock_seen": ("settings", "told", "not_seen"),
    },
    TaskKind.DATA_USE: {"wish": ("nothing", "watch", "guest_account", "wipe_first")},
}
SEAL_MAX = 40
# What a customer answers alone. Whether a passcode is needed, and the seal, are the shop's to say.
CUSTOMERS_OWN = frozenset(
    {TaskKind.NOTICE, TaskKind.BACKUP, TaskKind.REPAIR_MODE, TaskKind.SIM_AND_ACCOUNTS, TaskKind.DATA_USE}
)
# What the customer may change after staff wrote it down. A lock that staff have looked at is not among them.
ALWAYS_THEIRS = frozenset({TaskKind.NOTICE, TaskKind.BACKUP, TaskKind.DATA_USE})
# A receipt can be lost, and its link is all that a phone shows us: whoever wants data copied or erased says
# so at the counter.
ONLY_AT_THE_COUNTER = frozenset({Choice.COPY, Choice.ERASE})
# After these the work is over, and what was agreed about it stands.
ANSWERABLE_STAGES = IN_SHOP_STAGES - COLLECTABLE_STAGES


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was answered; `reason` is a person's words, `seal` a bag's or seal's number."""

    choice: Choice
    reason: str = ""
    seal: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Task:
    """One line of a ticket's list as the rules look at it."""

    kind: TaskKind
    part: TaskPart
    optional: bool = False
    state: TaskState = TaskState.OPEN
    choice: Choice | None = None
    answered_at: datetime | None = None
    way: Way = Way.STAFF


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What happened on the ticket that an answer of the close-out must agree with."""

    credential: Choice | None = None
    data_use: Choice | None = None
    openings: int = 0
    last_opened_at: datetime | None = None
    certificates: int = 0
    passcode: VaultState = VaultState.NONE

    @property
    def certificate_missing(self) -> bool:
        return self.data_use is Choice.ERASE and not self.certificates


class PrivacyTasksOpen(Refused):
    """Tasks of the list wait for an answer; `kinds` says which."""


class ChoiceNotOffered(Refused):
    """The list does not have this answer."""


class TaskUnanswered(Refused):
    """This task waits for its answer."""


class ReasonMissing(Refused):
    """This answer needs words."""


class DetailMissing(Refused):
    """A part of the answer is missing; `detail` says which."""


class NotTheCustomersToAnswer(Refused):
    """The task is the shop's to answer, or is settled, or the work is over."""


class OnlyAtTheCounter(Refused):
    """Copying and erasing are agreed with a person of the shop."""


class NoticeChanged(Refused):
    """The shop published another notice while the customer read this one."""


class WipeCertificateMissing(Refused):
    """Erasing was the job, and nothing says how it was done."""


class WipeNotByAnother(Refused):
    """Who erased it cannot confirm it too."""


class WipeConfirmedAlready(Refused):
    """Somebody confirmed it before."""


class WaiveNotAllowed(Refused):
    """Only a manager or the owner may write "not possible because"."""


class OpeningsNotExplained(Refused):
    """The customer's data was opened, so the answer cannot be that it was not."""


class CredentialWasTaken(Refused):
    """A credential was needed, so it cannot have been never taken."""


class PasscodeStillStored(Refused):
    """The vault still holds the passcode, so it cannot be gone."""


def require_answer(
    kind: TaskKind, answer: Answer, *, offered: Iterable[Choice], given: Circumstances
) -> None:
    """Refuse an answer that the list does not offer, that says too little, or that is not true."""
    if answer.choice not in set(offered):
        raise ChoiceNotOffered(field="choice", choice=answer.choice)
    if (kind, answer.choice) in NEEDS_REASON and not answer.reason:
        raise ReasonMissing(field="reason")
    for name, values in DETAILS.get(kind, {}).items():
        if answer.choice is not Choice.NOTHING_IN_IT and answer.details.get(name) not in values:
            raise DetailMissing(field=name, detail=name)
    if kind is TaskKind.CREDENTIAL_PURGED and given.passcode is VaultState.STORED:
        raise PasscodeStillStored(field="choice")
    taken = given.credential is Choice.NEEDED or given.passcode is not VaultState.NONE
    if answer.choice is Choice.NEVER_TAKEN and taken:
        raise CredentialWasTaken(field="choice")
    if answer.choice is Choice.NO_OPENINGS and given.openings:
        raise OpeningsNotExplained(field="choice", openings=given.openings)
    if kind is TaskKind.COPIES_ERASED and given.certificate_missing:
        raise WipeCertificateMissing(field="choice")


def require_customers_answer(task: Task, answer: Answer, *, stage: Stage, way: Way) -> None:
    """Refuse what a customer cannot answer alone, by this way, at this time."""
    if not may_customer_answer(task, stage=stage):
        raise NotTheCustomersToAnswer(field="choice")
    if way is Way.OWN_PHONE and answer.choice in ONLY_AT_THE_COUNTER and answer.choice is not task.choice:
        raise OnlyAtTheCounter(field="choice")


def may_customer_answer(task: Task, *, stage: Stage) -> bool:
    """Whether the customer's own page asks this."""
    if task.kind not in CUSTOMERS_OWN or stage not in ANSWERABLE_STAGES:
        return False
    if task.state is TaskState.NOT_POSSIBLE:
        return False
    return task.state is TaskState.OPEN or task.kind in ALWAYS_THEIRS or task.way is not Way.STAFF


def derived(task: Task, *, given: Circumstances) -> Task:
    """A close-out task that answers itself: nothing taken, opened or kept. Or one that is open again."""
    if task.kind is TaskKind.CREDENTIAL_PURGED and given.passcode is VaultState.PURGED:
        return replace(task, state=TaskState.DONE, choice=None)
    if _is_overtaken(task, given):
        return replace(task, state=TaskState.OPEN, choice=None)
    if task.state is not TaskState.OPEN:
        return task
    if task.kind is TaskKind.CREDENTIAL_PURGED and given.credential is Choice.NOT_NEEDED:
        return replace(task, state=TaskState.DONE, choice=Choice.NEVER_TAKEN)
    if task.kind is TaskKind.ACCESS_REVIEWED and given.openings == 0:
        return replace(task, state=TaskState.DONE, choice=Choice.NO_OPENINGS)
    return task


def _is_overtaken(task: Task, given: Circumstances) -> bool:
    """The answer was true when it was given, and something has happened since: it counts no longer."""
    if task.kind is TaskKind.CREDENTIAL_PURGED and given.passcode is VaultState.STORED:
        return True
    if task.state is not TaskState.DONE:
        return False
    if task.kind is TaskKind.CREDENTIAL_PURGED:
        return task.choice is Choice.NEVER_TAKEN and given.credential is Choice.NEEDED
    if task.kind is TaskKind.COPIES_ERASED:
        return given.certificate_missing
    if task.kind is TaskKind.ACCESS_REVIEWED and given.last_opened_at is not None:
        return task.choice is Choice.NO_OPENINGS or (
            task.answered_at is not None and given.last_opened_at > task.answered_at
        )
    return False


def list_open(tasks: Iterable[Any], part: TaskPart) -> list[TaskKind]:
    """The kinds of a part that still need an answer."""
    return [
        task.kind
        for task in tasks
        if task.part is part and task.state is TaskState.OPEN and not task.optional
    ]


def require_customer_present_done(tasks: Iterable[Any]) -> None:
    """Tasks 1-7, before the receipt goes and anybody works on the device."""
    _require_done(list(tasks), TaskPart.CUSTOMER_PRESENT)


def require_close_out_done(tasks: Iterable[Any]) -> None:
    """Tasks 8-11, before the device is released."""
    _require_done(list(tasks), TaskPart.CLOSE_OUT)


def _require_done(tasks: list[Any], part: TaskPart) -> None:
    missing = list_open(tasks, part)
    if missing or not any(task.part is part for task in tasks):
        raise PrivacyTasksOpen(part=part, kinds=missing)
