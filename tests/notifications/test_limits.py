"""Limits of money, pace and countries, and the hours in which nobody is texted."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.notifications import claims, operating, spending
from repairshop.notifications.channels.gateways import NotAccepted, Verdict
from repairshop.notifications.delivery import record_refused
from repairshop.notifications.limits import CountryUnknown, Limits, Over, next_free
from repairshop.notifications.models import OutgoingMessage, SpendCount
from repairshop.notifications.planning import NotSentReason, Planned, QuietTimes, quiet_times
from repairshop.notifications.previews import preview
from repairshop.notifications.rules import Channel, Notice, OverLimit, State
from repairshop.notifications.service import queue_notice, release_message
from repairshop.notifications.texts import Rendered, TextFacts
from repairshop.notifications.writing import About, write_message
from repairshop.staff.rules import Actor, Role
from repairshop.tickets import service as tickets
from repairshop.tickets.rules import MoveFacts
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests import builders
from tests.cast import Browser
from tests.notifications.desk import GRACE, claim_next, follow_the_clock, list_messages, move, the_message

pytestmark = pytest.mark.usefixtures("app_context")
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop(undo_window_seconds=0))


@pytest.fixture(autouse=True)
def own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    follow_the_clock(monkeypatch)


def set_limits(by: Actor, *, quiet: tuple[str, str] = ("21:00", "08:00"), **limits: object) -> None:
    with transaction():
        spending.set_limits(Limits(**limits), quiet_from=quiet[0], quiet_to=quiet[1], by=by)  # type: ignore[arg-type]


def list_messages_within() -> list[int]:
    """Numbers, inside a transaction."""
    return list(db.session.scalars(select(OutgoingMessage.id).order_by(OutgoingMessage.id)))


def write_to_stranger(notice: Notice, by: Actor) -> None:
    facts = TextFacts(shop="Fixwell", tickets=(), device_type=DeviceType.OTHER)
    at = clock.now()
    write_message(
        notice,
        Planned(channel=Channel.SMS, address="+447700900999", language="en", send_after=at),
        Rendered(text="Some words"),
        About(shop_id=by.shop_id),
        event_key="stranger",
        facts=facts,
        covers=[],
        at=at,
    )


def claim(**pace: object) -> claims.Claim | None:
    return claim_next(Channel.SMS, lease=GRACE, **pace)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("to_number", "today", "month", "over"),
    [
        (0, 0, 0, None),
        (2, 9, 99, None),
        (3, 0, 0, Over.NUMBER),
        (0, 10, 10, Over.DAY),
        (0, 0, 100, Over.MONTH),
    ],
)
def test_a_limit_is_reached_when_as_many_have_gone(
    to_number: int, today: int, month: int, over: Over | None
) -> None:
    limits = Limits(to_one_number_a_day=3, a_day=10, a_month=100)

    assert limits.over(to_number_today=to_number, today=today, this_month=month) is over


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("limits", "code"), [({"a_day": 2}, "limit_day"), ({"a_month": 2}, "limit_month")], ids=["day", "month"]
)
def test_what_is_over_a_shops_limit_is_held_and_told(tess: Actor, limits: dict[str, int], code: str) -> None:
    set_limits(tess, **limits)
    for phone in ("07700 900123", "07700 900124", "07700 900125"):
        builders.make_ticket(tess, phone=phone, email=None)

    assert [claim() is not None for _ in range(3)] == [True, True, False]

    (held,) = list_messages(state=State.HELD)
    assert (held.error_code, held.due_at, held.attempts) == (code, None, 0)
    assert list_messages(notice=Notice.STAFF_ALERT) != []
    assert db.session.scalars(select(SpendCount.sent)).one() == 2


def test_one_number_gets_only_so_many_texts_a_day(tess: Actor) -> None:
    set_limits(tess, to_one_number_a_day=1)
    builders.make_ticket(tess, email=None)
    assert claim() is not None
    builders.make_ticket(tess, email=None)

    assert claim() is None
    assert the_message(state=State.HELD).error_code == "limit_number"


def test_what_was_refused_costs_nothing_and_is_not_counted(tess: Actor) -> None:
    set_limits(tess, a_day=1)
    builders.make_ticket(tess, email=None)
    taken = claim()
    assert taken is not None

    record_refused(taken, NotAccepted(Verdict.RETRY, code="429"))

    assert db.session.scalars(select(SpendCount.sent)).one() == 0


def test_a_manager_lets_it_go_and_nobody_else(tess: Actor) -> None:
    mira = builders.make_staff(tess.shop_id, role=Role.MANAGER, first_name="Mira")
    set_limits(mira, a_day=0)
    builders.make_ticket(tess, email=None)
    assert claim() is None
    held = the_message(state=State.HELD)

    with pytest.raises(OverLimit), transaction():
        release_message(held.id, by=tess)
    with transaction():
        release_message(held.id, by=mira)

    assert claim() is not None


def test_the_manager_lets_all_go_on_one_page(mira: Browser, frank: Browser) -> None:
    set_limits(mira.actor, a_day=0)
    reference = builders.make_ticket(frank.actor, email=None)
    assert claim() is None
    page = mira.get("/messages/limits")
    assert "one text waits" in page.text
    assert frank.get("/messages/limits").status_code == 403

    mira.send("/messages/limits/release")

    assert the_message(channel=Channel.SMS).state is State.QUEUED
    assert claim() is not None
    assert "Held message released" in mira.get(f"/tickets/{reference}").text


def test_what_the_manager_lets_go_on_one_page_names_no_date_that_has_passed(
    mira: Browser, morning: time_machine.Traveller
) -> None:
    reference = builders.make_ticket(mira.actor, stage=Stage.APPROVED, email=None)
    with transaction():
        db.session.execute(update(OutgoingMessage).values(state=State.WITHDRAWN))
        ticket = tickets.get_ticket_for_change(reference, by=mira.actor)
        facts = MoveFacts(promised_to=date(2026, 3, 4))
        tickets.move_ticket(ticket, Verb.START_REPAIR, by=mira.actor, facts=facts)
        held = db.session.get_one(OutgoingMessage, list_messages_within()[-1])
        held.state, held.due_at, held.error_code = State.HELD, None, "limit_day"

    morning.move_to(datetime(2026, 3, 6, 10, 0, tzinfo=UTC))
    with transaction():
        assert operating.release_over_limits(by=mira.actor) == 1

    message = list_messages()[-1]
    assert message.state is State.QUEUED
    assert "Ready by" not in message.text
    assert "Ready by Wed 4 Mar" in message.first_text


def test_the_message_says_which_limit_holds_it(mira: Browser) -> None:
    set_limits(mira.actor, a_day=0)
    reference = builders.make_ticket(mira.actor, email=None)
    assert claim() is None

    assert "as many texts as a day allows" in mira.get(f"/tickets/{reference}").text


@pytest.mark.parametrize("notice", [Notice.HELP, Notice.REPLY])
def test_words_to_somebody_without_a_repair_count_too(tess: Actor, notice: Notice) -> None:
    set_limits(tess, a_day=0)
    with transaction():
        write_to_stranger(notice, tess)

    assert claim() is None
    assert the_message(notice=notice).error_code == "limit_day"


def test_word_to_the_shop_itself_is_never_held_by_a_limit(tess: Actor) -> None:
    set_limits(tess, a_day=0)
    with transaction():
        write_to_stranger(Notice.STAFF_ALERT, tess)

    assert claim() is not None


def test_the_limits_are_set_on_a_page_and_nonsense_is_refused_at_its_field(mira: Browser) -> None:
    good = {"quiet_from": "20:30", "quiet_to": "7:15", "to_one_number_a_day": "5", "a_day": "50"}
    good |= {"a_month": "500", "countries": "gb, ie"}

    for name, value, said in (
        ("quiet_from", "25:00", "like 08:00"),
        ("a_day", "-1", "whole number"),
        ("a_month", "many", "whole number"),
        ("countries", "GB XX", "XX is no country code"),
    ):
        answer = mira.send("/messages/limits", good | {name: value})
        assert (answer.status_code, said in answer.text) == (422, True), name
        assert 'value="20:30"' in answer.text or name == "quiet_from"
    assert mira.send("/messages/limits", good).status_code == 302

    limits = spending.get_limits(mira.actor.shop_id)
    assert limits == Limits(to_one_number_a_day=5, a_day=50, a_month=500, countries=frozenset({"GB", "IE"}))
    assert spending.get_quiet(mira.actor.shop_id) == ("20:30", "07:15")


def test_a_code_that_is_no_country_is_named() -> None:
    assert Limits.read_countries(" gb,ie  es") == {"GB", "IE", "ES"}
    with pytest.raises(CountryUnknown):
        Limits.read_countries("GB ZZ")


def test_a_country_the_shop_does_not_text_is_told_by_mail_and_the_preview_says_why(tess: Actor) -> None:
    set_limits(tess, countries=frozenset({"GB"}))
    reference = builders.make_ticket(tess, phone="+34 612 345 678", email="carl@example.com")

    shown = preview(reference, Verb.START_DIAGNOSIS, by=tess)
    move(reference, Verb.START_DIAGNOSIS, tess)

    assert [entry.reason for entry in shown.not_sent] == [NotSentReason.OUT_OF_BOUNDS]
    assert {message.channel for message in list_messages()} == {Channel.EMAIL}


def test_strangers_cannot_make_a_shop_text_other_countries(tess: Actor) -> None:
    """A link may be asked for by anybody; a stage is told to a number that staff have typed."""
    reference = builders.make_ticket(tess, phone="+34 612 345 678", email=None)
    assert {message.channel for message in list_messages()} == {Channel.SMS}

    with transaction():
        queue_notice(Notice.LINK, builders.get_ticket(reference), event_key="link:1")

    assert the_message(event_key="link:1").channel is Channel.CALL


def test_a_sender_goes_at_its_pace_whatever_the_pauses() -> None:
    free_at, gone, at = NOON, 0, NOON
    for _ in range(200):  # ten seconds in steps of fifty milliseconds
        while (following := next_free(free_at, at=at, per_second=10)) is not None:
            free_at, gone = following, gone + 1
        at += timedelta(milliseconds=50)

    assert 100 <= gone <= 106


@pytest.mark.both_databases
def test_all_workers_share_a_senders_pace(tess: Actor) -> None:
    for _ in range(9):
        builders.make_ticket(tess, email=None)

    taken = [claim(sender="twilio", per_second=2) for _ in range(9)]

    assert 1 <= sum(one is not None for one in taken) <= 3


HOURS = [
    ([("21:00", "08:00")], "20:59", False, None),
    ([("21:00", "08:00")], "21:00", True, "08:00"),
    ([("21:00", "08:00"), ("08:00", "09:30")], "22:00", True, "09:30"),
    ([("21:00", "08:00"), ("13:00", "15:00")], "14:00", True, "15:00"),
    ([("21:00", "21:00")], "23:00", False, None),
    ([], "03:00", False, None),
]


@pytest.mark.parametrize(("hours", "at", "is_quiet", "end"), HOURS)
def test_quiet_hours_of_shop_and_customer_hold_together(
    hours: list[tuple[str, str]], at: str, is_quiet: bool, end: str | None
) -> None:
    quiet, moment = quiet_times(hours, zone="UTC"), datetime.fromisoformat(f"2026-03-04T{at}+00:00")

    assert quiet.contains(moment) is is_quiet
    if end is not None:
        assert f"{quiet.next_end(moment):%H:%M}" == end
        assert not quiet.contains(quiet.next_end(moment))


def test_quiet_hours_round_the_clock_do_not_hang() -> None:
    quiet = quiet_times([("08:00", "20:00"), ("20:00", "08:00")], zone="UTC")

    assert isinstance(quiet, QuietTimes)
    assert quiet.next_end(NOON) > NOON


def test_the_customers_own_quiet_hours_hold_a_text(tess: Actor) -> None:
    reference = builders.make_ticket(tess, email=None)
    with transaction():
        customer = db.session.scalars(select(Customer)).one()
        customer.quiet_from, customer.quiet_to = "09:00", "11:00"

    move(reference, Verb.START_DIAGNOSIS, tess)

    held = list_messages()[-1]
    assert held.state is State.HELD
    assert f"{held.send_after:%H:%M}" == "11:00"


def test_a_text_that_was_refused_all_evening_wakes_nobody(tess: Actor) -> None:
    builders.make_ticket(tess, email=None)
    set_limits(tess, quiet=("09:30", "10:30"))  # the clock of these tests stands at ten
    with transaction():
        the_message().send_after = clock.now() - timedelta(hours=1)

    assert claim() is None

    message = the_message()
    assert (message.state, message.attempts, message.error_code) == (State.HELD, 0, "")
    assert message.due_at is not None
    assert f"{message.due_at:%H:%M}" == "10:30"


def test_what_may_wait_at_the_provider_ends_where_quiet_hours_begin(tess: Actor) -> None:
    builders.make_ticket(tess, email=None)
    set_limits(tess, quiet=("10:20", "11:00"))

    taken = claim()

    assert taken is not None
    assert taken.quiet.next_begin(clock.now()) - clock.now() <= timedelta(minutes=20)


def test_a_customers_hours_are_typed_both_or_neither(frank: Browser) -> None:
    builders.make_ticket(frank.actor, email=None)
    customer = db.session.scalars(select(Customer)).one()
    path, form = f"/customers/{customer.id}/name", {"name": customer.name, "language": "en"}

    assert frank.send(path, form | {"quiet_from": "22:00"}).status_code == 422
    assert frank.send(path, form | {"quiet_from": "late", "quiet_to": "7:00"}).status_code == 422
    assert frank.send(path, form | {"quiet_from": "22:00", "quiet_to": "7:00"}).status_code == 302

    db.session.expire_all()
    assert (customer.quiet_from, customer.quiet_to) == ("22:00", "07:00")
