"""`flask notices`: what an operator sees and may do, in whose shop, and what of it stands in the history."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update

from repairshop import clock
from repairshop.database import db
from repairshop.notifications import jobs
from repairshop.notifications.health import Counts, DeliveryHealth
from repairshop.notifications.metrics import metrics_text
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Channel, State
from repairshop.operations.audit import walk_everything
from repairshop.staff.rules import Actor
from repairshop.tickets import service as tickets
from repairshop.tickets.models import HistoryEntry
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests import builders
from tests.notifications.desk import list_messages, the_message

pytestmark = pytest.mark.usefixtures("app_context")

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    def run(*arguments: object) -> Result:
        db.session.rollback()
        return app.test_cli_runner().invoke(args=["notices", *map(str, arguments)])

    return run


@pytest.fixture
def tess() -> Actor:
    return builders.make_staff(builders.make_shop())


def set_state(state: State, **values: object) -> int:
    message = the_message()
    with transaction():
        db.session.execute(update(OutgoingMessage).values(state=state, **values))
    return message.id


def acts() -> list[str]:
    entries = db.session.scalars(select(HistoryEntry).order_by(HistoryEntry.id))
    return [entry.act for entry in entries if entry.act.startswith("notice_")]


def test_the_list_names_state_ticket_and_notice_and_no_address_and_no_words(tess: Actor, run: Run) -> None:
    builders.make_ticket(tess, email="carl@example.com")

    lines = run("list").output

    assert lines.count("queued") == 2
    assert "received" in lines
    assert lines.endswith("2 shown\n")
    assert "carl@" not in lines
    assert "7700" not in lines
    assert "{link}" not in lines


def test_the_list_is_narrowed_by_state_and_ticket(tess: Actor, run: Run) -> None:
    for _ in range(2):
        builders.make_ticket(tess)
    with transaction():
        db.session.execute(update(OutgoingMessage).where(OutgoingMessage.id == 1).values(state=State.HELD))

    assert run("list", "--state", "held").output.endswith("1 shown\n")
    assert run("list", "--ticket", "2").output.endswith("1 shown\n")
    assert run("list", "--ticket", "3").output == "None\n"
    assert run("list", "--limit", 1).output.endswith("1 shown\n")


@pytest.mark.parametrize("number", ["x", "12'", "", "9" * 10, "٣"])
def test_what_is_no_tickets_number_is_refused(tess: Actor, run: Run, number: str) -> None:
    refused = run("list", "--ticket", number)

    assert refused.exit_code == 2
    assert "is no ticket's number" in refused.output


def test_a_message_is_shown_with_its_calls_and_without_its_link(tess: Actor, run: Run) -> None:
    builders.make_ticket(tess, stage=Stage.RECEIVED)
    assert jobs.deliver(Channel.SMS) == 1

    shown = run("show", the_message().id).output

    assert "+447700900123 by sms" in shown
    assert "accepted delivered" in shown
    assert "•••/t/•••" in shown
    assert "{link}" not in shown


@pytest.mark.both_databases
def test_held_messages_wait_and_go_when_released(tess: Actor, run: Run) -> None:
    builders.make_ticket(tess)
    number = the_message().id

    assert run("hold", number).output == f"{number}: done\n"
    assert jobs.deliver(Channel.SMS) == 0
    assert run("release", number).exit_code == 0
    assert jobs.deliver(Channel.SMS) == 1

    assert acts() == ["notice_held", "notice_released"]
    assert walk_everything().holds


def test_after_a_restore_all_is_held_and_released_at_once(tess: Actor, run: Run) -> None:
    for _ in range(3):
        builders.make_ticket(tess)
    with transaction():
        db.session.execute(
            update(OutgoingMessage)
            .where(OutgoingMessage.id == 2)
            .values(state=State.SENDING, attempt="a" * 32)
        )

    assert run("hold", "--all").output == "3 held\n"
    assert {message.state for message in list_messages()} == {State.HELD}
    assert jobs.release_held() == 0
    assert run("release", "--all").output == "3 released\n"
    assert {message.state for message in list_messages()} == {State.QUEUED}


def test_what_waits_for_the_morning_is_not_released_with_the_rest(tess: Actor, run: Run) -> None:
    builders.make_ticket(tess)
    set_state(State.HELD, due_at=clock.now() + timedelta(hours=3))

    assert run("release", "--all").output == "0 released\n"
    assert run("release", the_message().id).exit_code == 0
    assert jobs.deliver(Channel.SMS) == 1


@pytest.mark.parametrize("state", [State.NEEDS_HUMAN, State.QUEUED, State.UNKNOWN])
def test_a_message_is_tried_again(tess: Actor, run: Run, state: State) -> None:
    builders.make_ticket(tess)
    number = set_state(state, due_at=clock.now() + timedelta(hours=1), attempts=3)

    assert run("retry", number).output == f"{number}: done\n"

    message = the_message()
    assert message.state is (State.UNKNOWN if state is State.UNKNOWN else State.QUEUED)
    assert message.due_at is not None
    assert message.due_at <= clock.now()
    assert acts() == ["notice_retried"]


@pytest.mark.parametrize("act", ["retry", "hold", "release"])
@pytest.mark.parametrize("state", [State.SENT, State.DELIVERED, State.WITHDRAWN, State.SENDING])
def test_what_has_gone_or_is_going_is_left_alone(tess: Actor, run: Run, act: str, state: State) -> None:
    builders.make_ticket(tess)
    number = set_state(state)

    refused = run(act, number)

    assert refused.exit_code == 1
    assert the_message().state is state
    assert acts() == []


@pytest.mark.parametrize("act", ["show", "retry", "hold", "release"])
def test_another_shops_message_is_none(tess: Actor, run: Run, act: str) -> None:
    builders.make_ticket(tess)
    builders.make_shop("Mendit")
    number = the_message().id

    other = run(act, "--shop", "Mendit", number)

    assert other.exit_code == 1
    assert "no such message" in other.output.lower()
    assert the_message().state is State.QUEUED
    assert run(act, "--shop", "Fixwell", number).exit_code == (1 if act == "release" else 0)


def test_with_several_shops_one_has_to_be_named(tess: Actor, run: Run) -> None:
    builders.make_shop("Mendit")

    unnamed = run("hold", "--all")

    assert unnamed.exit_code == 2
    assert "'Fixwell', 'Mendit'" in unnamed.output
    assert "there is no shop 'Nobody'" in run("list", "--shop", "Nobody").output


@pytest.mark.parametrize(
    "arguments", [("hold",), ("hold", "--all", 1), ("release",), ("retry",), ("retry", 0)]
)
def test_messages_are_named_or_all_are_meant(tess: Actor, run: Run, arguments: tuple[object, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_one_that_cannot_be_keeps_no_other_from_it(tess: Actor, run: Run) -> None:
    builders.make_ticket(tess)
    number = the_message().id

    done = run("hold", 999, number)

    assert done.exit_code == 1
    assert f"{number}: done" in done.output
    assert the_message().state is State.HELD


def test_a_move_whose_message_was_held_can_still_be_undone(tess: Actor, run: Run) -> None:
    reference = builders.make_ticket(tess, stage=Stage.IN_REPAIR)
    last = list_messages()[-1].id
    assert run("hold", last).exit_code == 0

    with transaction():
        tickets.undo_move(reference, by=tess)

    assert list_messages()[-1].state is State.WITHDRAWN


def test_metrics_are_figures_by_name(tess: Actor, run: Run) -> None:
    builders.make_ticket(tess)
    with transaction():
        db.session.execute(update(OutgoingMessage).values(due_at=clock.now() - timedelta(seconds=90)))

    lines = run("metrics").output.splitlines()

    assert "repairshop_workers_alive 0" in lines
    assert 'repairshop_messages{channel="sms",state="queued"} 1' in lines
    oldest = next(line for line in lines if line.startswith("repairshop_oldest_due_seconds "))
    assert 90 <= int(oldest.split()[1]) < 120


def test_every_figure_of_the_metrics_has_its_meaning_before_it() -> None:
    health = DeliveryHealth(
        workers_alive=2,
        last_beat=None,
        oldest_due_seconds=5,
        overdue=0,
        waiting=1,
        being_checked=3,
        needing_somebody=4,
        restored=None,
        held_for_somebody=6,
        counts=Counts(missed=7, failed=8, overlapped=9),
    )

    lines = metrics_text(health, {"accepted": 10, "": 1}, {"sms sent": 10}).splitlines()

    told = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    figures = [line for line in lines if not line.startswith("#")]
    assert {line.partition(" ")[0].partition("{")[0] for line in figures} == told
    assert 'repairshop_runs{how="overlapped"} 9' in figures
    assert 'repairshop_calls{ending="open"} 1' in figures
    assert "repairshop_unknown 3" in figures
