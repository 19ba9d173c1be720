"""One press, never by opening a link; a survey once; a call within a day for whoever is unhappy."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.feedback import jobs, queries, rules, service
from repairshop.feedback.models import Feedback, FollowUp, SurveyAsked
from repairshop.feedback.rules import FollowUpClosed, FollowUpEnding, Kind, NothingToRate, ScoreUnknown
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice
from repairshop.staff.models import Membership
from repairshop.staff.rules import Actor, ActorKind, Role
from repairshop.tickets.models import Ticket
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.counting import counted_queries
from tests.portal.guests import come_in

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def world(app_context: None) -> Actor:
    with time_machine.travel(NOW, tick=False):
        return make_staff(make_shop(), Role.TECHNICIAN)


def customer_of(reference: str, by: Actor) -> Actor:
    visit = get_ticket(reference).visit
    assert visit is not None
    return Actor(kind=ActorKind.CUSTOMER, shop_id=by.shop_id, id=visit.customer_id)


def say(reference: str, score: int | None, why: str = "", *, by: Actor) -> None:
    with transaction():
        service.say(reference, score, why, by=customer_of(reference, by))


def surveys() -> int:
    return db.session.query(OutgoingMessage).filter_by(notice=Notice.SURVEY).count()


@pytest.mark.both_databases
def test_a_survey_goes_once_a_visit_and_nobody_gets_two_in_ninety_days(world: Actor) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        first = make_ticket(world, stage=Stage.HANDED_OVER)
        make_ticket(world, stage=Stage.READY, phone="07700 900200")
        clock.shift(timedelta(hours=23))
        assert jobs.ask_surveys() == 0
        clock.shift(timedelta(hours=1))
        assert (jobs.ask_surveys(), jobs.ask_surveys()) == (1, 0)
        assert surveys() == 1

        # The same person brings another device and collects it.
        second = make_ticket(world, stage=Stage.HANDED_OVER)
        with transaction():
            again = get_ticket(second)
            visit, before = again.visit, get_ticket(first).visit
            assert visit is not None
            assert before is not None
            visit.customer_id = before.customer_id
        clock.shift(timedelta(days=2))
        assert jobs.ask_surveys() == 0
        assert surveys() == 1


@pytest.mark.both_databases
def test_what_is_long_past_or_switched_off_is_not_asked(world: Actor) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        make_ticket(world, stage=Stage.HANDED_OVER)
        with transaction():
            service.choose([Stage.READY], surveys=False, by=world)
        clock.shift(timedelta(days=2))
        assert jobs.ask_surveys() == 0
        with transaction():
            service.choose([Stage.READY], surveys=True, by=world)
        clock.shift(timedelta(days=13))
        assert jobs.ask_surveys() == 0
        assert db.session.query(SurveyAsked).count() == 0


def test_opening_the_page_records_nothing_and_one_press_does(app, tess) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.READY)
    guest = come_in(app, reference)

    page = guest.get(f"/repair/{reference}/feedback").text
    assert "How was the repair so far?" in page
    assert f"/repair/{reference}/feedback" in guest.get("/repair").text
    with app.app_context():
        assert db.session.query(Feedback).count() == 0

    answer = guest.send(f"/repair/{reference}/feedback", {"score": "3"})

    assert answer.location == f"/repair/{reference}/feedback"
    assert "You said: Good. Thank you." in guest.get(answer.location).text
    guest.send(f"/repair/{reference}/feedback", {"why": "<b>Fast</b>"})
    thanks = guest.get(answer.location).text
    assert "&lt;b&gt;Fast&lt;/b&gt;" in thanks
    assert "We have your reason. Thank you." in thanks
    assert "Change the reason" in thanks
    with app.app_context():
        [said] = db.session.query(Feedback).all()
        assert (said.score, said.why, said.kind) == (3, "<b>Fast</b>", Kind.STAGE)
        assert db.session.query(FollowUp).count() == 0


@pytest.mark.parametrize("fields", [{"score": "11"}, {"score": "-1"}, {"score": "0"}, {}, {"why": "x"}])
def test_what_is_no_score_is_refused(app, tess, fields) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.READY)
    guest = come_in(app, reference)

    assert guest.send(f"/repair/{reference}/feedback", fields).status_code == 422
    with app.app_context():
        assert db.session.query(Feedback).count() == 0


def test_a_stage_that_is_not_asked_about_has_no_page(app, tess) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
    guest = come_in(app, reference)

    assert guest.get(f"/repair/{reference}/feedback").status_code == 404
    assert guest.send(f"/repair/{reference}/feedback", {"score": "3"}).status_code == 404
    assert "/feedback" not in guest.get("/repair").text


@pytest.mark.both_databases
def test_a_low_score_opens_one_call_for_who_did_the_work_and_the_manager(world: Actor) -> None:
    manager = make_staff(world.shop_id, Role.MANAGER, first_name="Mira")
    with time_machine.travel(NOW, tick=False):
        reference = make_ticket(world, stage=Stage.HANDED_OVER)
        say(reference, 3, by=world)
        say(reference, None, "Nobody told me", by=world)
        say(reference, 2, by=world)

        [row] = queries.list_open(world.shop_id)
        assert (row.score, row.why, row.staff_name) == (2, "Nobody told me", "Tess")
        assert row.due_at == NOW + timedelta(hours=24)
        mails = db.session.query(OutgoingMessage).filter_by(notice=Notice.LOW_SCORE).all()
        assert len({mail.recipient for mail in mails}) == len(mails) == 2
        assert "Nobody told me" not in "".join(mail.text for mail in mails)

        say(reference, 10, by=world)
        assert queries.count_open(world.shop_id) == 1  # a better word later does not end it
        with transaction():
            service.close_follow_up(row.id, FollowUpEnding.SETTLED, "Explained", by=manager)
        assert queries.count_open(world.shop_id) == 0
        with pytest.raises(FollowUpClosed) as refused, transaction():
            service.close_follow_up(row.id, FollowUpEnding.SETTLED, "Twice", by=world)
        assert refused.value.values["name"] == "Mira"


def test_who_left_the_shop_is_mailed_no_more(world: Actor) -> None:
    """They may still work in another shop of the chain."""
    make_staff(world.shop_id, Role.MANAGER, first_name="Mira")
    with time_machine.travel(NOW, tick=False):
        reference = make_ticket(world, stage=Stage.HANDED_OVER)
        with transaction():
            left = db.session.query(Membership).filter_by(staff_id=world.staff_id).one()
            left.disabled_at = NOW
        say(reference, 1, by=world)

    [mail] = db.session.query(OutgoingMessage).filter_by(notice=Notice.LOW_SCORE).all()
    assert mail.recipient.startswith("mira")


def test_another_shop_sees_no_calls(world: Actor) -> None:
    stranger = make_staff(make_shop("Pixel"), Role.MANAGER, first_name="Nora")
    with time_machine.travel(NOW, tick=False):
        reference = make_ticket(world, stage=Stage.HANDED_OVER)
        say(reference, 0, by=world)
        [row] = queries.list_open(world.shop_id)
        assert queries.list_open(stranger.shop_id) == []
        with pytest.raises(NotFound), transaction():
            service.close_follow_up(row.id, FollowUpEnding.SETTLED, "Mine now", by=stranger)


def test_the_counter_and_the_pages_show_it(app, tess, mira, frank) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.HANDED_OVER)
        say(reference, 1, "Scratched", by=tess.actor)
        [row] = queries.list_open(tess.actor.shop_id)
    assert "1 unhappy customer waits for a call" in frank.get("/counter").text
    listed = tess.get("/follow-ups").text
    assert "Scratched" in listed
    assert "you did the work" in listed
    assert "Tess did the work" in frank.get("/follow-ups").text

    empty = frank.send(f"/follow-ups/{row.id}", {"ending": "settled", "note": ""})
    assert empty.status_code == 422
    assert "Write down what was said" in empty.text
    frank.send(f"/follow-ups/{row.id}", {"ending": "settled", "note": "New glass, free"})

    assert "Nobody waits for a call." in frank.get("/follow-ups").text
    assert frank.get(f"/follow-ups/{row.id}").status_code == 404
    late = mira.send(f"/follow-ups/{row.id}", {"ending": "not_reached", "note": "Rang twice, nobody"})
    assert late.status_code == 422
    assert "Frank has closed this call already" in late.text
    assert "Rang twice, nobody" in late.text
    assert "Close it" not in late.text
    page = mira.get("/feedback").text
    assert "-100" in page
    assert "Scratched" in page
    assert "Customer called back" in tess.get(f"/tickets/{reference}").text
    assert frank.get("/feedback").status_code == 403


def test_the_manager_chooses_the_stages(app, tess, mira) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.READY)
    guest = come_in(app, reference)
    mira.send("/feedback", {"stages": ["received"]})

    assert guest.get(f"/repair/{reference}/feedback").status_code == 404
    with app.app_context():
        assert queries.get_settings(tess.actor.shop_id).surveys is False
    assert mira.send("/feedback", {"stages": ["nonsense"]}).status_code == 422


def test_lists_read_no_more_for_more_rows(app, tess, mira) -> None:
    def add(count: int) -> None:
        with app.app_context():
            for _ in range(count):
                say(make_ticket(tess.actor, stage=Stage.HANDED_OVER), 0, by=tess.actor)

    add(1)
    with counted_queries(app) as few:
        mira.get("/follow-ups")
        mira.get("/feedback")
    add(5)
    with counted_queries(app) as many:
        mira.get("/follow-ups")
        mira.get("/feedback")
    assert few.count == many.count


def test_who_ended_the_work_is_credited_not_whose_job_it_is_now(world: Actor) -> None:
    other = make_staff(world.shop_id, Role.TECHNICIAN, first_name="Theo")
    with time_machine.travel(NOW, tick=False):
        reference = make_ticket(world, stage=Stage.READY)
        with transaction():
            db.session.get_one(Ticket, get_ticket(reference).id).assignee_id = other.staff_id
        assert queries.find_worker(get_ticket(reference).id) == world.staff_id


@pytest.mark.parametrize(
    ("hours", "last_days", "expected"),
    [(23, None, False), (24, None, True), (14 * 24, None, True), (14 * 24 + 1, None, False),
     (30, 89, False), (30, 90, True)],
)  # fmt: skip
def test_when_a_survey_is_due(hours, last_days, expected) -> None:
    last = None if last_days is None else NOW - timedelta(days=last_days)
    handed_over = NOW - timedelta(hours=hours)
    assert rules.may_survey(handed_over_at=handed_over, last_asked_at=last, at=NOW) is expected


@given(st.lists(st.integers(0, 10), min_size=1))
def test_the_recommendation_stays_between_its_ends(scores) -> None:
    found = rules.recommendation(scores)
    assert found is not None
    assert found.answers == len(scores)
    assert -100 <= found.points <= 100
    if all(score >= 9 for score in scores):
        assert found.points == 100


@pytest.mark.parametrize(("kind", "bad"), [(Kind.STAGE, (0, 4, -1)), (Kind.SURVEY, (-1, 11))])
def test_scores_have_ends(kind, bad) -> None:
    for score in bad:
        with pytest.raises(ScoreUnknown):
            rules.require_score(kind, score)


def test_nothing_is_asked_of_a_job_at_the_bench(world: Actor) -> None:
    with time_machine.travel(NOW, tick=False):
        reference = make_ticket(world, stage=Stage.IN_REPAIR)
        with pytest.raises(NothingToRate):
            say(reference, 3, by=world)
