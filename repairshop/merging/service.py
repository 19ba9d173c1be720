"""Put two records of one person together, and take them apart again. Nothing is deleted."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from repairshop import clock
from repairshop.customers.alike_queries import find_telling_apart, told_apart
from repairshop.customers.models import ContactPoint, Customer, ToldApart
from repairshop.customers.service import rename
from repairshop.database import db
from repairshop.errors import Conflict, NotFound
from repairshop.merging.consents import list_consents_to_stop, write_down
from repairshop.merging.models import CustomerMerge
from repairshop.merging.moving import list_visit_tickets, move_back, move_rows
from repairshop.merging.rules import (
    Identity,
    Side,
    read_back,
    require_two_people,
    require_undoable,
    written,
)
from repairshop.notifications.models import ContactConsent
from repairshop.staff.rules import Actor
from repairshop.tickets.history import record_history

# Where a consent comes from that the merge wrote; whoever changes it later writes another word.
_SOURCE, _SOURCE_OF_UNDOING = "merge", "unmerge"
_TABLES: Mapping[str, type[Customer | ContactPoint | ContactConsent]] = {
    "customer": Customer,
    "contact_point": ContactPoint,
    "contact_consent": ContactConsent,
}


def merge(
    kept_id: int,
    gone_id: int,
    *,
    name_of: Side,
    language_of: Side,
    by: Actor,
    expected_version: int | None = None,
    expected_version_of_gone: int | None = None,
) -> int:
    """`gone` becomes `kept`; the id of the merge. Conflict when either was changed since the preview."""
    kept, gone = _lock(kept_id, gone_id, by=by)
    require_two_people(_identity(kept), _identity(gone))
    _require_unchanged(kept, expected_version)
    _require_unchanged(gone, expected_version_of_gone)
    if kept.merged_into_id is not None or gone.merged_into_id is not None:
        raise Conflict("customer", str(kept_id))
    merge_ = CustomerMerge(
        shop_id=by.shop_id, kept_id=kept.id, gone_id=gone.id, at=clock.now(), staff_id=by.staff_id
    )
    changes = [*_stop_messages(merge_), *_join_contacts(merge_, kept, gone)]
    changes += _take_over(kept, gone, name_of=name_of, language_of=language_of)
    merge_.changed = changes
    merge_.moved = move_rows(origin=gone.id, to=kept.id)
    gone.merged_into_id = kept.id
    db.session.add(merge_)
    db.session.flush()  # the history names the merge
    _record(merge_, "customer_merged", by=by)
    return merge_.id


def unmerge(merge_id: int, *, kept_id: int, by: Actor) -> int:
    """Both are as they were, apart from what others changed meanwhile; the id of the one who is back."""
    merge_ = db.session.get(CustomerMerge, merge_id)
    if merge_ is None or merge_.shop_id != by.shop_id or merge_.kept_id != kept_id:
        raise NotFound
    kept, gone = _lock(merge_.kept_id, merge_.gone_id, by=by)
    db.session.refresh(merge_)  # whoever held the lock may have undone it
    if merge_.undone_at is not None:
        raise Conflict("customer", str(kept.id))
    latest = find_latest_merge_id(kept.id)
    require_undoable(_identity(kept), _identity(gone), merge_id=merge_.id, latest_id=latest)
    gone.merged_into_id = None
    move_back(merge_.moved, origin=kept.id, to=gone.id)
    for change in reversed(merge_.changed):
        row = _restore(change)
        if isinstance(row, ContactConsent):
            write_down(row, opted_out=False, source=_SOURCE_OF_UNDOING, staff_id=by.staff_id)
    merge_.undone_at, merge_.undone_by_id = clock.now(), by.staff_id
    _record(merge_, "customer_unmerged", by=by)
    return gone.id


def tell_apart(one_id: int, other_id: int, *, by: Actor) -> None:
    """They are two people: nobody is asked about them any more. Said again it changes nothing."""
    one, other = _lock(one_id, other_id, by=by)
    require_two_people(_identity(one), _identity(other))
    if one.merged_into_id is not None or other.merged_into_id is not None:
        raise Conflict("customer", str(one_id))
    if find_telling_apart(one.id, other.id) is None:
        row = ToldApart(
            shop_id=by.shop_id, one_id=one.id, other_id=other.id, at=clock.now(), staff_id=by.staff_id
        )
        db.session.add(row)


def ask_again(one_id: int, other_id: int, *, by: Actor) -> None:
    """They may be one person after all. Who said that they are not stays written down."""
    one, other = _lock(one_id, other_id, by=by)
    for row in db.session.scalars(select(ToldApart).where(told_apart(one.id, other.id))):
        row.undone_at, row.undone_by_id = clock.now(), by.staff_id


def find_latest_merge_id(kept_id: int) -> int | None:
    """The merge into this person that is the next to be undone."""
    query = (
        select(CustomerMerge.id)
        .where(CustomerMerge.kept_id == kept_id, CustomerMerge.undone_at.is_(None))
        .order_by(CustomerMerge.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def _lock(*ids: int, by: Actor) -> tuple[Customer, Customer]:
    """Both people in the order asked for, locked in one order; new rows about them wait until we are done."""
    query = select(Customer).where(Customer.id.in_(ids), Customer.shop_id == by.shop_id)
    locked = query.order_by(Customer.id).with_for_update().execution_options(populate_existing=True)
    people = {person.id: person for person in db.session.scalars(locked)}
    if any(id_ not in people for id_ in ids):
        raise NotFound
    return people[ids[0]], people[ids[1]]


def _identity(person: Customer) -> Identity:
    return Identity(
        id=person.id, merged_into_id=person.merged_into_id, is_erased=person.erased_at is not None
    )


def _require_unchanged(person: Customer, expected_version: int | None) -> None:
    if expected_version is not None and person.version != expected_version:
        raise Conflict("customer", str(person.id))


def _take_over(kept: Customer, gone: Customer, *, name_of: Side, language_of: Side) -> list[dict[str, Any]]:
    changes = []
    if name_of is Side.GONE and gone.name != kept.name:
        before = _values(kept, ("name", "folded_name", "name_key"))
        rename(kept, gone.name)
        changes.append(_change(kept, before))
    if language_of is Side.GONE and gone.language != kept.language:
        changes.append(_set(kept, language=gone.language))
    return changes


def _join_contacts(merge_: CustomerMerge, kept: Customer, gone: Customer) -> list[dict[str, Any]]:
    """The other's numbers come after one's own; one that both have is kept once, as the stricter has it."""
    own = {(point.kind, point.value): point for point in kept.contact_points}
    changes = []
    position = max((point.position for point in kept.contact_points), default=-1) + 1
    for point in list(gone.contact_points):
        twin = own.get((point.kind, point.value))
        if twin is None:
            changes.append(_set(point, position=position))
            position += 1
            continue
        changes.append(_set(point, removed_at=merge_.at))
        if twin.may_notify and not point.may_notify:
            changes.append(_set(twin, may_notify=False))
        if twin.sim_in_device_id is None and point.sim_in_device_id is not None:
            changes.append(_set(twin, sim_in_device_id=point.sim_in_device_id))
    return changes


def _stop_messages(merge_: CustomerMerge) -> list[dict[str, Any]]:
    """Who wants no messages gets none by the other record's addresses either."""
    changes = []
    for stop in list_consents_to_stop(merge_.kept_id, merge_.gone_id):
        if stop.consent_id is not None:
            row = db.session.get_one(ContactConsent, stop.consent_id)
            changes.append(_set(row, opted_out=True, source=_SOURCE, changed_at=merge_.at))
            write_down(row, opted_out=True, source=_SOURCE, staff_id=merge_.staff_id)
            continue
        row = ContactConsent(
            channel=stop.channel,
            recipient=stop.address,
            purpose=stop.purpose,
            opted_out=True,
            source=_SOURCE,
            changed_at=merge_.at,
        )
        db.session.add(row)
        db.session.flush()  # the change names the row
        changes.append({**_change(row, {"source": _SOURCE}), "before": None})
        write_down(row, opted_out=True, source=_SOURCE, staff_id=merge_.staff_id)
    return changes


