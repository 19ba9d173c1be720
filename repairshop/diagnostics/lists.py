"""Verbs of those who write a shop's test lists: draft, change, publish. No version changes."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import delete, select

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.diagnostics import checks, list_queries
from repairshop.diagnostics.checks import ListSaysTheSame, ListTest, TestFacts, fingerprint, kept, of_kept
from repairshop.diagnostics.models import TestList, TestListDraft
from repairshop.errors import Conflict, NotFound
from repairshop.privacy.service import lock_shop
from repairshop.staff.rules import Actor, StaffId


def ensure_list(shop_id: int, device_type: DeviceType) -> TestList:
    """The version in force; the standard list becomes the first one when it is first used."""
    newest = (
        select(TestList)
        .where(TestList.shop_id == shop_id, TestList.device_type == device_type)
        .order_by(TestList.version.desc())
        .limit(1)
    )
    found = db.session.scalars(newest).one_or_none()
    if found is not None:
        return found
    lock_shop(shop_id)
    return db.session.scalars(newest).one_or_none() or _add(
        shop_id, device_type, version=1, tests=list_queries.read_standard(device_type)
    )


def _add(
    shop_id: int,
    device_type: DeviceType,
    *,
    version: int,
    tests: Sequence[ListTest],
    published_by_id: StaffId | None = None,
) -> TestList:
    added = TestList(
        shop_id=shop_id,
        device_type=device_type,
        version=version,
        items=[kept(test) for test in tests],
        fingerprint=fingerprint(tests),
        created_at=clock.now(),
        published_by_id=published_by_id,
    )
    db.session.add(added)
    db.session.flush()  # runs name it
    return added


def begin_draft(device_type: DeviceType, *, by: Actor, from_standard: bool = False) -> None:
    """Write the next version, from the one in force or from ours; a draft that is there already goes on."""
    in_force = ensure_list(by.shop_id, device_type)
    lock_shop(by.shop_id)
    draft = _find_draft(device_type, by=by)
    standard = [kept(test) for test in list_queries.read_standard(device_type)]
    if draft is None:
        db.session.add(
            TestListDraft(
                shop_id=by.shop_id,
                device_type=device_type,
                items=standard if from_standard else list(in_force.items),
                changed_at=clock.now(),
            )
        )
    elif from_standard:
        draft.items, draft.changed_at = standard, clock.now()


def add_test(
    device_type: DeviceType,
    facts: TestFacts,
    *,
    language: str,
    words: Mapping[str, str],
    place: int,
    by: Actor,
    expected_version: int | None = None,
) -> None:
    """A test of the shop's own, in the words of one language."""
    checks.require_facts(facts)
    _change(
        device_type,
        lambda tests: checks.added(tests, facts, language=language, words=words, place=place),
        by=by,
        expected_version=expected_version,
    )


def change_test(
    device_type: DeviceType,
    key: str,
    facts: TestFacts,
    *,
    language: str,
    words: Mapping[str, str],
    standard: Mapping[str, str],
    place: int,
    by: Actor,
    expected_version: int | None = None,
) -> None:
    """One test's words in one language, its limits, its place. Conflict where somebody else wrote."""
    checks.require_facts(facts)

    def change(tests: Sequence[ListTest]) -> list[ListTest]:
        if checks.find_test(tests, key) is None:
            raise NotFound
        return checks.changed(
            tests, key, facts, language=language, words=words, standard=standard, place=place
        )

    _change(device_type, change, by=by, expected_version=expected_version)


def remove_test(device_type: DeviceType, key: str, *, by: Actor) -> None:
    """Off the draft; runs that have it keep it."""
    _change(device_type, lambda tests: checks.removed(tests, key), by=by)


def discard_draft(device_type: DeviceType, *, by: Actor) -> None:
    db.session.execute(
        delete(TestListDraft).where(
            TestListDraft.shop_id == by.shop_id, TestListDraft.device_type == device_type
        )
    )


def publish_draft(device_type: DeviceType, *, by: Actor, expected_version: int | None = None) -> None:
    """The draft becomes the version in force; runs that have begun keep theirs."""
    lock_shop(by.shop_id)
    draft = _get_draft(device_type, by=by, expected_version=expected_version)
    newest = ensure_list(by.shop_id, device_type)
    tests = [of_kept(row) for row in draft.items]
    if fingerprint(tests) == newest.fingerprint:
        raise ListSaysTheSame
    _add(by.shop_id, device_type, version=newest.version + 1, tests=tests, published_by_id=by.staff_id)
    db.session.delete(draft)


def _change(
    device_type: DeviceType,
    change: Callable[[Sequence[ListTest]], list[ListTest]],
    *,
    by: Actor,
    expected_version: int | None = None,
) -> None:
    draft = _get_draft(device_type, by=by, expected_version=expected_version)
    draft.items = [kept(test) for test in change([of_kept(row) for row in draft.items])]
    draft.changed_at = clock.now()


def _get_draft(device_type: DeviceType, *, by: Actor, expected_version: int | None = None) -> TestListDraft:
    draft = _find_draft(device_type, by=by)
    if draft is None:
        raise NotFound
    if expected_version is not None and draft.version != expected_version:
        raise Conflict("test list", device_type.value)
    return draft


def _find_draft(device_type: DeviceType, *, by: Actor) -> TestListDraft | None:
    return db.session.scalars(
        select(TestListDraft).where(
            TestListDraft.shop_id == by.shop_id, TestListDraft.device_type == device_type
        )
    ).one_or_none()
