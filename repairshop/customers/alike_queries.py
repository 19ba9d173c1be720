"""Who looks like the person that is being typed, and which records look alike. Bounded, by indexes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from repairshop.customers.likeness import Likeness, Traits, compare, has_like_name, rank
from repairshop.customers.models import ContactPoint, Customer, ToldApart
from repairshop.customers.queries import CustomerRow, known_people, list_rows
from repairshop.customers.rules import ContactKind, folded, name_key
from repairshop.database import db
from repairshop.staff.models import Staff

Id = InstrumentedAttribute[int] | int

_MOST_CANDIDATES = 60
_MOST_PAIRS = 200
_SHORTEST_NAME = 3
_LAST_SIGN = "\U0010ffff"


@dataclass(frozen=True, kw_only=True)
class AlikeRow:
    """Somebody known, and why they may be the person in question."""

    person: CustomerRow
    reasons: tuple[Likeness, ...]


@dataclass(frozen=True, kw_only=True)
class PairRow:
    """Two records that look alike; the older one first."""

    first: CustomerRow
    second: CustomerRow
    reasons: tuple[Likeness, ...]

    @property
    def has_like_name(self) -> bool:
        """Without one it is most often a family that shares a number."""
        return has_like_name(self.reasons)


@dataclass(frozen=True, kw_only=True)
class ToldApartRow:
    """Two people of whom somebody said that they are two."""

    one: CustomerRow
    other: CustomerRow
    at: datetime
    by_name: str | None


def traits_of(person: CustomerRow) -> Traits:
    return Traits(
        name=person.name,
        phones=frozenset(point.value for point in person.phones),
        mails=frozenset(point.value for point in person.contacts if point.kind is ContactKind.EMAIL),
    )


def list_alike(traits: Traits, *, shop_id: int, besides: int | None = None, limit: int = 5) -> list[AlikeRow]:
    """The people of the shop who look like this one, the likeliest first; without those told apart."""
    people = known_people(shop_id).with_only_columns(Customer.id)
    if besides is not None:
        people = people.where(~exists().where(told_apart(Customer.id, besides)))
    ids = {*_with_contacts(traits, people), *_with_like_names(traits.name, people)} - {besides}
    found = [
        AlikeRow(person=person, reasons=reasons)
        for person in list_rows(ids, shop_id=shop_id)
        if (reasons := compare(traits, traits_of(person)))
    ]
    return sorted(found, key=lambda row: (rank(row.reasons), row.person.id))[:limit]


def list_pairs(*, shop_id: int, limit: int = 50) -> list[PairRow]:
    """Records that may be one person, the likeliest first; without those that somebody told apart."""
    pairs = {*_sharing_contacts(shop_id), *_sharing_keys(shop_id)}
    people = {row.id: row for row in list_rows({id_ for pair in pairs for id_ in pair}, shop_id=shop_id)}
    found = [
        PairRow(first=people[first], second=people[second], reasons=reasons)
        for first, second in pairs
        if (reasons := compare(traits_of(people[first]), traits_of(people[second])))
    ]
    return sorted(found, key=lambda row: (not row.has_like_name, rank(row.reasons), -row.second.id))[:limit]


def list_told_apart(*, shop_id: int, limit: int = 50) -> list[ToldApartRow]:
    """The pairs that are asked about no more, the latest first."""
    query = (
        select(ToldApart, Staff.first_name)
        .outerjoin(Staff, Staff.id == ToldApart.staff_id)
        .where(ToldApart.shop_id == shop_id, ToldApart.undone_at.is_(None))
        .where(*(column.in_(_ids_of(shop_id)) for column in (ToldApart.one_id, ToldApart.other_id)))
        .where(ToldApart.one_id != ToldApart.other_id)  # merged all the same
        .order_by(ToldApart.id.desc())
        .limit(limit)
    )
    rows = db.session.execute(query).all()
    ids = {id_ for row, _ in rows for id_ in (row.one_id, row.other_id)}
    people = {person.id: person for person in list_rows(ids, shop_id=shop_id)}
    return [
        ToldApartRow(one=people[row.one_id], other=people[row.other_id], at=row.at, by_name=by_name)
        for row, by_name in rows
    ]


def find_telling_apart(one_id: int, other_id: int) -> tuple[datetime, str | None] | None:
    """When somebody said that these are two people, and who."""
    query = (
        select(ToldApart.at, Staff.first_name)
        .outerjoin(Staff, Staff.id == ToldApart.staff_id)
        .where(told_apart(one_id, other_id))
        .order_by(ToldApart.id.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return (row.at, row.first_name) if row else None


def told_apart(one: Id, other: Id) -> ColumnElement[bool]:
    """The rows that say so of these two, whichever way round."""
    return and_(
        ToldApart.undone_at.is_(None),
        or_(
            and_(ToldApart.one_id == one, ToldApart.other_id == other),
            and_(ToldApart.one_id == other, ToldApart.other_id == one),
        ),
    )


def _with_contacts(traits: Traits, people: Select[int]) -> Iterable[int]:
    values = [*traits.phones, *traits.mails]
    if not values:
        return ()
    return db.session.scalars(
        people.join(ContactPoint, ContactPoint.customer_id == Customer.id)
        .where(ContactPoint.value.in_(values), ContactPoint.removed_at.is_(None))
        .limit(_MOST_CANDIDATES)
    )


def _with_like_names(name: str, people: Select[int]) -> list[int]:
    """By the name's key, which forgives what the ear does, and by its beginning, which forgives the rest."""
    text = folded(name)
    if len(text) < _SHORTEST_NAME:
        return []
    same, near = (
        people.where(condition).limit(_MOST_CANDIDATES).subquery()
        for condition in (Customer.name_key == name_key(text), _begins_alike(text))
    )
    return list(db.session.scalars(union_all(select(same.c.id), select(near.c.id))))


