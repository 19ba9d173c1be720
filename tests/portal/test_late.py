"""Late, said first, with cause, new dates and choices that lead somewhere; and when news comes."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from repairshop.portal.delays import Choice, delay_of, next_news
from repairshop.promises.queries import PromiseRow, Promises
from repairshop.promises.rules import PromisedDates, PromiseReason, calendar_of
from repairshop.promises.service import change_promise, make_promise
from repairshop.tickets.queries import list_questions
from repairshop.tickets.service import get_ticket_for_change
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import WEEK, get_ticket, make_ticket
from tests.portal.guests import come_in

MONDAY = datetime(2026, 3, 16, 10, 0, tzinfo=UTC)
THURSDAY, FRIDAY, NEXT_TUESDAY = date(2026, 3, 19), date(2026, 3, 20), date(2026, 3, 24)
LONDON = calendar_of(time_zone="Europe/London", opening_hours=WEEK)


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as travel:
        yield travel


@pytest.fixture
def reference(app, clock, shop, tess):
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.AWAITING_PARTS)
        with transaction():
            ticket = get_ticket_for_change(reference, by=tess.actor)
            dates = {"earliest": THURSDAY, "latest": THURSDAY}
            make_promise(ticket, **dates, by=tess.actor, reason=PromiseReason.QUOTE)
    return reference


def tell_later(app, reference, *, by, reason=PromiseReason.PART_LATE):
    with app.app_context(), transaction():
        dates = {"earliest": NEXT_TUESDAY, "latest": NEXT_TUESDAY}
        change_promise(reference, **dates, reason=reason, note="Lost in the post.", by=by)


def words_of(app, reference):
    page = come_in(app, reference).get("/repair").text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"</?b>", "", page)))


def test_new_dates_are_said_first_before_the_old_ones_pass(app, tess, reference):
    tell_later(app, reference, by=tess.actor)

    words = words_of(app, reference)

    assert "We are late with your Apple iPhone 13" in words
    assert "We told you Thu 19 March. Now it should be ready Tue 24 March." in words
    assert "The part comes later than its supplier told us." in words
    assert "Lost in the post." in words
    order = [
        "We are late",
        "The part comes later",
        "Next news by Tue 24 March",
        "You can choose",
        "Where your",
    ]
    assert sorted(order, key=words.index) == order


def test_dates_that_passed_in_silence_are_late_too_and_say_when_news_comes(app, clock, reference):
    clock.move_to(datetime(2026, 3, 19, 18, 1, tzinfo=UTC))
    late = words_of(app, reference)
    clock.move_to(datetime(2026, 3, 20, 18, 1, tzinfo=UTC))
    silent = words_of(app, reference)

    assert "We told you Thu 19 March. We did not keep that." in late
    assert "Next news by Fri 20 March" in late
    assert "You still wait for news from us, since Fri 20 March" in silent


def test_a_copy_of_the_page_goes_stale_when_only_the_hour_changes(app, clock, reference):
    clock.move_to(datetime(2026, 3, 19, 17, 59, tzinfo=UTC))
    browser = come_in(app, reference)
    tag = browser.get("/repair").headers["ETag"]
    before = browser.get("/repair", headers={"If-None-Match": tag})
    clock.move_to(datetime(2026, 3, 19, 18, 1, tzinfo=UTC))
    after = browser.get("/repair", headers={"If-None-Match": tag})

    assert (before.status_code, after.status_code) == (304, 200)


def test_dates_that_hold_say_when_news_comes_and_nothing_of_choices(app, reference):
    words = words_of(app, reference)

    assert "Next news by Thu 19 March" in words
    assert "You can choose" not in words


@pytest.mark.parametrize("reason", [PromiseReason.CUSTOMER_ASKED, PromiseReason.ANSWER_TOOK_LONGER])
def test_later_dates_that_are_not_our_delay_are_told_as_dates(app, tess, reference, reason):
    tell_later(app, reference, by=tess.actor, reason=reason)

    assert "We are late" not in words_of(app, reference)
    assert "It should be ready Tue 24 March" in words_of(app, reference)


def test_each_choice_leads_to_a_question_already_begun(app, tess, reference):
    tell_later(app, reference, by=tess.actor)
    browser = come_in(app, reference)
    ways = re.findall(rf'href="(/repair/{reference}/question\?about=[a-z]+)"', browser.get("/repair").text)
    assert [way.rpartition("=")[2] for way in ways] == ["loaner", "cheaper", "unrepaired"]

    for way in ways:
        page = browser.get(way).text
        (begun,) = re.findall(r"<textarea[^>]*>\s*([^<]+)</textarea>", page)
        assert browser.send(f"/repair/{reference}/question", {"text": begun}).status_code == 303

    with app.app_context():
        asked = [question.text for question in list_questions(get_ticket(reference).id)]
    assert sum("unrepaired" in text for text in asked) == 1
    assert len(asked) == 3


def test_words_of_no_choice_leave_the_question_empty(app, reference):
    page = come_in(app, reference).get(f"/repair/{reference}/question?about=<script>").text

    assert re.search(r"<textarea[^>]*>\s*</textarea>", page)


def row(day, reason=PromiseReason.QUOTE):
    due = LONDON.closing(day)
    return PromiseRow(
        id=1,
        dates=PromisedDates(earliest=day, latest=day),
        due_at=due,
        made_at=MONDAY,
        made_by=None,
        reason=reason,
        note="",
        likeness=None,
    )


HELD = Promises(first=row(THURSDAY), current=row(THURSDAY))
MOVED = Promises(first=row(THURSDAY), current=row(FRIDAY, PromiseReason.BENCH_FULL), before=row(THURSDAY))
SOONER = Promises(first=row(FRIDAY), current=row(THURSDAY, PromiseReason.OTHER), before=row(FRIDAY))


@pytest.mark.parametrize(
    ("stage", "promises", "days", "is_late"),
    [
        (Stage.IN_REPAIR, HELD, 0, False),
        (Stage.IN_REPAIR, HELD, 4, True),
        (Stage.IN_REPAIR, MOVED, 0, True),
        (Stage.IN_REPAIR, SOONER, 0, False),
        (Stage.IN_REPAIR, None, 9, False),
        (Stage.READY, HELD, 9, False),
        (Stage.READY, MOVED, 0, False),
        (Stage.AWAITING_APPROVAL, HELD, 9, False),
        (Stage.HANDED_OVER, MOVED, 0, False),
    ],
)
def test_when_a_repair_is_late(stage, promises, days, is_late):
    delay = delay_of(stage, promises, at=MONDAY + timedelta(days=days), has_loaner=False)

    assert (delay is not None) is is_late


@pytest.mark.parametrize(
    ("stage", "has_loaner", "choices"),
    [
        (Stage.AWAITING_PARTS, False, ["wait", "loaner", "cheaper", "unrepaired"]),
        (Stage.AWAITING_PARTS, True, ["wait", "cheaper", "unrepaired"]),
        (Stage.IN_REPAIR, False, ["wait", "loaner", "unrepaired"]),
        (Stage.FINAL_CHECKS, True, ["wait"]),
    ],
)
def test_what_a_customer_may_choose(stage, has_loaner, choices):
    delay = delay_of(stage, MOVED, at=MONDAY, has_loaner=has_loaner)

    assert delay is not None
    assert list(delay.choices) == [Choice(name) for name in choices]


@pytest.mark.parametrize(
    ("stage", "due", "owed", "now", "by", "is_over"),
    [
        (Stage.IN_REPAIR, THURSDAY, None, 0, THURSDAY, False),
        (Stage.IN_REPAIR, THURSDAY, None, 3.5, FRIDAY, False),
        (Stage.IN_REPAIR, THURSDAY, None, 4.5, FRIDAY, True),
        (Stage.RECEIVED, None, THURSDAY, 0, THURSDAY, False),
        (Stage.RECEIVED, None, THURSDAY, 4, THURSDAY, True),
    ],
)
def test_when_the_customer_hears_next(stage, due, owed, now, by, is_over):
    moments = {name: day and LONDON.closing(day) for name, day in (("due_at", due), ("owed_at", owed))}

    news = next_news(stage, **moments, calendar=LONDON, at=MONDAY + timedelta(days=now))

    assert news is not None
    assert (news.by, news.is_over) == (LONDON.closing(by), is_over)


@pytest.mark.parametrize("stage", [Stage.BOOKED, Stage.AWAITING_APPROVAL, Stage.READY, Stage.HANDED_OVER])
def test_no_news_is_promised_where_it_is_the_customers_turn(stage):
    assert next_news(stage, due_at=MONDAY, owed_at=None, calendar=LONDON, at=MONDAY) is None
