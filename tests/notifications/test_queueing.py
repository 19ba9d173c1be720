"""Every stage change writes its messages in the same transaction; undo takes them back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.notifications import operating, over_age, service
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, Notice, State
from repairshop.staff.rules import Actor, Role
from repairshop.tickets import service as tickets
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests import builders
from tests.notifications.desk import GRACE, list_messages

WORK = (Verb.START_DIAGNOSIS, Verb.PROCEED_WITHIN_LIMIT, Verb.START_REPAIR, Verb.FINISH)

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop())


def move(reference: str, verb: Verb, by: Actor) -> None:
    with transaction():
        tickets.move_ticket(tickets.get_ticket_for_change(reference, by=by), verb, by=by)


def messages(reference: str | None = None) -> list[OutgoingMessage]:
    query = select(OutgoingMessage).order_by(OutgoingMessage.id).execution_options(populate_existing=True)
    if reference:
        query = query.where(OutgoingMessage.ticket_id == builders.get_ticket(reference).id)
    return list(db.session.scalars(query))


def states(reference: str | None = None) -> list[tuple[Notice, State]]:
    return [(message.notice, message.state) for message in messages(reference)]


def test_a_completed_check_in_is_told_at_once(tess: Actor) -> None:
    reference = builders.make_ticket(tess)

    (message,) = messages(reference)

    assert (message.notice, message.channel, message.recipient) == (
        Notice.RECEIVED,
        Channel.SMS,
        "+447700900123",
    )
    assert message.send_after == message.created_at
    assert message.text == "Fixwell: we have your phone, R-1. Follow it: {link}"


def test_taking_in_alone_tells_nobody(tess: Actor) -> None:
    reference = builders.make_ticket(tess, checked_in=False)

    assert messages(reference) == []


def test_a_staff_move_waits_for_the_undo_window(tess: Actor) -> None:
    reference = builders.make_ticket(tess)

    move(reference, Verb.START_DIAGNOSIS, tess)

    message = messages(reference)[-1]
    assert message.notice is Notice.DIAGNOSING
    assert message.send_after - message.created_at == pytest.approx(
        timedelta(seconds=30), abs=timedelta(seconds=1)
    )


def test_a_move_that_is_rolled_back_leaves_no_message(tess: Actor) -> None:
    reference = builders.make_ticket(tess)

    def move_and_fail() -> None:
        with transaction():
            ticket = tickets.get_ticket_for_change(reference, by=tess)
            tickets.move_ticket(ticket, Verb.START_DIAGNOSIS, by=tess)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        move_and_fail()

    assert [notice for notice, _ in states(reference)] == [Notice.RECEIVED]


def test_undo_withdraws_the_notice_and_brings_the_superseded_one_back(tess: Actor) -> None:
    reference = builders.make_ticket(tess, stage=Stage.APPROVED)
    move(reference, Verb.START_REPAIR, tess)
    move(reference, Verb.FINISH, tess)
    assert states(reference)[-2:] == [
        (Notice.IN_REPAIR, State.SUPERSEDED),
        (Notice.FINAL_CHECKS, State.QUEUED),
    ]

    with transaction():
        tickets.undo_move(reference, by=tess)

    assert states(reference)[-2:] == [
        (Notice.IN_REPAIR, State.QUEUED),
        (Notice.FINAL_CHECKS, State.WITHDRAWN),
    ]


def test_the_same_event_is_written_once_however_often_it_is_announced(tess: Actor) -> None:
    reference = builders.make_ticket(tess)

    for _ in range(3):
        with transaction():
            ticket = tickets.get_ticket_for_change(reference, by=tess)
            service.queue_notice(Notice.QUOTE_REMINDER, ticket, event_key="quote:7:reminder:1")

    assert [notice for notice, _ in states(reference)].count(Notice.QUOTE_REMINDER) == 1


def two_tickets_of_one_visit(by: Actor, stage: Stage) -> tuple[str, str]:
    with transaction():
        customer = builders.make_customer(by)
        visit = tickets.open_visit(customer, by=by)
        made = []
        for model in ("iPhone 13", "iPhone 15"):
            new = tickets.NewTicket(device=builders.make_device(by, customer, model=model))
            ticket = tickets.open_ticket(visit, new, verb=Verb.TAKE_IN, stage=Stage.RECEIVED, by=by)
            tickets.complete_check_in(ticket, by=by)
            made.append(ticket)
        for ticket in made:
            for verb in WORK if stage is Stage.FINAL_CHECKS else ():
                tickets.move_ticket(ticket, verb, by=by)
        return made[0].code, made[1].code


def test_tickets_of_one_visit_share_one_text(tess: Actor) -> None:
    two_tickets_of_one_visit(tess, Stage.RECEIVED)

    host, guest = messages()

    assert (host.state, guest.state, guest.superseded_by_id) == (State.QUEUED, State.SUPERSEDED, host.id)
    assert host.text == "Fixwell: we have your 2 devices, R-1, R-2. Follow them: {link}"


def ready_notice() -> OutgoingMessage:
    return next(row for row in messages() if (row.notice, row.state) == (Notice.READY, State.QUEUED))


def test_what_is_new_does_not_join_a_text_that_waits_for_somebody(tess: Actor) -> None:
    """It would not go, and be gone when somebody takes the held one back."""
    first, second = two_tickets_of_one_visit(tess, Stage.FINAL_CHECKS)
    move(first, Verb.RELEASE, tess)
    with transaction():
        operating.hold_everything(by=tess)
    (held,) = (row.id for row in messages(first) if (row.notice, row.state) == (Notice.READY, State.HELD))

    move(second, Verb.RELEASE, tess)

    assert ("R-1" in ready_notice().text, "R-2" in ready_notice().text) == (False, True)
    (before,) = list_messages(id=held)
    assert (before.state, "R-2" in before.text) == (State.HELD, False)


def test_a_ticket_that_leaves_a_shared_text_leaves_the_other_in_it(tess: Actor) -> None:
    first, second = two_tickets_of_one_visit(tess, Stage.FINAL_CHECKS)
    for reference in (first, second):
        move(reference, Verb.RELEASE, tess)
    host = ready_notice()
    assert "R-1, R-2" in host.text

    with transaction():
        tickets.undo_move(first, by=tess)

    db.session.refresh(host)
    assert (host.state, "R-1" in host.text, "R-2" in host.text) == (State.QUEUED, False, True)


def test_the_guest_of_a_shared_text_can_be_undone_alone(tess: Actor) -> None:
    first, second = two_tickets_of_one_visit(tess, Stage.FINAL_CHECKS)
    for reference in (first, second):
        move(reference, Verb.RELEASE, tess)

    with transaction():
        tickets.undo_move(second, by=tess)

    host = ready_notice()
    assert ("R-1" in host.text, "R-2" in host.text) == (True, False)


def test_a_paused_number_gives_way_to_the_mail_address(tess: Actor) -> None:
    reference = builders.make_ticket(tess, email="carl@example.com")
    pause_number(reference)

    move(reference, Verb.START_DIAGNOSIS, tess)

    assert messages(reference)[-1].channel is Channel.EMAIL


def test_a_paused_number_alone_becomes_a_call_without_a_number(tess: Actor) -> None:
    reference = builders.make_ticket(tess, email=None)
    pause_number(reference)

    move(reference, Verb.START_DIAGNOSIS, tess)

    message = messages(reference)[-1]
    assert (message.channel, message.recipient) == (Channel.CALL, "")


def pause_number(reference: str) -> None:
    from repairshop.customers import service as customers

    with transaction():
        ticket = builders.get_ticket(reference)
        assert ticket.visit
        customers.pause_number_of(ticket.device, ticket.visit.customer.contact_points[0])


def test_words_a_person_changed_are_kept_and_the_first_ones_too(tess: Actor) -> None:
    reference = builders.make_ticket(tess)
    move(reference, Verb.START_DIAGNOSIS, tess)
    message = messages(reference)[-1]

    with transaction():
        service.edit_message(message.id, "Carl, we start with your phone now: {link}", by=tess)

    db.session.refresh(message)
    assert message.text == "Carl, we start with your phone now: {link}"
    assert message.first_text.startswith("Fixwell: R-1")
    assert message.edited_by_id == tess.id


def test_another_shops_message_does_not_exist(tess: Actor) -> None:
    from repairshop.errors import NotFound

    reference = builders.make_ticket(tess)
    stranger = builders.make_staff(builders.make_shop("Otherfix"), Role.OWNER, first_name="Olga")

    with pytest.raises(NotFound), transaction():
        service.withdraw_message(messages(reference)[0].id, by=stranger)


def test_strangers_cannot_run_up_a_bill(tess: Actor) -> None:
    reference = builders.make_ticket(tess)

    for number in range(20):
        with transaction():
            ticket = tickets.get_ticket_for_change(reference, by=tess)
            service.queue_notice(Notice.LINK, ticket, event_key=f"link:{number}")

    assert [notice for notice, _ in states(reference)].count(Notice.LINK) == 6


@pytest.mark.parametrize(
    ("latest", "notice", "words"),
    [
        (date(2026, 3, 13), Notice.PROMISE_LATE, "we are late with your phone, now by Fri 13 Mar"),
        (date(2026, 3, 5), Notice.NEW_DATES, "new date for your phone: by Thu 5 Mar"),
    ],
)
def test_other_dates_are_told_by_themselves(tess: Actor, latest: date, notice: Notice, words: str) -> None:
    from repairshop.promises import service as promises
    from repairshop.promises.rules import PromiseReason

    reference = builders.make_ticket(tess, stage=Stage.APPROVED)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess)
        promises.make_promise(
            ticket, earliest=date(2026, 3, 5), latest=date(2026, 3, 9), by=tess, reason=PromiseReason.QUOTE
        )
    with transaction():
        promises.change_promise(
            reference,
            earliest=date(2026, 3, 5),
            latest=latest,
            reason=PromiseReason.PART_LATE,
            note="",
            by=tess,
        )

    message = messages(reference)[-1]
    assert message.notice is notice
    assert words in message.text


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("waits", "code", "state"),
    [
        (None, "restored", State.HELD),
        (timedelta(hours=10), "", State.HELD),  # for the morning
        (timedelta(0), "", State.QUEUED),
    ],
    ids=["until somebody says so", "for the morning", "for nothing"],
)
def test_after_an_undo_a_message_waits_for_what_it_had_waited_for(
    tess: Actor, waits: timedelta | None, code: str, state: State
) -> None:
    reference = builders.make_ticket(tess, email=None)
    before = list_messages()[-1].id
    with transaction():
        message = db.session.get_one(OutgoingMessage, before)
        message.state = State.HELD if state is State.HELD else State.QUEUED
        message.due_at, message.error_code = None if waits is None else clock.now() + waits, code
    move(reference, Verb.START_DIAGNOSIS, tess)
    assert list_messages(id=before)[0].state is State.SUPERSEDED

    with transaction():
        tickets.undo_move(reference, by=tess)

    message = list_messages(id=before)[0]
    assert (message.state, message.error_code) == (state, code)
    if waits is None:
        assert over_age.sweep_over_age(grace=GRACE) == 0
        assert list_messages(id=before)[0].state is State.HELD
