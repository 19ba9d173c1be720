"""Reads of the test lists: the one in force, older versions, drafts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from repairshop.catalogue.queries import list_test_items
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.diagnostics.checks import ListTest, of_item, of_kept
from repairshop.diagnostics.models import TestList, TestListDraft
from repairshop.errors import NotFound
from repairshop.staff.models import Staff

# By fingerprint: a list never changes, and lists that say the same are the same.
_known: dict[str, tuple[ListTest, ...]] = {}


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a list: when it came into force and who published it."""

    version: int
    at: datetime
    by: str | None  # None for the standard one


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The next version while it is written."""

    tests: tuple[ListTest, ...]
    changed_at: datetime
    version: int


@dataclass(frozen=True, kw_only=True)
class RunList:
    """The list a run was done under."""

    version: int
    tests: dict[str, ListTest]


def read_standard(device_type: DeviceType) -> tuple[ListTest, ...]:
    """The list every shop begins with."""
    return tuple(of_item(item) for item in list_test_items(device_type))


def list_in_force(shop_id: int, device_type: DeviceType) -> tuple[ListTest, ...]:
    """What a run would be done under if it began now."""
    newest = db.session.execute(
        select(TestList.id, TestList.fingerprint)
        .where(TestList.shop_id == shop_id, TestList.device_type == device_type)
        .order_by(TestList.version.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return read_standard(device_type)
    return _read([(newest[0], newest[1])])[newest[1]]


def list_all_in_force(shop_id: int) -> dict[DeviceType, tuple[ListTest, ...]]:
    """The same of every type; two queries at most."""
    newest = (
        select(TestList.device_type, func.max(TestList.version).label("version"))
        .where(TestList.shop_id == shop_id)
        .group_by(TestList.device_type)
        .subquery()
    )
    rows = db.session.execute(
        select(TestList.device_type, TestList.id, TestList.fingerprint)
        .join(newest, (TestList.device_type == newest.c.device_type) & (TestList.version == newest.c.version))
        .where(TestList.shop_id == shop_id)
    ).all()
    tests = _read([(list_id, fingerprint) for _, list_id, fingerprint in rows])
    own = {device_type: tests[fingerprint] for device_type, _, fingerprint in rows}
    return {
        device_type: own[device_type] if device_type in own else read_standard(device_type)
        for device_type in DeviceType
    }


def lists_of_runs(list_ids: Iterable[int | None]) -> dict[int, RunList]:
    """By id, the lists that these runs were done under; two queries at most."""
    wanted = {list_id for list_id in list_ids if list_id is not None}
    if not wanted:
        return {}
    rows = db.session.execute(
        select(TestList.id, TestList.version, TestList.fingerprint).where(TestList.id.in_(wanted))
    ).all()
    tests = _read([(list_id, fingerprint) for list_id, _, fingerprint in rows])
    return {
        list_id: RunList(version=version, tests={test.key: test for test in tests[fingerprint]})
        for list_id, version, fingerprint in rows
    }


def _read(lists: list[tuple[int, str]]) -> dict[str, tuple[ListTest, ...]]:
    missing = {list_id: fingerprint for list_id, fingerprint in lists if fingerprint not in _known}
    if missing:
        query = select(TestList.id, TestList.items).where(TestList.id.in_(missing))
        for list_id, items in db.session.execute(query):
            _known[missing[list_id]] = tuple(of_kept(row) for row in items)
    return {fingerprint: _known[fingerprint] for _, fingerprint in lists}


def get_version(shop_id: int, device_type: DeviceType, version: int) -> tuple[ListTest, ...]:
    """The tests of one version; NotFound when there is none."""
    items = db.session.scalars(
        select(TestList.items).where(
            TestList.shop_id == shop_id, TestList.device_type == device_type, TestList.version == version
        )
    ).one_or_none()
    if items is None:
        raise NotFound
    return tuple(of_kept(row) for row in items)


def list_versions(shop_id: int) -> dict[DeviceType, list[Version]]:
    """The versions of every list, newest first; a type without one follows the standard list."""
    rows = db.session.execute(
        select(TestList.device_type, TestList.version, TestList.created_at, Staff.first_name)
        .outerjoin(Staff, Staff.id == TestList.published_by_id)
        .where(TestList.shop_id == shop_id)
        .order_by(TestList.version.desc())
    )
    found: dict[DeviceType, list[Version]] = {device_type: [] for device_type in DeviceType}
    for device_type, version, at, by in rows:
        found[device_type].append(Version(version=version, at=at, by=by))
    return found


def list_drafts(shop_id: int) -> set[DeviceType]:
    return set(db.session.scalars(select(TestListDraft.device_type).where(TestListDraft.shop_id == shop_id)))


def find_draft(shop_id: int, device_type: DeviceType) -> Draft | None:
    draft = db.session.scalars(
        select(TestListDraft).where(
            TestListDraft.shop_id == shop_id, TestListDraft.device_type == device_type
        )
    ).one_or_none()
    if draft is None:
        return None
    return Draft(
        tests=tuple(of_kept(row) for row in draft.items), changed_at=draft.changed_at, version=draft.version
    )
