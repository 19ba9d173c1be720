"""The customer answers on paper, on the counter's screen and on their phone; managers write what is asked."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.privacy import answering, list_queries, lists, notice_queries, queries, rules, service
from repairshop.privacy.models import PrivacyListDraft
from repairshop.privacy.rules import Answer, Choice, TaskKind, TaskState, Way
from repairshop.tickets import queries as tickets
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.service import actor_for_customer
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser
from tests.portal.guests import come_in


@pytest.fixture
def reference(app, frank):
    """Carl's phone with the list open."""
    with app.app_context():
        reference = make_ticket(frank.actor, checked_in=False)
        with transaction():
            service.open_task_list(get_ticket(reference), by=frank.actor)
    return reference


def task_of(app, reference, kind):
    with app.app_context():
        return queries.find_task(get_ticket(reference).id, kind)


def last_act(app, reference):
    with app.app_context():
        return tickets.list_history(get_ticket(reference).id)[0]


def customer_says(app, reference, way, kind=TaskKind.BACKUP, **values):
    with app.app_context(), transaction():
        answering.answer_as_customer(
            reference,
            {kind: Answer(**values)},
            by=actor_for_customer(get_ticket(reference)),
            way=way,
            notice_shown=1,
        )


def test_an_answer_from_the_phone_is_the_customers_and_says_so(app, reference):
    carl = come_in(app, reference, origin=LinkOrigin.RECEIPT)
    page = carl.get(f"/repair/{reference}/privacy-answers")
    before = last_act(app, reference)

    response = carl.send(f"/repair/{reference}/privacy-answers", {"backup-choice": "yes"})

    assert page.status_code == 200
    assert before.act == "privacy_list_opened"  # looking wrote nothing
    assert response.status_code == 303
    task = task_of(app, reference, TaskKind.BACKUP)
    assert (task.choice, task.way, task.answered_by) == (Choice.YES, Way.OWN_PHONE, None)
    entry = last_act(app, reference)
    assert (entry.actor_kind, entry.after["way"]) == ("customer", "own_phone")
    assert "You answered on this page" in carl.get(f"/repair/{reference}/privacy").text


def test_the_customer_reads_their_answers_in_their_own_mouth(app, reference, frank):
    customer_says(app, reference, Way.OWN_PHONE, kind=TaskKind.BACKUP, choice=Choice.NO)

    own = come_in(app, reference).get(f"/repair/{reference}/privacy").text
    assert "No, and I know that data can be lost" in own
    assert "No, and the customer knows" not in own
    assert "No, and the customer knows" in frank.get(f"/tickets/{reference}/privacy").text


@pytest.mark.parametrize("choice", ["copy", "erase"])
def test_nobody_asks_for_a_copy_or_an_erasure_by_a_link(app, reference, choice):
    carl = come_in(app, reference)

    response = carl.send(
        f"/repair/{reference}/privacy-answers", {"data_use-choice": choice, "data_use-wish": "nothing"}
    )

    assert response.status_code == 422
    with pytest.raises(rules.OnlyAtTheCounter):
        customer_says(
            app,
            reference,
            Way.OWN_PHONE,
            TaskKind.DATA_USE,
            choice=Choice(choice),
            details={"wish": "nothing"},
        )


def test_a_refused_answer_says_why_at_its_question_and_keeps_the_rest(app, reference):
    carl = come_in(app, reference)

    response = carl.send(
        f"/repair/{reference}/privacy-answers",
        {"backup-choice": "impossible", "data_use-choice": "none", "data_use-wish": "watch"},
    )

    assert response.status_code == 422
    assert 'href="#backup-reason"' in response.text
    assert re.search(r'value="watch"[^>]*selected|selected[^>]*value="watch"', response.text)
    assert task_of(app, reference, TaskKind.DATA_USE).state is TaskState.OPEN


@pytest.mark.parametrize(
    ("kind", "state", "way", "stage", "may"),
    [
        (TaskKind.BACKUP, TaskState.OPEN, Way.STAFF, Stage.RECEIVED, True),
        (TaskKind.DATA_USE, TaskState.DONE, Way.STAFF, Stage.IN_REPAIR, True),
        (TaskKind.SIM_AND_ACCOUNTS, TaskState.OPEN, Way.STAFF, Stage.RECEIVED, True),
        (TaskKind.SIM_AND_ACCOUNTS, TaskState.DONE, Way.STAFF, Stage.RECEIVED, False),
        (TaskKind.SIM_AND_ACCOUNTS, TaskState.DONE, Way.PAPER, Stage.RECEIVED, True),
        (TaskKind.BACKUP, TaskState.NOT_POSSIBLE, Way.STAFF, Stage.RECEIVED, False),
        (TaskKind.CREDENTIAL, TaskState.OPEN, Way.STAFF, Stage.RECEIVED, False),
        (TaskKind.COPIES_ERASED, TaskState.OPEN, Way.STAFF, Stage.RECEIVED, False),
        (TaskKind.DATA_USE, TaskState.OPEN, Way.STAFF, Stage.READY, False),
        (TaskKind.DATA_USE, TaskState.OPEN, Way.STAFF, Stage.HANDED_OVER, False),
    ],
)
def test_what_a_customer_may_answer_and_until_when(kind, state, way, stage, may):
    task = rules.Task(kind=kind, part=rules.TaskPart.CUSTOMER_PRESENT, state=state, way=way)

    assert rules.may_customer_answer(task, stage=stage) is may


