"""Merging two records and undoing it: everything moves, and everything comes back."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from repairshop import clock
from repairshop.customers.models import ContactPoint, Customer
from repairshop.customers.queries import get_customer_row, search_customers
from repairshop.customers.service import add_mail_address, add_phone, get_customer
from repairshop.database import Base, db
from repairshop.errors import Conflict, NotFound
from repairshop.merging.moving import list_columns
from repairshop.merging.rules import MergedPersonErased, MergeOvertaken, MergeWithOneself, Side
from repairshop.merging.service import merge, unmerge
from repairshop.notifications.consent import list_consent_steps, opt_in, opt_out
from repairshop.notifications.models import ContactConsent
from repairshop.notifications.rules import Channel, Purpose
from repairshop.tickets.models import PortalLink, Ticket, Visit
from repairshop.tickets.portal_links import get_link
from repairshop.tickets.queries import list_history
from repairshop.tickets.rules import LinkOrigin
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_customer, make_device, make_ticket

NUMBERS = ("07700 900111", "07700 900222", "+1 212 555 0133")
MAILS = ("cooper@example.com", "carl@example.com")
# They count changes, so they go on.
COUNTERS = {"version", "changed_at", "history_seq", "history_hash"}
KEPT_FOREVER = {"history", "customer_merge", "consent_change"}

people = st.fixed_dictionaries(
    {
        "name": st.sampled_from(("Carl Cooper", "Karl Cooper", "Zoë Philips")),
        "language": st.sampled_from(("en", "es")),
        "numbers": st.lists(st.tuples(st.sampled_from(NUMBERS), st.booleans()), unique_by=lambda it: it[0]),
        "mails": st.lists(st.sampled_from(MAILS), unique=True),
        "visits": st.integers(0, 2),
    }
)
stops = st.lists(st.tuples(st.sampled_from(("+447700900111", "+447700900222")), st.booleans()), max_size=3)
sides = st.sampled_from(list(Side))


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, without what only counts changes."""
    db.session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in KEPT_FOREVER:
            columns = [column for column in table.columns if column.name not in COUNTERS]
            rows = db.session.execute(select(*columns).order_by(*table.primary_key.columns))
            found[table.name] = [dict(row._mapping) for row in rows]
    return found


def arrive(by, person) -> int:
    references = [make_ticket(by, name=person["name"], phone=None) for _ in range(person["visits"])]
    with transaction():
        customer = make_customer(by, person["name"], phone=None)
        customer.language = person["language"]
        for number, may_notify in person["numbers"]:
            add_phone(customer, number, country="GB", may_notify=may_notify)
        for address in person["mails"]:
            add_mail_address(customer, address)
        for reference in references:
            visit = get_ticket(reference).visit
            visit.customer_id = customer.id
            get_ticket(reference).device.customer_id = customer.id
            get_link(visit.id, customer.id, origin=LinkOrigin.RECEIPT)
        if references and customer.contact_points:
            customer.contact_points[0].sim_in_device_id = get_ticket(references[0]).device_id
        return customer.id


def join(kept: int, gone: int, by, **sides: Side) -> int:
    with transaction():
        return merge(kept, gone, **{"name_of": Side.KEPT, "language_of": Side.KEPT, **sides}, by=by)


@pytest.mark.both_databases
def test_undoing_a_merge_restores_every_row(app_context, frank):
    by = frank.actor

    @given(first=people, second=people, stopped=stops, name_of=sides, language_of=sides)
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(first, second, stopped, name_of, language_of):
        kept, gone = arrive(by, first), arrive(by, second)
        with transaction():
            for number, is_out in stopped:
                (opt_out if is_out else opt_in)(Channel.SMS, number, source="stop" if is_out else "start")
        before = everything()

        merge_id = join(kept, gone, by, name_of=name_of, language_of=language_of)
        left = [column for column in list_columns() if column.name != "merged_into_id"]
        assert not any(db.session.scalars(select(column).where(column == gone)).first() for column in left)
        with transaction():
            assert unmerge(merge_id, kept_id=kept, by=by) == gone

        assert everything() == before

    holds()