def _set(row: Customer | ContactPoint | ContactConsent, **values: Any) -> dict[str, Any]:
    before = _values(row, values)
    for name, value in values.items():
        setattr(row, name, value)
    return _change(row, before)


def _change(row: Customer | ContactPoint | ContactConsent, before: Mapping[str, Any]) -> dict[str, Any]:
    after = _values(row, before)
    return {"table": row.__tablename__, "id": row.id, "before": written(before), "after": written(after)}


def _values(row: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _restore(change: Mapping[str, Any]) -> Any | None:
    """Only what still is as the merge left it: what somebody changed since is theirs, and None is given."""
    row = db.session.get(_TABLES[change["table"]], change["id"])
    after = read_back(change["after"])
    if row is None or _values(row, after) != after:
        return None
    if change["before"] is None:
        db.session.delete(row)
        return row
    for name, value in read_back(change["before"]).items():
        setattr(row, name, value)
    return row


def _record(merge_: CustomerMerge, act: str, *, by: Actor) -> None:
    """In the chains of the tickets that changed hands: numbers of records only."""
    facts = {"merge": merge_.id, "kept": merge_.kept_id, "gone": merge_.gone_id}
    for ticket in list_visit_tickets(merge_.moved.get("visit.customer_id", [])):
        record_history(ticket, act, by=by, after=facts)
