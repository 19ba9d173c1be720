"""What a text means and whose it is, as tables; threading as a property."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.errors import Refused
from repairshop.inbox.rules import (
    HELP_WORDS,
    MOST_HELP_A_DAY,
    START_WORDS,
    STOP_WORDS,
    Candidate,
    Hint,
    InboundKind,
    Owner,
    ReplyPlaceholderUnknown,
    Thread,
    answers_help,
    can_be_texted,
    filled,
    find_thread,
    hints,
    is_awake,
    kind_of_inbound,
    require_known_placeholders,
    waits_for_somebody,
)
from repairshop.tickets.stages import Stage

CARL = "+447700900123"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("STOP", InboundKind.STOP),
        (" stop. ", InboundKind.STOP),
        ("Baja", InboundKind.STOP),
        ("Arrêt !", InboundKind.STOP),
        ("abmelden", InboundKind.STOP),
        ("end", InboundKind.STOP),
        ("Revoke", InboundKind.STOP),
        ("Stop calling me", InboundKind.REPLY),
        ("STOP STOP", InboundKind.REPLY),
        ("START", InboundKind.START),
        ("Unstop", InboundKind.START),
        ("help", InboundKind.HELP),
        ("¿Ayuda?", InboundKind.HELP),
        ("Hilfe", InboundKind.HELP),
        ("yes", InboundKind.START),
        ("Yes, go ahead with the repair", InboundKind.REPLY),
        ("ok", InboundKind.REPLY),
        ("👍", InboundKind.REPLY),
        ("", InboundKind.REPLY),
    ],
)
def test_only_a_word_on_its_own_is_a_command(body: str, kind: InboundKind) -> None:
    assert kind_of_inbound(body) is kind


def test_a_yes_of_somebody_who_stopped_nothing_is_an_answer() -> None:
    assert kind_of_inbound("YES", has_stopped=False) is InboundKind.REPLY
    assert kind_of_inbound("START", has_stopped=False) is InboundKind.START


def test_no_word_means_two_things() -> None:
    assert not (STOP_WORDS & START_WORDS)
    assert not (STOP_WORDS & HELP_WORDS)
    assert not (START_WORDS & HELP_WORDS)


@pytest.mark.parametrize(
    ("body", "waits"),
    [("STOP", False), ("baja", False), ("Cancel", True), ("END", True), ("quit", True), ("START", False)],
)
def test_a_stop_that_may_have_meant_the_repair_is_looked_at(body: str, waits: bool) -> None:
    assert waits_for_somebody(kind_of_inbound(body), body) is waits


@pytest.mark.parametrize(
    ("body", "hours_ago", "today", "answered"),
    [
        ("Ayuda", None, 0, True),
        ("Ayuda", 25, 0, True),
        ("Ayuda", 23, 1, False),
        ("Ayuda", None, MOST_HELP_A_DAY, False),
        ("HELP", None, 0, False),  # the provider does
        ("info", None, 0, False),
    ],
)
def test_help_is_answered_once_a_day_and_never_beside_the_provider(
    body: str, hours_ago: int | None, today: int, answered: bool
) -> None:
    last = NOON - timedelta(hours=hours_ago) if hours_ago is not None else None

    assert answers_help(body, last=last, today=today, at=NOON) is answered


@pytest.mark.parametrize(
    ("body", "kind", "pictures", "stage", "is_open", "sender", "found"),
    [
        (
            "Yes go ahead",
            InboundKind.REPLY,
            0,
            Stage.AWAITING_APPROVAL,
            True,
            CARL,
            [Hint.DECISION],
        ),
        (
            "Sí, adelante",
            InboundKind.REPLY,
            0,
            Stage.AWAITING_APPROVAL,
            True,
            CARL,
            [Hint.DECISION],
        ),
        ("Nein danke", InboundKind.REPLY, 0, Stage.AWAITING_APPROVAL, True, CARL, [Hint.DECISION]),
        ("Yes", InboundKind.REPLY, 0, Stage.IN_REPAIR, True, CARL, []),
        (
            "Yes but first tell me how long it would take you",
            InboundKind.REPLY,
            0,
            Stage.AWAITING_APPROVAL,
            True,
            CARL,
            [],
        ),
        ("Look", InboundKind.REPLY, 2, Stage.IN_REPAIR, True, CARL, [Hint.PICTURES]),
        ("Thanks", InboundKind.REPLY, 0, Stage.HANDED_OVER, False, CARL, [Hint.CLOSED]),
        ("Cancel", InboundKind.STOP, 0, Stage.BOOKED, True, CARL, [Hint.MAY_BE_STOP]),
        ("Win", InboundKind.REPLY, 0, None, False, "80085", [Hint.NOT_A_NUMBER]),
    ],
)
def test_staff_are_told_what_a_text_may_mean(
    body: str,
    kind: InboundKind,
    pictures: int,
    stage: Stage | None,
    is_open: bool,
    sender: str,
    found: list[Hint],
) -> None:
    shown = hints(body, kind, pictures=pictures, stage=stage, is_open=is_open, sender=sender)

    assert list(shown) == found


@pytest.mark.parametrize(
    ("sender", "can"),
    [
        (CARL, True),
        ("80085", False),
        ("Fixwell", False),
        ("whatsapp:+447700900123", False),
        ("+0", False),
        ("", False),
        ("+44770090012³", False),
    ],
)
def test_a_text_goes_back_to_phone_numbers_only(sender: str, can: bool) -> None:
    assert can_be_texted(sender) is can


def owner(customer_id: int, shop_id: int = 1) -> Owner:
    return Owner(customer_id=customer_id, shop_id=shop_id)


def ticket(ticket_id: int, customer_id: int, *, is_open: bool = True, shop_id: int = 1) -> Candidate:
    return Candidate(ticket_id=ticket_id, shop_id=shop_id, customer_id=customer_id, is_open=is_open)


@pytest.mark.parametrize(
    ("owners", "tickets", "last_writer", "only_shop", "thread"),
    [
        # the newest open repair, whoever's
        (
            [owner(7), owner(8)],
            [ticket(1, 7), ticket(2, 8), ticket(3, 7, is_open=False)],
            1,
            1,
            Thread(shop_id=1, ticket_id=2, customer_id=8),
        ),
        # nothing open: the one person and their newest repair
        (
            [owner(7)],
            [ticket(1, 7, is_open=False), ticket(4, 7, is_open=False)],
            1,
            1,
            Thread(shop_id=1, ticket_id=4, customer_id=7),
        ),
        # nothing open and two people: nobody is guessed
        ([owner(7), owner(8)], [ticket(1, 7, is_open=False)], 1, 1, Thread(shop_id=1)),
        # a person without a repair
        ([owner(7)], [], None, 1, Thread(shop_id=1, customer_id=7)),
        # nobody: whoever wrote there last, else the only shop, else nobody's
        ([], [], 2, None, Thread(shop_id=2)),
        ([], [], None, 1, Thread(shop_id=1)),
        ([], [], None, None, Thread()),
        # people of two shops: the one that wrote last
        ([owner(7, 1), owner(9, 2)], [], 2, None, Thread(shop_id=2, customer_id=9)),
        ([owner(7, 1), owner(9, 2)], [], None, None, Thread()),
    ],
)
def test_whose_a_text_is(
    owners: list[Owner],
    tickets: list[Candidate],
    last_writer: int | None,
    only_shop: int | None,
    thread: Thread,
) -> None:
    assert find_thread(owners, tickets, last_writer=last_writer, only_shop=only_shop) == thread


@st.composite
def families(draw: st.DrawFn) -> tuple[list[Owner], list[Candidate]]:
    """People of up to three shops with one number, and their repairs."""
    people = draw(
        st.lists(
            st.builds(Owner, customer_id=st.integers(1, 9), shop_id=st.integers(1, 3)),
            max_size=4,
            unique_by=lambda one: one.customer_id,
        )
    )
    if not people:
        return [], []
    repairs = draw(st.lists(st.tuples(st.sampled_from(people), st.booleans()), max_size=8))
    return people, [
        Candidate(ticket_id=number, shop_id=who.shop_id, customer_id=who.customer_id, is_open=is_open)
        for number, (who, is_open) in enumerate(repairs, start=1)
    ]


@given(families(), st.sampled_from([None, 1, 2, 3]), st.randoms())
def test_threading_never_guesses_a_person_and_never_passes_an_open_repair_by(
    family: tuple[list[Owner], list[Candidate]], last_writer: int | None, chance: object
) -> None:
    owners, tickets = family
    found = find_thread(owners, tickets, last_writer=last_writer, only_shop=None)
    opened = [one for one in tickets if one.is_open]

    if opened:
        assert found.ticket_id == max(one.ticket_id for one in opened)
    if found.ticket_id is not None:
        (chosen,) = [one for one in tickets if one.ticket_id == found.ticket_id]
        assert (chosen.shop_id, chosen.customer_id) == (found.shop_id, found.customer_id)
    if found.customer_id is not None:
        (person,) = [one for one in owners if one.customer_id == found.customer_id]
        assert person.shop_id == found.shop_id
        if not opened:
            assert [one for one in owners if one.shop_id == found.shop_id] == [person]
    if not owners:
        assert found == Thread(shop_id=last_writer)
    shuffled_owners, shuffled = list(owners), list(tickets)
    chance.shuffle(shuffled_owners)  # type: ignore[attr-defined]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert find_thread(shuffled_owners, shuffled, last_writer=last_writer, only_shop=None) == found


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("Hello {name}, it is ready.", {"name": "Carl"}, "Hello Carl, it is ready."),
        ("Hello {name}, it is ready.", {"name": ""}, "Hello, it is ready."),
        ("See {link} about {ticket}", {"ticket": "R-1"}, "See {link} about R-1"),
        ("{name}", {"name": "{ticket}", "ticket": "R-1"}, "{ticket}"),
    ],
)
def test_a_prepared_reply_is_filled_once_and_leaves_no_gap(
    text: str, values: dict[str, str], words: str
) -> None:
    assert filled(text, values) == words


@pytest.mark.parametrize("text", ["{code}", "{}", "{name.__class__}", "Hi {Name}"])
def test_a_prepared_reply_names_only_what_is_filled(text: str) -> None:
    if text == "{name.__class__}":
        assert filled(text, {"name": "Carl"}) == text  # no placeholder, so it stays as typed
        return
    with pytest.raises(ReplyPlaceholderUnknown) as refusal:
        require_known_placeholders(text)
    assert isinstance(refusal.value, Refused)


@pytest.mark.parametrize(("minutes", "awake"), [(0, True), (59, True), (60, False), (None, False)])
def test_who_has_just_written_may_be_answered_at_night(minutes: int | None, awake: bool) -> None:
    last = NOON - timedelta(minutes=minutes) if minutes is not None else None

    assert is_awake(last, at=NOON) is awake
