"""Answers of staff: on the right way, by one person, kept on the ticket's story, taken back in time."""

import threading
from contextvars import Context
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.errors import Refused
from repairshop.inbox import service
from repairshop.inbox.reply import Way
from repairshop.inbox.rules import AnsweredMeanwhile, CallOutcome, Handled
from repairshop.notifications import consent, jobs
from repairshop.notifications.fallback import queue_fallback
from repairshop.notifications.limits import Limits
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, State
from repairshop.notifications.spending import set_limits
from repairshop.staff.rules import Role
from repairshop.tickets.attachments import ask_question
from repairshop.tickets.models import Question
from repairshop.tickets.service import actor_for_customer
from repairshop.transaction import transaction
from tests import builders
from tests.cast import Browser
from tests.inbox.desk import CARL, DANA, get_text, make_trouble, replies, text_from
from tests.notifications.desk import list_messages, the_message

pytestmark = pytest.mark.usefixtures("app_context")
SMS = f"sms:{CARL}"


def answer(who: Browser, text_id: int, words: str = "Tomorrow at noon.", **fields: object):
    return who.send(f"/messages/texts/{text_id}", {"text": words, "way": SMS, "seen": text_id, **fields})


def test_an_answer_goes_to_the_number_with_the_shops_name_and_the_tickets_number(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from()

    assert answer(frank, text_id).status_code == 302

    (reply,) = replies()
    assert (reply.channel, reply.recipient, reply.text) == (
        Channel.SMS,
        CARL,
        "Fixwell, R-1: Tomorrow at noon.",
    )
    assert 29 <= (reply.send_after - reply.created_at).total_seconds() <= 30
    text = get_text(id=text_id)
    assert (text.handled_how, text.handled_by_id, text.answer_id) == (
        Handled.ANSWERED,
        frank.actor.id,
        reply.id,
    )


def test_one_answer_answers_everything_that_waited_about_the_repair(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    first, second = text_from(body="Hi"), text_from(body="It's Carl. When?")

    answer(frank, first, seen=second)

    assert get_text(id=first).answer_id == get_text(id=second).answer_id
    assert len(replies()) == 1


def test_a_text_that_came_while_one_typed_is_read_first(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    first = text_from(body="When?")
    text_from(body="Never mind, I see it. Do NOT repair it.")

    refused = answer(frank, first)

    assert refused.status_code == 422
    assert "Do NOT repair it." in refused.text
    assert "Tomorrow at noon." in refused.text  # what was typed is kept
    assert replies() == []


def test_the_second_to_answer_is_told_what_was_answered(frank: Browser, tess: Browser) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from()
    answer(frank, text_id, "Tomorrow at noon.")

    late = answer(tess, text_id, "On Friday, I think.")

    assert late.status_code == 422
    assert "Frank has answered already: “Fixwell, R-1: Tomorrow at noon.”" in late.text
    assert len(replies()) == 1


@pytest.mark.both_databases
def test_of_two_who_answer_at_once_one_does(app: Flask) -> None:
    shop_id = builders.make_shop()
    people = [builders.make_staff(shop_id, Role.COUNTER, first_name=name) for name in ("Frank", "Mira")]
    builders.make_ticket(people[0])
    text_id = text_from()
    refused: list[Refused] = []

    def act(person) -> None:
        with app.app_context():
            try:
                with transaction():
                    way = Way(channel=Channel.SMS, address=CARL)
                    service.answer_text(text_id, "Tomorrow.", way, seen=text_id, by=person)
            except Refused as refusal:
                refused.append(refusal)

    threads = [threading.Thread(target=Context().run, args=(act, person)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (refusal,) = refused
    assert isinstance(refusal, AnsweredMeanwhile)
    assert refusal.values["answer"] == "Fixwell, R-1: Tomorrow."
    assert len(replies()) == 1


def test_a_second_click_sends_no_second_answer(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from()

    codes = [answer(frank, text_id, once="the same sending").status_code for _ in range(2)]

    assert codes == [302, 303]
    assert len(replies()) == 1


def test_a_number_whose_sim_is_in_the_device_is_answered_by_mail(frank: Browser) -> None:
    reference = builders.make_ticket(frank.actor, email="carl@example.com")
    with transaction():
        ticket = builders.get_ticket(reference)
        ticket.visit.customer.contact_points[0].sim_in_device_id = ticket.device_id  # type: ignore[union-attr]
    text_id = text_from()

    page = frank.get(f"/messages/texts/{text_id}").text
    by_text = answer(frank, text_id)
    by_mail = answer(frank, text_id, way="email:carl@example.com")

    assert "its SIM is in the device we hold" in page
    assert by_text.status_code == 422
    assert "No message can go there" in by_text.text
    assert by_mail.status_code == 302
    (reply,) = replies()
    assert (reply.channel, reply.subject) == (Channel.EMAIL, "Fixwell, R-1")
    assert "Tomorrow at noon." in reply.html


def test_a_number_that_stopped_texts_is_answered_another_way(frank: Browser) -> None:
    builders.make_ticket(frank.actor, email="carl@example.com")
    text_from(body="STOP")
    text_id = text_from(body="But when is it ready?")

    assert answer(frank, text_id).status_code == 422
    assert answer(frank, text_id, way=f"call:{CARL}").status_code == 302

    (reply,) = replies()
    assert reply.channel is Channel.CALL


def test_nobody_answers_to_a_number_that_is_not_in_the_conversation(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from()

    for way in (f"sms:{DANA}", "email:carl@example.com", "fax:1", "", "sms:"):
        assert answer(frank, text_id, way=way).status_code == 422
    assert replies() == []


def test_a_stranger_can_be_answered_without_a_link(frank: Browser) -> None:
    text_id = text_from("+447700900999", "Do you repair cameras?")
    way = {"way": "sms:+447700900999"}

    refused = answer(frank, text_id, "Yes: {link}", **way)
    assert refused.status_code == 422
    assert "no repair the link could lead to" in refused.text
    assert answer(frank, text_id, "Yes, bring it in.", **way).status_code == 302

    (reply,) = replies()
    assert (reply.text, reply.ticket_id, reply.customer_id) == ("Fixwell: Yes, bring it in.", None, None)


def test_an_answer_taken_back_leaves_the_text_waiting(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from()
    answer(frank, text_id)
    (reply,) = replies()
    page = frank.get("/messages").text
    assert "Your answer to Carl Cooper goes in" in page
    assert "Take it back" in page

    assert frank.send(f"/messages/{reply.id}/withdraw", {"next": "/messages"}).status_code == 302

    assert get_text(id=text_id).handled_at is None
    assert replies()[0].state is State.WITHDRAWN
    answer(frank, text_id, "On Friday.")
    assert get_text(id=text_id).answer_id == replies()[1].id


def test_an_answer_that_reached_a_stranger_nowhere_waits_again(frank: Browser) -> None:
    text_id = text_from("+447700900999", "Do you repair cameras?")
    answer(frank, text_id, "Yes.", way="sms:+447700900999")

    with transaction():
        reply = db.session.get_one(OutgoingMessage, replies()[0].id)
        reply.state, reply.error_code = State.FAILED, "30005"
        queue_fallback(reply)

    assert get_text(id=text_id).handled_at is None
    assert "The number or address cannot get messages" in frank.get(f"/messages/texts/{text_id}").text


def test_an_answer_that_did_not_arrive_goes_by_mail_in_the_same_words(frank: Browser) -> None:
    builders.make_ticket(frank.actor, email="carl@example.com")
    text_id = text_from()
    answer(frank, text_id, "Tomorrow at noon.")

    with transaction():
        reply = db.session.get_one(OutgoingMessage, replies()[0].id)
        reply.state, reply.error_code = State.UNDELIVERED, "30003"
        queue_fallback(reply)

    mail = replies()[1]
    assert (mail.channel, mail.subject) == (Channel.EMAIL, "Fixwell, R-1")
    assert mail.text.startswith("Tomorrow at noon.")


@pytest.mark.parametrize(("minutes_ago", "held"), [(5, False), (90, True)])
def test_at_night_only_who_has_just_written_is_answered_at_once(
    frank: Browser, morning: object, minutes_ago: int, held: bool
) -> None:
    builders.make_ticket(frank.actor)
    night = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
    morning.move_to(datetime.fromtimestamp(night.timestamp() - 60 * minutes_ago, UTC))  # type: ignore[attr-defined]
    text_id = text_from()
    morning.move_to(night)  # type: ignore[attr-defined]

    with transaction():
        way = Way(channel=Channel.SMS, address=CARL)
        service.answer_text(text_id, "Tomorrow.", way, seen=text_id, by=frank.actor)

    assert (replies()[0].state is State.HELD) is held


def test_an_answer_keeps_to_the_customers_own_quiet_hours(
    frank: Browser, morning: time_machine.Traveller
) -> None:
    builders.make_ticket(frank.actor)
    with transaction():
        customer = db.session.scalars(select(Customer)).one()
        customer.quiet_from, customer.quiet_to = "13:00", "15:00"
    text_id = text_from()
    morning.move_to(datetime(2026, 3, 4, 14, 0, tzinfo=UTC))

    with transaction():
        way = Way(channel=Channel.SMS, address=CARL)
        service.answer_text(text_id, "Tomorrow.", way, seen=text_id, by=frank.actor)

    (reply,) = replies()
    assert (reply.state, f"{reply.send_after:%H:%M}") == (State.HELD, "15:00")


@pytest.mark.parametrize("known", [True, False])
def test_no_answer_goes_to_a_country_that_the_shop_does_not_text(
    frank: Browser, mira: Browser, known: bool
) -> None:
    abroad = "+34612345678"
    if known:
        builders.make_ticket(frank.actor, phone=abroad)
    text_id = text_from(abroad)
    with transaction():
        limits = Limits(countries=frozenset({"GB"}))
        set_limits(limits, quiet_from="21:00", quiet_to="08:00", by=mira.actor)

    page = frank.get(f"/messages/texts/{text_id}").text
    refused = answer(frank, text_id, "Tomorrow.", way=f"sms:{abroad}")

    assert "the shop does not text this country" in page
    assert refused.status_code == 422
    assert replies() == []


def test_the_story_of_the_ticket_says_who_answered_what(frank: Browser, tess: Browser) -> None:
    reference = builders.make_ticket(frank.actor)
    text_id = text_from(body="When is it ready?")
    assert "When is it ready?" in tess.get(f"/tickets/{reference}").text

    answer(frank, text_id, "Tomorrow at noon.")

    page = tess.get(f"/tickets/{reference}").text
    assert "Tomorrow at noon." in page
    assert "Frank" in page


def test_a_text_that_needs_no_answer_is_put_aside(frank: Browser) -> None:
    builders.make_ticket(frank.actor)
    text_id = text_from(body="Thanks")

    assert frank.send(f"/messages/texts/{text_id}/done").status_code == 302

    assert get_text(id=text_id).handled_how is Handled.NO_ANSWER
    assert replies() == []
    assert "No answer needed, Frank" in frank.get(f"/messages/texts/{text_id}").text


def test_a_question_of_the_portal_is_answered_in_the_same_place(frank: Browser, tess: Browser) -> None:
    reference = builders.make_ticket(frank.actor)
    with transaction():
        ticket = builders.get_ticket(reference)
        ask_question(ticket, "Does it hurt the warranty?", by=actor_for_customer(ticket))
    (question_id,) = db.session.scalars(select(Question.id))
    db.session.rollback()
    path = f"/messages/questions/{question_id}"

    assert "Does it hurt the warranty?" in frank.get("/messages").text
    assert frank.send(path, {"text": "No, it does not."}).status_code == 302
    late = tess.send(path, {"text": "It might."})

    assert late.status_code == 422
    assert "No, it does not." in late.text
    assert "It might." in late.text
    (answered,) = db.session.scalars(select(Question.answer))
    assert answered == "No, it does not."


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (CallOutcome.REACHED, State.SENT),
        (CallOutcome.VOICEMAIL, State.NEEDS_HUMAN),
        (CallOutcome.NOT_REACHED, State.NEEDS_HUMAN),
        (CallOutcome.WRONG_NUMBER, State.FAILED),
    ],
)
def test_what_came_of_a_call_is_kept_and_closes_the_task_when_they_know(
    frank: Browser, outcome: CallOutcome, state: State
) -> None:
    reference = builders.make_ticket(frank.actor)
    message = make_trouble(reference)

    sent = frank.send(
        f"/messages/troubles/{message.id}/call", {"outcome": outcome.value, "note": "Her son answered"}
    )

    assert sent.status_code == 302
    assert list_messages()[0].state is state
    assert "Her son answered" in frank.get(f"/messages/troubles/{message.id}").text
    assert "Her son answered" in frank.get(f"/tickets/{reference}").text


def test_after_a_wrong_number_the_next_way_is_tried_and_the_number_is_listed(frank: Browser) -> None:
    reference = builders.make_ticket(frank.actor, email="carl@example.com")
    with transaction():
        for row in list_messages():
            db.session.get_one(OutgoingMessage, row.id).state = State.WITHDRAWN
        message = list_messages()[0]
        first = db.session.get_one(OutgoingMessage, message.id)
        first.state = State.NEEDS_HUMAN

    frank.send(f"/messages/troubles/{message.id}/call", {"outcome": "wrong_number"})

    page = frank.get("/messages").text
    assert "Numbers and addresses that do not work" in page
    assert "+44 7700 900123" in page
    assert reference in page


def test_a_settled_task_cannot_be_settled_again(frank: Browser, tess: Browser) -> None:
    message = make_trouble(builders.make_ticket(frank.actor))
    frank.send(f"/messages/troubles/{message.id}/call", {"outcome": "reached"})

    late = tess.send(f"/messages/troubles/{message.id}/call", {"outcome": "not_reached"})

    assert late.status_code == 422
    assert "This waits no longer" in late.text
    assert the_message().state is State.SENT


@pytest.mark.parametrize(("given", "state"), [("queued", State.QUEUED), ("failed", State.FAILED)])
def test_a_message_is_sent_again_or_given_up(frank: Browser, given: str, state: State) -> None:
    message = make_trouble(builders.make_ticket(frank.actor))

    assert frank.send(f"/messages/troubles/{message.id}/settle", {"answer": given}).status_code == 302

    assert the_message().state is state


def test_after_a_stop_the_ticket_says_how_they_are_told_now(frank: Browser) -> None:
    reference = builders.make_ticket(frank.actor, email="carl@example.com")
    calls_only = builders.make_ticket(frank.actor, phone="07700 900456", name="Dana Diaz")
    with transaction():
        consent.opt_out(Channel.SMS, CARL, source="stop")
        consent.opt_out(Channel.SMS, DANA, source="provider")

    assert "They are told by e-mail, carl@example.com" in frank.get(f"/tickets/{reference}").text
    assert "No message reaches them, so somebody calls" in frank.get(f"/tickets/{calls_only}").text


def test_an_answer_to_a_texted_number_leaves_when_its_time_is_over(frank: Browser, morning: object) -> None:
    builders.make_ticket(frank.actor, email=None)
    jobs.deliver(Channel.SMS)
    text_id = text_from()
    answer(frank, text_id)
    assert jobs.deliver(Channel.SMS) == 0

    morning.shift(31)  # type: ignore[attr-defined]

    assert jobs.deliver(Channel.SMS) == 1
    assert replies()[0].state is State.SENT