def test_paper_is_copied_by_staff_and_stays_the_customers(app, frank, reference):
    sheet = frank.get(f"/tickets/{reference}/privacy-sheet").text

    response = frank.send(
        f"/tickets/{reference}/privacy-paper",
        {"credential-choice": "not_needed", "notice-choice": "acknowledged", "backup-choice": "no"},
    )

    assert "I have read the notice and agree" in sheet
    assert response.status_code == 302
    notice = task_of(app, reference, TaskKind.NOTICE)
    assert (notice.way, notice.answered_by, notice.notice_version) == (Way.PAPER, "Frank", 1)
    assert "answered on paper" in frank.get(f"/tickets/{reference}/privacy").text


def test_this_screen_signs_staff_out_before_the_customer_has_it(app, frank, reference):
    response = frank.send(f"/tickets/{reference}/turn-round")

    assert response.location == "/counter-screen"
    assert frank.get("/counter-screen").status_code == 200
    assert frank.get(f"/tickets/{reference}/privacy").status_code == 302  # to the sign-in page
    done = frank.send("/counter-screen", {"backup-choice": "yes"})
    assert done.location == "/counter-screen/done"
    task = task_of(app, reference, TaskKind.BACKUP)
    assert (task.way, task.answered_by) == (Way.COUNTER_SCREEN, "Frank")
    assert last_act(app, reference).actor_kind == "customer"
    assert frank.get("/counter-screen").status_code == 404  # nothing is left on it


def test_a_tablet_reads_the_code_for_ten_minutes_and_sees_nothing_else(app, frank, reference):
    with app.app_context():
        other = make_ticket(frank.actor)
    key = key_of(app, reference, frank)
    tablet = Browser(app, app.response_class)

    with time_machine.travel(timedelta(minutes=11).total_seconds() + now_seconds(), tick=False):
        assert tablet.get(f"/c/{key}").status_code == 404
    assert tablet.get(f"/c/{key}").location == "/counter-screen"
    assert tablet.get("/counter-screen").status_code == 200
    assert tablet.get(f"/repair/{other}").status_code == 404
    assert frank.get(f"/c/{key}").status_code == 404  # never where staff are signed in


def key_of(app, reference, person):
    with app.app_context():
        from repairshop.portal.counter_views import _serializer

        return _serializer().dumps([reference, person.actor.id])


def now_seconds():
    from repairshop.clock import now

    return now().timestamp()


def test_a_notice_that_changed_meanwhile_is_not_acknowledged_unread(app, frank, mira, reference):
    with app.app_context(), transaction():
        service.ensure_notice(get_ticket(reference).shop_id)
        lists.publish_notice({"en": "New."}, by=mira.actor, standard_texts={"en": "Old."})

    with pytest.raises(rules.NoticeChanged):
        customer_says(app, reference, Way.OWN_PHONE, TaskKind.NOTICE, choice=Choice.ACKNOWLEDGED)


def test_erasing_asks_for_its_certificate_before_the_release(app, frank, reference):
    wish = {"wish": "nothing"}
    with app.app_context():
        with transaction():
            service.answer_task(
                reference, TaskKind.COPIES_ERASED, Answer(choice=Choice.NO_COPIES), by=frank.actor
            )
        with transaction():
            service.answer_task(
                reference, TaskKind.DATA_USE, Answer(choice=Choice.ERASE, details=wish), by=frank.actor
            )

    assert task_of(app, reference, TaskKind.COPIES_ERASED).state is TaskState.OPEN  # it counts no longer
    frank.send(
        f"/tickets/{reference}/erasure-certificate",
        {
            "media_type": "Flash of the phone",
            "method": "clear",
            "technique": "Factory reset with cryptographic erase",
            "tool": "Android 15",
            "check": "other",
            "verification": "Set-up screen seen",
            "destination": "customer",
        },
    )
    assert task_of(app, reference, TaskKind.COPIES_ERASED).state is TaskState.DONE
    entry = last_act(app, reference)
    assert (entry.act, entry.after["method"]) == ("wipe_certified", "clear")
    assert "Android" not in str(entry.after)
    assert "Set-up screen seen" in frank.get(f"/tickets/{reference}/privacy").text