@pytest.fixture
def two(app, frank):
    """Carl with a repair, and a second record of him with another one."""
    with app.app_context():
        one, other = (
            make_ticket(frank.actor),
            make_ticket(frank.actor, name="Karl Cooper", phone="07700 900222"),
        )
        with transaction():
            for reference in (one, other):
                visit = get_ticket(reference).visit
                get_link(visit.id, visit.customer_id, origin=LinkOrigin.RECEIPT)
        yield one, other


def owner(reference: str) -> int:
    return get_ticket(reference).visit.customer_id


def test_a_chain_points_at_the_living_person_and_is_undone_from_its_end(two, frank):
    by = frank.actor
    a, b = map(owner, two)
    with transaction():
        c = make_customer(by, "Carl C.", phone="07700 900333").id
    first = join(b, a, by)
    second = join(c, b, by)

    assert owner(two[0]) == owner(two[1]) == c
    assert get_customer(a, shop_id=by.shop_id).id == c
    assert get_customer_row(a, shop_id=by.shop_id).id == c
    assert [row.id for row in search_customers("Karl", shop_id=by.shop_id)] == [c]
    with pytest.raises(MergeOvertaken), transaction():
        unmerge(first, kept_id=b, by=by)

    with transaction():
        unmerge(second, kept_id=c, by=by)
    assert get_customer(a, shop_id=by.shop_id).id == b
    with transaction():
        unmerge(first, kept_id=b, by=by)
    assert (owner(two[0]), owner(two[1])) == (a, b)


def test_of_two_merges_into_one_person_the_later_is_undone_first(two, frank):
    a, b = map(owner, two)
    with transaction():
        c = make_customer(frank.actor, "Carl C.", phone="07700 900222").id
    earlier, later = join(a, b, frank.actor), join(a, c, frank.actor)

    with pytest.raises(MergeOvertaken), transaction():
        unmerge(earlier, kept_id=a, by=frank.actor)
    for each in (later, earlier):
        with transaction():
            unmerge(each, kept_id=a, by=frank.actor)


def test_what_came_to_a_visit_since_goes_with_it_and_a_new_visit_stays(two, frank):
    a, b = map(owner, two)
    merge_id = join(a, b, frank.actor)
    later = make_ticket(frank.actor)
    with transaction():
        get_ticket(later).visit.customer_id = a
        link = get_link(get_ticket(two[1]).visit_id, a, origin=LinkOrigin.STAFF).id
        new_device = make_device(frank.actor, get_customer(a, shop_id=frank.actor.shop_id), model="iPad").id
        get_ticket(two[1]).device_id = new_device
    with transaction():
        unmerge(merge_id, kept_id=a, by=frank.actor)

    assert db.session.get_one(PortalLink, link).customer_id == b
    assert get_ticket(two[1]).device.customer_id == b
    assert owner(later) == a


def test_who_wants_no_messages_gets_none_by_the_other_number(two, frank):
    a, b = map(owner, two)
    with transaction():
        opt_out(Channel.SMS, "+447700900222", source="stop", purposes=(Purpose.SURVEY,))

    merge_id = join(a, b, frank.actor)

    assert stopped() == {"+447700900123", "+447700900222"}
    with transaction():
        unmerge(merge_id, kept_id=a, by=frank.actor)
    assert stopped() == {"+447700900222"}


def test_the_stop_that_a_merge_carries_over_stands_in_the_history_of_its_number(two, frank):
    a, b = map(owner, two)
    with transaction():
        opt_out(Channel.SMS, "+447700900222", source="stop")
        opt_in(Channel.SMS, "+447700900123", source="start", purposes=(Purpose.SERVICE,))

    merge_id = join(a, b, frank.actor)
    carried = steps("+447700900123")
    with transaction():
        unmerge(merge_id, kept_id=a, by=frank.actor)

    every = (Purpose.SERVICE, Purpose.SURVEY, Purpose.LIFECYCLE)
    assert carried[0] == (True, "merge", frozenset(every), "Frank")
    assert steps("+447700900123")[:2] == [(False, "unmerge", frozenset(every), "Frank"), carried[0]]
    assert [step[1] for step in steps("+447700900222")] == ["stop"]


