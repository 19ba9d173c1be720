"""Before a move: who gets what and what will not go. After it: change or take back, until it has gone."""

import threading
from contextvars import Context

import pytest
from flask import Flask

from repairshop.database import db
from repairshop.errors import Refused
from repairshop.notifications import jobs, previews, service
from repairshop.notifications.consent import opt_out
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, EditTooLate, Notice, State
from repairshop.staff.rules import Role
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests import builders
from tests.cast import Browser
from tests.notifications.desk import GRACE, claim_next, list_messages, move

pytestmark = pytest.mark.usefixtures("app_context")


def test_the_preview_says_what_waits_and_will_not_go(tess: Browser) -> None:
    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED, email=None)
    jobs.deliver(Channel.SMS)
    move(reference, Verb.START_REPAIR, tess.actor)

    shown = previews.preview(reference, Verb.FINISH, by=tess.actor)
    move(reference, Verb.FINISH, tess.actor)

    assert [(one.notice, one.channel) for one in shown.overtaken] == [(Notice.IN_REPAIR, Channel.SMS)]
    states = {message.notice: message.state for message in list_messages()}
    assert states[Notice.IN_REPAIR] is State.SUPERSEDED


def test_what_the_preview_calls_overtaken_is_what_the_move_supersedes(tess: Browser) -> None:
    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED, email="carl@example.com")
    move(reference, Verb.START_REPAIR, tess.actor)

    named = {one.id for one in previews.preview(reference, Verb.FINISH, by=tess.actor).overtaken}
    before = {message.id for message in list_messages() if message.state is State.SUPERSEDED}
    move(reference, Verb.FINISH, tess.actor)

    after = {message.id for message in list_messages() if message.state is State.SUPERSEDED}
    assert named == after - before


@pytest.mark.parametrize(
    "path", ["/tickets/{reference}/finish", "/bench/act?ticket={reference}"], ids=["verb's page", "bench"]
)
def test_the_pages_before_a_move_say_recipient_parts_and_what_will_not_go(tess: Browser, path: str) -> None:
    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED, email=None)
    move(reference, Verb.START_REPAIR, tess.actor)

    page = tess.get(path.format(reference=reference)).text

    assert "+44 7700 900123" in page
    assert "One text" in page
    assert "“On the bench” still waits (Text) and will not go: this takes its place" in page


@pytest.mark.parametrize(
    "path", ["/tickets/{reference}", "/bench/act?ticket={reference}"], ids=["ticket", "bench"]
)
def test_after_a_move_its_message_can_be_changed_and_taken_back_without_a_script(
    tess: Browser, path: str
) -> None:
    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED, email=None)
    tess.send(f"/tickets/{reference}/start-repair", {"next": path.format(reference=reference)})
    message = list_messages()[-1]

    page = tess.get(path.format(reference=reference)).text

    assert "Goes in" in page
    assert f"/messages/{message.id}/withdraw" in page
    answer = tess.send(f"/messages/{message.id}/withdraw", {"next": path.format(reference=reference)})
    assert answer.headers["Location"] == path.format(reference=reference)
    assert list_messages()[-1].state is State.WITHDRAWN


def test_when_it_has_gone_that_is_said_and_what_was_typed_is_kept(tess: Browser) -> None:
    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED, email=None)
    move(reference, Verb.START_REPAIR, tess.actor)
    message = list_messages()[-1]
    with transaction():
        db.session.get_one(OutgoingMessage, message.id).state = State.SENDING

    edited = tess.send(f"/messages/{message.id}/edit", {"text": "Carl, it is on the bench"})
    withdrawn = tess.send(f"/messages/{message.id}/withdraw")

    for answer in (edited, withdrawn):
        assert answer.status_code == 422
        assert "It has gone." in answer.text
    assert "Carl, it is on the bench" in edited.text


def race(app: Flask, act, message_id: int) -> tuple[list[str], list[Refused]]:
    """A person's change and a worker's claim at once: the text claimed, and the refusal."""
    claimed: list[str] = []
    refused: list[Refused] = []

    def change() -> None:
        with app.app_context():
            try:
                with transaction():
                    act(message_id)
            except Refused as refusal:
                refused.append(refusal)

    def claim() -> None:
        with app.app_context():
            found = claim_next(Channel.SMS, lease=GRACE)
            if found is not None:
                claimed.append(found.text)

    order = [change, claim] if message_id % 2 else [claim, change]
    threads = [threading.Thread(target=Context().run, args=(one,)) for one in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return claimed, refused


@pytest.mark.both_databases
@pytest.mark.parametrize("act", ["edit", "withdraw"])
def test_a_change_and_the_workers_claim_never_mix(app: Flask, act: str) -> None:
    tess = builders.make_staff(builders.make_shop(undo_window_seconds=0), Role.TECHNICIAN)

    def change(message_id: int) -> None:
        if act == "edit":
            service.edit_message(message_id, "Other words", by=tess)
        else:
            service.withdraw_message(message_id, by=tess)

    for number in range(6):
        builders.make_ticket(tess, email=None, phone=f"07700 90{number:04d}")
        message_id = list_messages()[-1].id
        db.session.rollback()

        claimed, refused = race(app, change, message_id)

        message = list_messages(id=message_id)[0]
        db.session.rollback()
        if refused:
            assert isinstance(refused[0], EditTooLate)
            assert (claimed, message.state) == ([message.text], State.SENDING)
        elif act == "withdraw":
            assert (claimed, message.state) == ([], State.WITHDRAWN)
        else:
            assert message.text == "Other words"
            assert claimed in ([], ["Other words"])
        with transaction():
            db.session.get_one(OutgoingMessage, message_id).state = State.WITHDRAWN


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": State.QUEUED}, "Goes at"),
        ({"state": State.HELD}, "Waits until"),
        ({"state": State.HELD, "due_at": None}, "Held until somebody lets it go"),
        ({"state": State.SENT}, "arrival not reported yet"),
        ({"state": State.DELIVERED}, "Arrived"),
        ({"state": State.UNDELIVERED, "error_code": "30003"}, "The phone could not be reached"),
        ({"state": State.FAILED, "error_code": "30005"}, "The number or address cannot get messages"),
        ({"state": State.SUPPRESSED, "error_code": "21610"}, "They texted STOP"),
        ({"state": State.SUPPRESSED, "error_code": "opted_out"}, "They want no such messages"),
        ({"state": State.UNKNOWN, "error_code": "ReadTimeout"}, "No answer came, so we look whether it went"),
        ({"state": State.WITHDRAWN}, "Taken back before it went"),
        ({"state": State.SUPERSEDED}, "A newer one took its place"),
    ],
)
def test_the_delivery_line_says_where_a_message_stands_and_why(
    tess: Browser, changes: dict[str, object], sentence: str
) -> None:
    reference = builders.make_ticket(tess.actor, email=None)
    with transaction():
        message = db.session.get_one(OutgoingMessage, list_messages()[0].id)
        for name, value in changes.items():
            setattr(message, name, value)

    assert sentence in tess.get(f"/tickets/{reference}").text
    assert sentence in tess.get(f"/messages/{message.id}").text


def test_an_address_that_staff_stopped_is_not_said_to_have_texted_stop(tess: Browser) -> None:
    reference = builders.make_ticket(tess.actor, stage=Stage.APPROVED, email="carl@example.com")
    with transaction():
        opt_out(Channel.EMAIL, "carl@example.com", source="staff", staff_id=tess.actor.staff_id)

    page = tess.get(f"/tickets/{reference}/start-repair").text

    assert "Not to carl@example.com: they want no such messages" in page
    assert "texted STOP" not in page
