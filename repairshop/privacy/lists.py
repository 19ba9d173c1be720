"""Verbs of those who write a shop's lists and its notice: draft, reword, publish. No version changes."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import delete, select

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.privacy import notice_queries, standard
from repairshop.privacy.models import PrivacyListDraft, PrivacyNotice
from repairshop.privacy.queries import as_list_task
from repairshop.privacy.rules import TaskKind
from repairshop.privacy.service import add_list, ensure_task_list, lock_shop
from repairshop.privacy.wording import (
    ChoiceWords,
    ListTask,
    NothingToPublish,
    TitleMissing,
    kept,
    moved,
    reworded,
    task_of,
)
from repairshop.staff.rules import Actor


def begin_draft(device_type: DeviceType, *, by: Actor, from_standard: bool = False) -> None:
    """Write the next version, from the one in force or from ours; a draft that is there already goes on."""
    task_list = ensure_task_list(by.shop_id, device_type)
    lock_shop(by.shop_id)
    draft = _find_draft(device_type, by=by)
    tasks = (
        standard.read_task_list(device_type)
        if from_standard
        else [as_list_task(task) for task in task_list.tasks]
    )
    if draft is None:
        db.session.add(
            PrivacyListDraft(
                shop_id=by.shop_id,
                device_type=device_type,
                tasks=[kept(task) for task in tasks],
                changed_at=clock.now(),
            )
        )
    elif from_standard:
        _write(draft, tasks)


def reword_task(
    device_type: DeviceType,
    kind: TaskKind,
    *,
    language: str,
    texts: Mapping[str, str],
    choices: Sequence[ChoiceWords],
    optional: bool,
    standard_words: Mapping[str, str],
    by: Actor,
    expected_version: int | None = None,
) -> None:
    """One task's words and answers in one language. Conflict where somebody else wrote meanwhile."""

    def change(tasks: list[ListTask]) -> list[ListTask]:
        return [
            reworded(
                task,
                language=language,
                texts=texts,
                choices=choices,
                optional=optional,
                standard=standard_words,
            )
            if task.kind is kind
            else task
            for task in tasks
        ]

    _change(device_type, change, by=by, expected_version=expected_version)


def move_task(device_type: DeviceType, kind: TaskKind, *, up: bool, by: Actor) -> None:
    _change(device_type, lambda tasks: moved(tasks, kind, up=up), by=by)


def discard_draft(device_type: DeviceType, *, by: Actor) -> None:
    db.session.execute(
        delete(PrivacyListDraft).where(
            PrivacyListDraft.shop_id == by.shop_id, PrivacyListDraft.device_type == device_type
        )
    )


def publish_draft(device_type: DeviceType, *, by: Actor, expected_version: int | None = None) -> None:
    """The draft becomes the version in force; tickets that are open keep theirs."""
    lock_shop(by.shop_id)
    draft = _get_draft(device_type, by=by, expected_version=expected_version)
    newest = ensure_task_list(by.shop_id, device_type)
    tasks = [task_of(row) for row in draft.tasks]
    if tasks == [as_list_task(task) for task in newest.tasks]:
        raise NothingToPublish
    add_list(
        by.shop_id,
        device_type,
        version=newest.version + 1,
        tasks=tasks,
        published_by_id=by.staff_id,
    )
    db.session.delete(draft)


def publish_notice(texts: Mapping[str, str], *, by: Actor, standard_texts: Mapping[str, str]) -> None:
    """A new version of the notice; customers who acknowledged another one keep it.

    `texts` by language, the shop's own first: it is also what people of a further language read.
    `standard_texts` says what ours reads in each: words that are the same follow our translation.
    """
    lock_shop(by.shop_id)
    for language, text in texts.items():
        if not text:
            raise TitleMissing(field=language)
    first = next(iter(texts))
    is_ours = texts[first] == standard_texts[first]
    text = standard.read_notice() if is_ours else texts[first]
    own = {
        language: words
        for language, words in texts.items()
        if language != first and not (is_ours and words == standard_texts[language])
    }
    current = notice_queries.get_notice(by.shop_id)
    if (current.text, current.own) == (text, own):
        raise NothingToPublish
    db.session.add(
        PrivacyNotice(
            shop_id=by.shop_id,
            version=(current.version or 0) + 1,
            text=text,
            own=own,
            created_at=clock.now(),
            published_by_id=by.staff_id,
        )
    )


def _change(
    device_type: DeviceType,
    change: Callable[[list[ListTask]], list[ListTask]],
    *,
    by: Actor,
    expected_version: int | None = None,
) -> None:
    draft = _get_draft(device_type, by=by, expected_version=expected_version)
    _write(draft, change([task_of(row) for row in draft.tasks]))


def _write(draft: PrivacyListDraft, tasks: Sequence[ListTask]) -> None:
    draft.tasks, draft.changed_at = [kept(task) for task in tasks], clock.now()


def _get_draft(
    device_type: DeviceType, *, by: Actor, expected_version: int | None = None
) -> PrivacyListDraft:
    draft = _find_draft(device_type, by=by)
    if draft is None:
        raise NotFound
    if expected_version is not None and draft.version != expected_version:
        raise Conflict("privacy list", device_type.value)
    return draft


def _find_draft(device_type: DeviceType, *, by: Actor) -> PrivacyListDraft | None:
    return db.session.scalars(
        select(PrivacyListDraft).where(
            PrivacyListDraft.shop_id == by.shop_id, PrivacyListDraft.device_type == device_type
        )
    ).one_or_none()
