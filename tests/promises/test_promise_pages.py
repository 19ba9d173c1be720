"""The page on which other dates are promised."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice
from repairshop.promises.queries import get_promises
from repairshop.promises.rules import PromisedDates
from repairshop.promises.service import make_promise
from repairshop.tickets.service import get_ticket_for_change
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
NEW = {"earliest": "2026-03-09", "latest": "2026-03-10", "reason": "part_late", "note": "<b>Late</b> part"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ticket(app, tess) -> str:
    with app.app_context():
        reference = make_ticket(tess.actor)
        with transaction():
            make_promise(
                get_ticket_for_change(reference, by=tess.actor),
                earliest=date(2026, 3, 5),
                latest=date(2026, 3, 6),
                by=tess.actor,
                reason="intake",
            )
        return reference


def test_other_dates_with_a_reason(app, tess, ticket) -> None:
    path = f"/tickets/{ticket}/change-promise"
    assert 'value="2026-03-06"' in tess.get(path).text

    assert tess.send(path, NEW).status_code == 302

    with app.app_context():
        promises = get_promises(get_ticket(ticket).id)
    assert promises is not None
    assert promises.first.dates.latest == date(2026, 3, 6)
    assert promises.current.dates == PromisedDates(earliest=date(2026, 3, 9), latest=date(2026, 3, 10))
    page = tess.get(path).text
    assert "first promise" in page
    assert "&lt;b&gt;Late&lt;/b&gt; part" in page


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"earliest": "2026-03-11"}, "#latest"),
        ({"earliest": "2026-03-01", "latest": "2026-03-02"}, "#latest"),
        ({"latest": ""}, "#latest"),
        ({"latest": "Friday"}, "#latest"),
        ({"reason": ""}, "#reason-0"),
        ({"reason": "intake"}, "#reason-0"),
        ({"earliest": "2026-03-05", "latest": "2026-03-06"}, "#latest"),
        ({"note": "x" * 301}, "#note"),
    ],
)
def test_dates_that_cannot_be_promised_come_back_at_their_field(app, tess, ticket, changes, target) -> None:
    answer = tess.send(f"/tickets/{ticket}/change-promise", {**NEW, **changes})

    assert answer.status_code == 422
    assert f'href="{target}"' in answer.text
    with app.app_context():
        promises = get_promises(get_ticket(ticket).id)
    assert promises is not None
    assert promises.first == promises.current


@pytest.mark.parametrize(
    ("latest", "notice"), [("2026-03-10", Notice.PROMISE_LATE), ("2026-03-05", Notice.NEW_DATES)]
)
def test_the_customer_is_told_once_the_window_is_over(app, tess, ticket, latest, notice) -> None:
    tess.send(
        f"/tickets/{ticket}/change-promise",
        {"earliest": "2026-03-04", "latest": latest, "reason": "bench_full"},
    )

    with app.app_context():
        messages = [
            message
            for message in db.session.query(OutgoingMessage)
            if message.notice in {Notice.PROMISE_LATE, Notice.NEW_DATES}
        ]
        assert {message.notice for message in messages} == {notice}
        assert all(message.send_after >= NOW + timedelta(seconds=30) for message in messages)
