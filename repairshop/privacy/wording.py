"""What a list and a notice say, in the words of the shop or in ours, and which answers fit a device. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from repairshop.errors import Refused
from repairshop.privacy.rules import Choice, TaskKind, TaskPart

# What a list must leave the customer or the shop to say. The close-out has nothing that could be left out.
ALWAYS_OFFERED = frozenset(
    {
        (TaskKind.CREDENTIAL, Choice.NOT_NEEDED),
        (TaskKind.CREDENTIAL, Choice.NEEDED),
        (TaskKind.NOTICE, Choice.ACKNOWLEDGED),
        (TaskKind.BACKUP, Choice.NO),
        (TaskKind.BACKUP, Choice.IMPOSSIBLE),
        (TaskKind.REPAIR_MODE, Choice.NO_SUCH_MODE),
        (TaskKind.REPAIR_MODE, Choice.IMPOSSIBLE),
        (TaskKind.SIM_AND_ACCOUNTS, Choice.NOTED),
        (TaskKind.DATA_USE, Choice.NONE),
    }
)
# Only the seal is the shop's habit; the other ten are the protocol.
MAY_BE_OPTIONAL = frozenset({TaskKind.SEALED})


class ChoiceAlwaysOffered(Refused):
    """The protocol needs this answer on the list."""


class TitleMissing(Refused):
    """A task, or an answer that is offered, needs words."""


class NothingToPublish(Refused):
    """The draft says what the version in force says."""


class Wording(str):
    """A text of ours, an English message id, with the shop's own words in some languages beside it.

    The filter `translated` prefers the shop's. A plain text wherever the words do not matter.
    """

    __slots__ = ("own",)
    own: Mapping[str, str]

    def __new__(cls, text: str, own: Mapping[str, str] | None = None) -> Self:
        wording = super().__new__(cls, text)
        wording.own = own or {}
        return wording


@dataclass(frozen=True, kw_only=True)
class ListChoice:
    """An answer as a list has it. `brands` names the makers it is meant for, none means all."""

    key: Choice
    words: str
    customer: str = ""  # the same in the customer's mouth, where that differs
    steps: str = ""
    brands: tuple[str, ...] = ()
    offered: bool = True
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # language -> words, steps

    def said(self, name: str) -> Wording:
        """One of its texts. The shop's own words are its staff's and its customers' alike."""
        own_name = "words" if name == "customer" else name
        text = str(getattr(self, name))
        if name == "customer" and not text:
            text = self.words
        return Wording(
            text, {language: own[own_name] for language, own in self.own.items() if own.get(own_name)}
        )

    def fits(self, brand: str) -> bool:
        return not self.brands or brand.casefold() in {name.casefold() for name in self.brands}


@dataclass(frozen=True, kw_only=True)
class ListTask:
    """A task as a list has it."""

    kind: TaskKind
    part: TaskPart
    optional: bool = False
    title: str
    staff_words: str = ""
    customer_words: str = ""
    choices: tuple[ListChoice, ...]
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # language -> title, staff_words, …

    def said(self, name: str) -> Wording:
        return Wording(
            str(getattr(self, name)),
            {language: own[name] for language, own in self.own.items() if own.get(name)},
        )


def choice_of(row: Mapping[str, Any]) -> ListChoice:
    """From what the database and the seeds keep."""
    return ListChoice(
        key=Choice(row["key"]),
        words=row["words"],
        customer=row.get("customer", ""),
        steps=row.get("steps", ""),
        brands=tuple(row.get("brands", ())),
        offered=row.get("offered", True),
        own=row.get("own", {}),
    )


def task_of(row: Mapping[str, Any]) -> ListTask:
    return ListTask(
        kind=TaskKind(row["kind"]),
        part=TaskPart(row["part"]),
        optional=row["optional"],
        title=row["title"],
        staff_words=row["staff_words"],
        customer_words=row["customer_words"],
        choices=tuple(choice_of(choice) for choice in row["choices"]),
        own=row["own"],
    )


def kept(task: ListTask) -> dict[str, Any]:
    """As the database keeps it: plain JSON."""
    row = asdict(task)
    return {**row, "choices": [{**choice, "brands": list(choice["brands"])} for choice in row["choices"]]}


def fitting(choices: Iterable[ListChoice], *, brand: str) -> list[ListChoice]:
    """The answers on offer for a device of this maker: one per key, the maker's before the general one."""
    found: dict[Choice, ListChoice] = {}
    offered = [choice for choice in choices if choice.offered]
    for choice in offered:
        if choice.fits(brand) and (choice.key not in found or choice.brands):
            found[choice.key] = choice
    return sorted(found.values(), key=offered.index)


@dataclass(frozen=True, kw_only=True)
class ChoiceWords:
    """What a manager wrote for one answer in one language."""

    offered: bool
    words: str
    steps: str


def reworded(
    task: ListTask,
    *,
    language: str,
    texts: Mapping[str, str],
    choices: Iterable[ChoiceWords],
    optional: bool,
    standard: Mapping[str, str],
) -> ListTask:
    """The task with one language's words replaced; `standard` says what each text of ours reads in it.

    Words that are the same as ours are not kept: they follow the program's translation.
    """
    if not texts["title"]:
        raise TitleMissing(field="title")
    mine = {name: text for name, text in texts.items() if text and text != standard[getattr(task, name)]}
    return replace(
        task,
        optional=optional and task.kind in MAY_BE_OPTIONAL,
        own=_with(task.own, language, mine),
        choices=tuple(
            _reworded_choice(task.kind, choice, given, language=language, standard=standard, place=place)
            for place, (choice, given) in enumerate(zip(task.choices, choices, strict=True))
        ),
    )


def _reworded_choice(
    kind: TaskKind,
    choice: ListChoice,
    given: ChoiceWords,
    *,
    language: str,
    standard: Mapping[str, str],
    place: int,
) -> ListChoice:
    if not given.offered and ((kind, choice.key) in ALWAYS_OFFERED and not choice.brands):
        raise ChoiceAlwaysOffered(field=f"choices-{place}")
    if given.offered and not given.words:
        raise TitleMissing(field=f"choices-{place}")
    mine = {}
    if given.words and given.words != standard[choice.words]:
        mine["words"] = given.words
    if given.steps and given.steps != standard.get(choice.steps, ""):
        mine["steps"] = given.steps
    return replace(choice, offered=given.offered, own=_with(choice.own, language, mine))


def _with(
    own: Mapping[str, Mapping[str, str]], language: str, mine: Mapping[str, str]
) -> dict[str, Mapping[str, str]]:
    others = {code: words for code, words in own.items() if code != language}
    return {**others, language: mine} if mine else others


def moved(tasks: Iterable[ListTask], kind: TaskKind, *, up: bool) -> list[ListTask]:
    """The list with one task a place higher or lower; it stays in its part."""
    ordered = list(tasks)
    here = next(place for place, task in enumerate(ordered) if task.kind is kind)
    there = here - 1 if up else here + 1
    if 0 <= there < len(ordered) and ordered[there].part is ordered[here].part:
        ordered[here], ordered[there] = ordered[there], ordered[here]
    return ordered
