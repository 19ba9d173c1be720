"""What reading the repair page again costs: one question, a kept body without anybody's form token."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.exc import OperationalError

from repairshop.clock import now
from repairshop.database import Question
from repairshop.portal import kept
from repairshop.tickets.portal_links import revoke_links
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.service import mark_changed
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket, open_day
from tests.counting import counted_queries
from tests.portal.guests import come_in, link_to
from tests.quotes.builders import quoted_ticket

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(params=[Stage.RECEIVED, Stage.AWAITING_APPROVAL, Stage.READY])
def reference(request, app, tess):
    with app.app_context():
        if request.param is Stage.AWAITING_APPROVAL:
            return quoted_ticket(tess.actor, earliest=open_day(7), latest=open_day(7))
        return make_ticket(tess.actor, stage=request.param)


def test_one_question_says_that_nothing_has_changed_or_find_the_kept_body(app, reference):
    browser = come_in(app, reference)
    tag = browser.get("/repair").headers["ETag"]

    with counted_queries(app) as unchanged:
        again = browser.get("/repair", headers={"If-None-Match": tag})
    with counted_queries(app) as kept:
        whole = browser.get("/repair")

    assert (again.status_code, again.data, whole.status_code) == (304, b"", 200)
    assert (unchanged.count, kept.count) == (1, 1)


def test_the_kept_body_holds_no_form_and_no_token(app, reference):
    page = come_in(app, reference).get("/repair").text

    assert "<form" not in page
    assert "csrf" not in page
    assert "<script" not in page


def test_two_browsers_of_one_customer_read_the_same_bytes_and_another_language_others(app, reference):
    texts = [come_in(app, reference).get("/repair").text for _ in range(2)]
    by_mail = come_in(app, reference, origin=LinkOrigin.MAIL).get("/repair")

    assert texts[0] == texts[1]
    assert by_mail.headers["ETag"] != come_in(app, reference).get("/repair").headers["ETag"]


def test_what_one_browser_did_is_said_to_it_once_and_kept_by_nobody(app, reference):
    """Also where nothing of the repair changed by it, so that every copy still holds."""
    browser, other = come_in(app, reference), come_in(app, reference)
    tag = browser.get("/repair").headers["ETag"]
    browser.set_cookie("done", "collector_ended")

    told = browser.get("/repair", headers={"If-None-Match": tag})
    again = browser.get("/repair", headers={"If-None-Match": tag})

    assert "banner-success" in told.text
    assert "ETag" not in told.headers
    assert again.status_code == 304
    assert "banner-success" not in browser.get("/repair").text + other.get("/repair").text


def _revoke(reference):
    revoke_links(get_ticket(reference).visit_id)


def _erase(reference):
    get_ticket(reference).visit.customer.erased_at = now()


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["/repair", "/repair/{}"])
@pytest.mark.parametrize("end", [_revoke, _erase])
def test_what_was_kept_is_not_shown_once_the_link_opens_nothing(app, tess, path, end):
    with app.app_context():
        reference = make_ticket(tess.actor)
    browser, path = come_in(app, reference), path.format(reference)
    tag = browser.get(path).headers["ETag"]
    assert browser.get(path).status_code == 200
    with app.app_context(), transaction():
        end(reference)

    answers = [browser.get(path), browser.get(path, headers={"If-None-Match": tag})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "Apple iPhone 13" not in "".join(answer.text for answer in answers)


def test_what_was_kept_is_not_shown_after_half_a_day(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor)
    with time_machine.travel(now(), tick=False) as clock:
        browser = come_in(app, reference)
        tag = browser.get("/repair").headers["ETag"]
        clock.shift(timedelta(hours=12, minutes=1))
        again = browser.get("/repair", headers={"If-None-Match": tag})

    assert again.status_code == 404


def test_what_was_kept_for_one_visit_is_not_shown_to_another(app, tess):
    with app.app_context():
        first = make_ticket(tess.actor)
        other = make_ticket(tess.actor, name="Dana Diaz", phone="07700 900456")
    carl, dana = come_in(app, first), come_in(app, other)
    tag = carl.get(f"/repair/{first}").headers["ETag"]

    answers = [dana.get(f"/repair/{first}"), dana.get(f"/repair/{first}", headers={"If-None-Match": tag})]
    own = dana.get("/repair", headers={"If-None-Match": carl.get("/repair").headers["ETag"]})

    assert [answer.status_code for answer in answers] == [404, 404]
    assert own.status_code == 200


def test_a_kept_page_carries_the_headers_of_a_drawn_one(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor)
    browser = come_in(app, reference)

    drawn, kept = browser.get("/repair"), browser.get("/repair")

    names = {"X-Request-ID"}
    assert {name: value for name, value in drawn.headers if name not in names} == {
        name: value for name, value in kept.headers if name not in names
    }
    assert drawn.data == kept.data


def test_a_page_that_became_late_is_drawn_anew(app, tess):
    with app.app_context():
        reference = quoted_ticket(tess.actor, earliest=open_day(2), latest=open_day(2))
        with transaction():
            get_ticket(reference).due_at = now() + timedelta(minutes=1)
    with time_machine.travel(now(), tick=False) as clock:
        browser = come_in(app, reference)
        tag = browser.get("/repair").headers["ETag"]
        clock.shift(timedelta(minutes=2))
        late = browser.get("/repair", headers={"If-None-Match": tag})

    assert late.status_code == 200


@pytest.fixture
def usual_way(monkeypatch):
    """From when it is called, what would be answered before Flask goes on to Flask, its tag known."""
    find = kept.KeptPages._find_answer

    def pass_all_on():
        monkeypatch.setattr(
            kept.KeptPages, "_find_answer", lambda self, environ: find(self, environ) and None
        )

    return pass_all_on


@pytest.mark.parametrize("path", ["/repair", "/repair/{}"])
@pytest.mark.parametrize("is_unchanged", [False, True])
def test_status_headers_body_and_line_in_the_log_are_those_of_flask(
    app, tess, usual_way, capsys, path, is_unchanged
):
    with app.app_context():
        reference = make_ticket(tess.actor)
    browser, path = come_in(app, reference), path.format(reference)
    tag = browser.get(path).headers["ETag"]
    given = {"X-Request-ID": "given-0123456789"} | ({"If-None-Match": tag} if is_unchanged else {})

    def read():
        capsys.readouterr()
        answer = browser.get(path, headers=given)
        line = re.sub(r"^\S+|milliseconds=\S+", "", capsys.readouterr().err)
        return answer.status, sorted(answer.headers), answer.data, line

    early = read()
    usual_way()

    assert early == read()
    assert early[0] == ("304 NOT MODIFIED" if is_unchanged else "200 OK")
    assert "request_id=given-0123456789" in early[3]
    assert early[3].count("\n") == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["/repair", "/repair/{}"])
def test_what_was_kept_is_not_shown_once_the_repair_has_changed(app, tess, path):
    with app.app_context():
        reference = make_ticket(tess.actor)
    browser, path = come_in(app, reference), path.format(reference)
    before = browser.get(path)
    assert browser.get(path).data == before.data
    with app.app_context(), transaction():
        mark_changed(get_ticket(reference))

    after = browser.get(path, headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]


def test_a_cookie_that_somebody_changed_opens_nothing_beside_the_true_one(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor)
    browser = come_in(app, reference)
    assert browser.get("/repair").status_code == browser.get("/repair").status_code == 200
    name = app.config["SESSION_COOKIE_NAME"]
    value = browser.get_cookie(name).value
    wrong = value[:-2] + ("AA" if value[-2:] != "AA" else "BB")

    for forged in (wrong, value.replace(".", "", 1), value[1:], ""):
        browser.set_cookie(name, forged)
        assert browser.get("/repair").status_code == 404


def test_a_name_that_is_not_ours_is_refused(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor)
    browser = come_in(app, reference)
    browser.get("/repair")

    answer = browser.get("/repair", environ_overrides={"HTTP_HOST": "evil.example"})

    assert answer.status_code == 400


def test_where_somebody_is_signed_in_too_the_page_is_the_same(app, tess):
    with app.app_context():
        reference = make_ticket(tess.actor)
    page = come_in(app, reference).get("/repair")

    tess.get(link_to(app, reference))

    assert tess.get("/repair").data == page.data
    assert tess.get("/bench").status_code == 200


def test_a_question_that_fails_is_left_to_the_usual_way(app, tess, monkeypatch):
    with app.app_context():
        reference = make_ticket(tess.actor)
    browser = come_in(app, reference)
    page = browser.get("/repair").data

    def fail(*_arguments, **_values):
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(Question, "ask", fail)

    answer = browser.get("/repair")
    assert (answer.status_code, answer.data) == (200, page)


@pytest.mark.parametrize("given", ['W/"{}"', '"another", "{}"', 'W/"another",W/"{}"'])
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_tag_that_a_proxy_made_weak_or_that_stands_among_others_is_known(
    app, tess, usual_way, given, is_kept
):
    with app.app_context():
        reference = make_ticket(tess.actor)
    browser = come_in(app, reference)
    tag = browser.get("/repair").headers["ETag"].strip('"')
    if not is_kept:
        usual_way()

    statuses = [
        browser.get("/repair", headers={"If-None-Match": header}).status_code
        for header in (given.format(tag), given.format(tag[:-1]))
    ]

    assert statuses == [304, 200]