def steps(number: str) -> list[tuple[bool, str, frozenset[Purpose], str | None]]:
    """What happened to the wishes of a number, newest first."""
    db.session.rollback()
    return [
        (step.opted_out, step.source, frozenset(step.purposes), step.staff_name)
        for step in list_consent_steps([(Channel.SMS, number)])
    ]


def test_a_stop_or_start_sent_after_the_merge_outlives_its_undoing(two, frank):
    a, b = map(owner, two)
    with transaction():
        opt_out(Channel.SMS, "+447700900222", source="stop")
    merge_id = join(a, b, frank.actor)
    with transaction():
        opt_out(Channel.SMS, "+447700900123", source="stop")
    with transaction():
        unmerge(merge_id, kept_id=a, by=frank.actor)

    assert stopped() == {"+447700900123", "+447700900222"}


def stopped() -> set[str]:
    db.session.rollback()
    query = select(ContactConsent.recipient).where(ContactConsent.opted_out.is_(True))
    return set(db.session.scalars(query))


def test_the_same_number_is_kept_once_as_the_stricter_has_it(app_context, frank):
    with transaction():
        kept = make_customer(frank.actor).id
        gone = make_customer(frank.actor, phone=None)
        add_phone(gone, "+44 7700 900123", country="GB", may_notify=False)
        gone = gone.id
    join(kept, gone, frank.actor)

    [point] = get_customer_row(kept, shop_id=frank.actor.shop_id).contacts
    assert (point.shown, point.may_notify) == ("07700 900123", False)


def test_the_tickets_history_says_so_without_a_name(two, frank):
    a, b = map(owner, two)
    merge_id = join(a, b, frank.actor)
    with transaction():
        unmerge(merge_id, kept_id=a, by=frank.actor)

    entries = [row for row in list_history(get_ticket(two[1]).id) if row.act.startswith("customer_")]
    assert [row.act for row in entries] == ["customer_unmerged", "customer_merged"]
    assert entries[0].after == {"merge": merge_id, "kept": a, "gone": b}
    assert not [row for row in list_history(get_ticket(two[0]).id) if row.act.startswith("customer_")]


def test_a_change_since_the_preview_is_a_conflict(two, frank):
    a, b = map(owner, two)
    version = db.session.get_one(Customer, b).version
    with transaction():
        get_customer(b, shop_id=frank.actor.shop_id).name = "Karla Cooper"

    with pytest.raises(Conflict), transaction():
        merge(
            a,
            b,
            name_of=Side.KEPT,
            language_of=Side.KEPT,
            by=frank.actor,
            expected_version_of_gone=version,
        )


def test_refused_with_oneself_with_the_erased_and_with_other_shops(two, frank, theo):
    a, b = map(owner, two)
    with pytest.raises(MergeWithOneself), transaction():
        join_now(a, a, frank.actor)
    with pytest.raises(NotFound), transaction():
        join_now(a, b, theo.actor)
    merge_id = join(a, b, frank.actor)
    with pytest.raises(NotFound), transaction():
        unmerge(merge_id, kept_id=a, by=theo.actor)
    with transaction():
        db.session.get_one(Customer, a).erased_at = clock.now()
    with pytest.raises(MergedPersonErased), transaction():
        unmerge(merge_id, kept_id=a, by=frank.actor)


def join_now(kept: int, gone: int, by) -> int:
    return merge(kept, gone, name_of=Side.KEPT, language_of=Side.KEPT, by=by)


def test_each_column_that_names_a_customer_is_moved_or_says_that_it_stays():
    named = {str(column) for column in list_columns()}

    assert {"contact_point.customer_id", "visit.customer_id", "customer.merged_into_id"} <= named
    assert "customer_merge.kept_id" not in named
    assert {str(c) for c in (ContactPoint.__table__.c.customer_id, Visit.__table__.c.customer_id)} <= named
    assert str(Ticket.__table__.c.visit_id) not in named
