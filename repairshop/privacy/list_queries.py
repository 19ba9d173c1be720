"""Reads for those who write a shop's lists and notice: versions, drafts, what is in force."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.privacy import standard
from repairshop.privacy.models import PrivacyListDraft, PrivacyNotice, PrivacyTaskList
from repairshop.privacy.queries import as_list_task
from repairshop.privacy.wording import ListTask, task_of
from repairshop.staff.models import Staff


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a list or of the notice: when it came into force and who published it."""

    version: int
    at: datetime
    by: str | None  # None for the standard one


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The next version while it is written."""

    tasks: tuple[ListTask, ...]
    changed_at: datetime
    version: int


def list_versions(shop_id: int) -> dict[DeviceType, list[Version]]:
    """The versions of every list, newest first; a type without one follows the standard list."""
    rows = db.session.execute(
        select(PrivacyTaskList, Staff.first_name)
        .outerjoin(Staff, Staff.id == PrivacyTaskList.published_by_id)
        .where(PrivacyTaskList.shop_id == shop_id)
        .order_by(PrivacyTaskList.version.desc())
    )
    found: dict[DeviceType, list[Version]] = {device_type: [] for device_type in DeviceType}
    for row, first_name in rows:
        found[row.device_type].append(Version(version=row.version, at=row.created_at, by=first_name))
    return found


def list_drafts(shop_id: int) -> set[DeviceType]:
    return set(
        db.session.scalars(select(PrivacyListDraft.device_type).where(PrivacyListDraft.shop_id == shop_id))
    )


def get_list(shop_id: int, device_type: DeviceType, version: int | None = None) -> tuple[ListTask, ...]:
    """The tasks of a version, or of the one in force."""
    query = (
        select(PrivacyTaskList)
        .where(PrivacyTaskList.shop_id == shop_id, PrivacyTaskList.device_type == device_type)
        .order_by(PrivacyTaskList.version.desc())
        .limit(1)
    )
    if version is not None:
        query = query.where(PrivacyTaskList.version == version)
    found = db.session.scalars(query).one_or_none()
    if found is not None:
        return tuple(as_list_task(task) for task in found.tasks)
    if version is not None:
        raise NotFound
    return tuple(standard.read_task_list(device_type))


def find_draft(shop_id: int, device_type: DeviceType) -> Draft | None:
    draft = db.session.scalars(
        select(PrivacyListDraft).where(
            PrivacyListDraft.shop_id == shop_id, PrivacyListDraft.device_type == device_type
        )
    ).one_or_none()
    if draft is None:
        return None
    return Draft(
        tasks=tuple(task_of(row) for row in draft.tasks), changed_at=draft.changed_at, version=draft.version
    )


def list_notice_versions(shop_id: int) -> list[Version]:
    """Newest first; empty while the standard notice has not been acknowledged by anybody."""
    rows = db.session.execute(
        select(PrivacyNotice.version, PrivacyNotice.created_at, Staff.first_name)
        .outerjoin(Staff, Staff.id == PrivacyNotice.published_by_id)
        .where(PrivacyNotice.shop_id == shop_id)
        .order_by(PrivacyNotice.version.desc())
    )
    return [Version(version=version, at=at, by=first_name) for version, at, first_name in rows]