@pytest.mark.parametrize(
    ("kind", "choice", "given"),
    [
        (TaskKind.CREDENTIAL_PURGED, Choice.NEVER_TAKEN, {"credential": Choice.NEEDED}),
        (TaskKind.ACCESS_REVIEWED, Choice.NO_OPENINGS, {"openings": 1, "last_opened_at": "later"}),
        (TaskKind.ACCESS_REVIEWED, Choice.EXPLAINED, {"openings": 2, "last_opened_at": "later"}),
        (TaskKind.COPIES_ERASED, Choice.NO_COPIES, {"data_use": Choice.ERASE}),
    ],
)
def test_an_answer_that_is_true_no_longer_is_open_again(kind, choice, given):
    from repairshop.clock import now

    if "last_opened_at" in given:
        given = {**given, "last_opened_at": now() + timedelta(minutes=1)}
    task = rules.Task(
        kind=kind,
        part=rules.TaskPart.CLOSE_OUT,
        state=TaskState.DONE,
        choice=choice,
        answered_at=now(),
    )

    assert rules.derived(task, given=rules.Circumstances(**given)).state is TaskState.OPEN


# --- the manager's lists --------------------------------------------------------------------------


def test_a_published_list_is_a_new_version_and_old_tickets_keep_theirs(app, frank, mira, reference):
    there = "/privacy-lists/phone"
    mira.send(f"{there}/draft")
    fields = form_of(app, mira, f"{there}/draft/backup/en")

    mira.send(f"{there}/draft/backup/en", {**fields, "title": "Have you saved your things?"})
    preview = mira.get(there).text
    mira.send(f"{there}/publish")

    assert "Have you saved your things?" in preview
    assert task_of(app, reference, TaskKind.BACKUP).title.own == {}
    with app.app_context():
        later = make_ticket(frank.actor, checked_in=False)
        with transaction():
            service.open_task_list(get_ticket(later), by=frank.actor)
    task = task_of(app, later, TaskKind.BACKUP)
    assert (task.list_version, task.title.own["en"]) == (2, "Have you saved your things?")
    assert "Have you saved your things?" in frank.get(f"/tickets/{later}/privacy").text
    assert "Have you saved your things?" not in mira.get(f"{there}/versions/1").text
    assert "Mira" in mira.get(there).text


def test_a_draft_that_changes_nothing_is_not_published(app, mira, reference):
    mira.send("/privacy-lists/phone/draft")

    response = mira.send("/privacy-lists/phone/publish")

    assert response.status_code == 422
    with app.app_context():
        shop_id = mira.actor.shop_id
        assert len(list_queries.list_versions(shop_id)[DeviceType.PHONE]) == 1


def test_two_managers_do_not_write_over_each_other(app, mira, reference):
    there = "/privacy-lists/phone/draft/backup/en"
    mira.send("/privacy-lists/phone/draft")
    first = form_of(app, mira, there)

    mira.send(there, {**first, "title": "One"})
    second = mira.send(there, {**first, "title": "Two"})

    assert second.status_code == 409
    with app.app_context():
        draft = db.session.scalars(select(PrivacyListDraft)).one()
        assert "One" in str(draft.tasks)


def test_the_notice_is_written_in_each_language(app, mira, reference):
    response = mira.send("/privacy-notice", {"en": "We look at nothing.", "es": "No miramos nada."})

    assert response.status_code == 302
    with app.app_context():
        notice = notice_queries.get_notice(mira.actor.shop_id)
    assert notice.paragraphs_in("es") == ("No miramos nada.",)
    assert notice.paragraphs_in("en") == ("We look at nothing.",)
    assert "No miramos nada." in mira.get(f"/privacy-notice/{notice.version}").text


def test_the_notice_asks_for_the_languages_of_the_shop_alone(mira, reference):
    page = mira.get("/privacy-notice").text

    assert [name for name in ("en", "es", "de", "fr") if f' name="{name}"' in page] == ["en", "es"]


def form_of(app, person, path):
    """What a browser would send of the page's form without touching it."""
    page = person.get(path).text
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        is_tick = 'type="checkbox"' in tag
        if name and (not is_tick or " checked" in tag) and name[1] not in {"csrf_token", "once", "q"}:
            fields[name[1]] = value[1] if value else ""
    for name, text in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\s*([^<]*)</textarea>', page):
        fields[name] = text.replace("&#39;", "'").strip()
    return fields
