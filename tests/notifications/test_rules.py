"""Who is told what, when and where: tables without application and database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.notifications.planning import (
    NotSentReason,
    QuietHours,
    Reach,
    due_after,
    night_of,
    plan,
    send_after_move,
    validity,
)
from repairshop.notifications.retrying import BACK_OFF_SECONDS, TRY_FOR, next_try
from repairshop.notifications.rules import (
    TRANSITIONS,
    Channel,
    MessageIsPast,
    Notice,
    OutboxReason,
    Purpose,
    State,
    is_news,
    masked_link,
    notice_for_move,
    require_transition,
    state_reported,
    why_outbox,
)
from repairshop.staff.rules import ActorKind
from repairshop.tickets.stages import ARROWS, OPENING_VERBS, Stage, Verb, outcome_after

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LONDON = night_of("Europe/London")
SECOND_MAIL = Reach(
    channel=Channel.EMAIL, address="home@example.com", language="en", wakes=False, is_number=False
)
PHONE = Reach(channel=Channel.SMS, address="+447700900123", language="en", wakes=True, is_number=True)
SECOND_PHONE = Reach(channel=Channel.SMS, address="+447700900456", language="en", wakes=True, is_number=True)
MAIL = Reach(channel=Channel.EMAIL, address="carl@example.com", language="es", wakes=False, is_number=False)


def planned(
    *reaches: Reach, purpose: Purpose = Purpose.SERVICE, at: datetime = NOON
) -> list[tuple[Channel, str]]:
    made = plan(purpose, reaches, send_after=at, quiet=LONDON, language="en")
    return [(message.channel, message.address) for message in made.sends]


def but(reach: Reach, **changes: bool) -> Reach:
    from dataclasses import replace

    return replace(reach, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reaches", "expected"),
    [
        ((PHONE, MAIL), [(Channel.SMS, PHONE.address), (Channel.EMAIL, MAIL.address)]),
        ((MAIL, PHONE), [(Channel.EMAIL, MAIL.address), (Channel.SMS, PHONE.address)]),
        ((PHONE, SECOND_PHONE), [(Channel.SMS, PHONE.address)]),
        ((but(PHONE, paused=True), SECOND_PHONE), [(Channel.SMS, SECOND_PHONE.address)]),
        ((but(PHONE, paused=True), MAIL), [(Channel.EMAIL, MAIL.address)]),
        ((but(PHONE, opted_out=True), MAIL), [(Channel.EMAIL, MAIL.address)]),
        ((but(PHONE, may_notify=False), MAIL), [(Channel.EMAIL, MAIL.address)]),
        ((but(PHONE, opted_out=True),), [(Channel.CALL, PHONE.address)]),
        ((but(PHONE, may_notify=False),), [(Channel.CALL, PHONE.address)]),
        ((but(PHONE, paused=True),), [(Channel.CALL, "")]),
        ((but(MAIL, opted_out=True),), [(Channel.CALL, "")]),
        ((), [(Channel.CALL, "")]),
    ],
)
def test_a_service_notice_goes_once_by_each_channel_or_becomes_a_call(
    reaches: tuple[Reach, ...], expected: list[tuple[Channel, str]]
) -> None:
    assert planned(*reaches) == expected


def test_a_survey_never_becomes_a_call() -> None:
    assert planned(but(PHONE, opted_out=True), purpose=Purpose.SURVEY) == []


def test_a_code_goes_even_after_stop_but_never_to_the_phone_in_our_drawer() -> None:
    assert planned(but(PHONE, opted_out=True), purpose=Purpose.CODE) == [(Channel.SMS, PHONE.address)]
    assert planned(but(PHONE, paused=True), MAIL, purpose=Purpose.CODE) == [(Channel.EMAIL, MAIL.address)]


def test_every_address_that_gets_nothing_has_its_reason() -> None:
    made = plan(
        Purpose.SERVICE,
        (but(PHONE, paused=True), MAIL, SECOND_MAIL),
        send_after=NOON,
        quiet=LONDON,
        language="en",
    )

    assert [entry.reason for entry in made.not_sent] == [NotSentReason.PAUSED, NotSentReason.NOT_FIRST]
    assert made.sends[0].language == "es"


@pytest.mark.parametrize(
    ("hour", "held", "goes"),
    [(7, True, 8), (8, False, 8), (12, False, 12), (20, False, 20), (21, True, 32), (23, True, 32)],
)
def test_texts_rest_at_night_and_mails_do_not(hour: int, held: bool, goes: int) -> None:
    day = datetime(2026, 3, 4, tzinfo=UTC)  # London keeps UTC in March
    at = day + timedelta(hours=hour)

    (text,) = plan(Purpose.SERVICE, (PHONE,), send_after=at, quiet=LONDON, language="en").sends
    (mail,) = plan(Purpose.SERVICE, (MAIL,), send_after=at, quiet=LONDON, language="en").sends
    (code,) = plan(Purpose.CODE, (PHONE,), send_after=at, quiet=LONDON, language="en").sends

    assert (text.held, text.send_after) == (held, day + timedelta(hours=goes))
    assert (mail.held, mail.send_after) == (False, at)
    assert (code.held, code.send_after) == (False, at)


@pytest.mark.parametrize(
    ("zone", "at", "ends"),
    [
        # The night the clocks go forward and the one they go back, in London and New York.
        ("Europe/London", datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 7, 0, tzinfo=UTC)),
        (
            "Europe/London",
            datetime(2026, 10, 24, 22, 0, tzinfo=UTC),
            datetime(2026, 10, 25, 8, 0, tzinfo=UTC),
        ),
        ("America/New_York", datetime(2026, 3, 8, 4, 0, tzinfo=UTC), datetime(2026, 3, 8, 12, 0, tzinfo=UTC)),
        (
            "America/New_York",
            datetime(2026, 11, 1, 4, 0, tzinfo=UTC),
            datetime(2026, 11, 1, 13, 0, tzinfo=UTC),
        ),
    ],
)
def test_the_night_ends_at_eight_local_time_whatever_the_clocks_do(
    zone: str, at: datetime, ends: datetime
) -> None:
    quiet = night_of(zone)

    assert quiet.contains(at)
    assert quiet.next_end(at) == ends


@given(
    st.integers(0, 2 * 365 * 24 * 60),
    st.sampled_from(["Europe/London", "America/New_York", "Pacific/Chatham", "Australia/Lord_Howe", "UTC"]),
)
def test_a_held_text_goes_within_a_night_and_never_in_one(minutes: int, zone: str) -> None:
    quiet, at = night_of(zone), NOON + timedelta(minutes=minutes)
    if not quiet.contains(at):
        return

    ends = quiet.next_end(at)

    assert timedelta(0) < ends - at <= timedelta(hours=12)
    assert not quiet.contains(ends)


@pytest.mark.parametrize(("hour", "seconds"), [(9, 36_000), (12, 32_400), (20, 3_600), (21, 36_000)])
def test_a_text_never_waits_at_the_provider_into_the_night(hour: int, seconds: int) -> None:
    at = datetime(2026, 3, 4, hour, tzinfo=UTC)

    assert validity(Purpose.SERVICE, at=at, quiet=LONDON).total_seconds() == seconds
    assert validity(Purpose.CODE, at=at, quiet=LONDON).total_seconds() == 600


def test_quiet_hours_may_lie_inside_one_day() -> None:
    siesta = QuietHours(begin=LONDON.end, end=LONDON.begin, zone="UTC")

    assert siesta.contains(NOON)
    assert not siesta.contains(NOON.replace(hour=22))


@pytest.mark.parametrize(
    ("origin", "verb"), [(stage, verb) for stage, verbs in ARROWS.items() for verb in verbs]
)
def test_every_arrow_has_its_one_decision_about_notices(origin: Stage, verb: Verb) -> None:
    target = ARROWS[origin][verb]
    ends = outcome_after(verb, chosen=None, current=None)

    notice = notice_for_move(verb, target=target, outcome=ends)

    assert (notice is None) == (verb is Verb.CHECK_IN)


def test_opening_a_ticket_tells_only_those_who_are_not_at_the_counter() -> None:
    said = {
        (verb, stage): notice_for_move(verb, target=stage, outcome=None)
        for verb, stages in OPENING_VERBS.items()
        for stage in stages
    }

    assert said == {
        (Verb.BOOK, Stage.BOOKED): Notice.BOOKED,
        (Verb.TAKE_IN, Stage.RECEIVED): None,
        (Verb.OPEN_WARRANTY_CLAIM, Stage.BOOKED): Notice.BOOKED,
        (Verb.OPEN_WARRANTY_CLAIM, Stage.RECEIVED): None,
    }


def test_only_staff_moves_wait_for_the_undo_window() -> None:
    until = NOON + timedelta(seconds=30)

    waits = {kind: send_after_move(at=NOON, undo_until=until, by=kind) for kind in ActorKind}

    assert waits == {ActorKind.STAFF: until, ActorKind.CUSTOMER: NOON, ActorKind.SYSTEM: NOON}
    assert due_after(NOON, at=NOON) == NOON
    assert due_after(until, at=NOON) == until + timedelta(milliseconds=500)


def test_no_state_is_left_that_cannot_be_left() -> None:
    final = {state for state, following in TRANSITIONS.items() if not following}

    assert set(TRANSITIONS) == set(State)
    assert final == {
        State.DELIVERED,
        State.UNDELIVERED,
        State.FAILED,
        State.SUPPRESSED,
        State.WITHDRAWN,
    }
    assert State.SENDING not in TRANSITIONS[State.UNKNOWN]


@pytest.mark.parametrize("final", [State.DELIVERED, State.FAILED, State.WITHDRAWN])
@pytest.mark.parametrize("target", list(State))
def test_nothing_leads_back_from_a_final_state(final: State, target: State) -> None:
    with pytest.raises(MessageIsPast):
        require_transition(final, target)


@pytest.mark.parametrize(
    ("known", "status", "news"),
    [
        ("", "queued", True),
        ("queued", "sent", True),
        ("sent", "sent", False),
        ("delivered", "sent", False),
        ("delivered", "failed", False),
        ("delivered", "read", True),
        ("sent", "flying", False),
    ],
)
def test_reports_only_go_forward(known: str, status: str, news: bool) -> None:
    assert is_news(status, known=known) is news


def test_a_word_nobody_knows_is_no_report() -> None:
    assert state_reported("flying") is None
    assert state_reported("queued") is State.SENT


def test_the_waits_grow_and_six_hours_are_the_end() -> None:
    at, waits = NOON, []
    for attempt in range(1, 100):
        following = next_try(attempts=attempt, since=NOON, at=at, chance=0)
        if following is None:
            break
        waits.append((following - at).total_seconds())
        at = following

    assert waits[: len(BACK_OFF_SECONDS)] == list(BACK_OFF_SECONDS)
    assert waits == sorted(waits)
    assert TRY_FOR - timedelta(hours=1) < at - NOON <= TRY_FOR


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True))
def test_jitter_only_shortens_a_wait_by_a_fifth(attempts: int, chance: float) -> None:
    following = next_try(attempts=attempts, since=NOON, at=NOON, chance=chance)

    assert following is not None
    whole = BACK_OFF_SECONDS[min(attempts, len(BACK_OFF_SECONDS)) - 1]
    assert 0.8 * whole <= (following - NOON).total_seconds() + 1e-5
    assert (following - NOON).total_seconds() <= whole


@pytest.mark.parametrize(
    ("is_set_up", "is_demo", "local", "private", "reason"),
    [
        (False, False, False, False, OutboxReason.NOT_SET_UP),
        (False, True, True, True, OutboxReason.NOT_SET_UP),
        (True, True, False, False, OutboxReason.DEMO_SHOP),
        (True, False, False, True, OutboxReason.PRIVATE_ADDRESS),
        (True, True, True, True, None),
        (True, False, False, False, None),
    ],
)
def test_a_real_provider_is_used_only_for_real_people_with_links_that_work(
    is_set_up: bool, is_demo: bool, local: bool, private: bool, reason: OutboxReason | None
) -> None:
    found = why_outbox(
        is_set_up=is_set_up, is_demo=is_demo, provider_is_local=local, address_is_private=private
    )

    assert found is reason


def test_pages_never_show_where_a_link_leads() -> None:
    assert masked_link("Follow it: {link}") == "Follow it: •••/t/•••"