def _begins_alike(text: str) -> ColumnElement[bool]:
    """The first word and the next one's first letter; half of a single word."""
    first, *others = text.split()
    beginning = f"{first} {others[0][0]}" if others else first[: max(_SHORTEST_NAME, len(first) // 2)]
    begins = Customer.folded_name.startswith(beginning, autoescape=True)
    if db.engine.dialect.name == "sqlite":  # its LIKE uses no index
        return and_(begins, Customer.folded_name >= beginning, Customer.folded_name < beginning + _LAST_SIGN)
    return begins


def _sharing_contacts(shop_id: int) -> list[tuple[int, int]]:
    one, other = aliased(ContactPoint), aliased(ContactPoint)
    query = (
        select(one.customer_id, other.customer_id)
        .join(other, and_(other.value == one.value, other.kind == one.kind))
        .where(one.customer_id < other.customer_id, one.removed_at.is_(None), other.removed_at.is_(None))
        .where(*(point.customer_id.in_(_ids_of(shop_id)) for point in (one, other)))
        .where(~exists().where(told_apart(one.customer_id, other.customer_id)))
        .order_by(one.value)
        .limit(_MOST_PAIRS)
    )
    return [(first, second) for first, second in db.session.execute(query)]


def _sharing_keys(shop_id: int) -> list[tuple[int, int]]:
    one, other = aliased(Customer), aliased(Customer)
    query = (
        select(one.id, other.id)
        .join(other, and_(other.shop_id == one.shop_id, other.name_key == one.name_key, one.id < other.id))
        .where(one.shop_id == shop_id, one.name_key != "")
        .where(*(person.merged_into_id.is_(None) for person in (one, other)))
        .where(*(person.erased_at.is_(None) for person in (one, other)))
        .where(~exists().where(told_apart(one.id, other.id)))
        .order_by(one.name_key)
        .limit(_MOST_PAIRS)
    )
    return [(first, second) for first, second in db.session.execute(query)]


def _ids_of(shop_id: int) -> Select[int]:
    return known_people(shop_id).with_only_columns(Customer.id)
