"""Cookies of customers: checked once, of age each time, few kept, and only true ones."""

from datetime import timedelta

import pytest
import time_machine

from repairshop.clock import now
from repairshop.portal import cookies
from repairshop.portal.cookies import Cookies


@pytest.fixture
def header_of(app):
    """The Cookie header of a browser whose session holds this."""
    sessions = app.session_interface

    def make(**kept):
        value = sessions.get_signing_serializer(app).dumps(kept)
        return f"other=1; {app.config['SESSION_COOKIE_NAME']}={value}"

    return make


@pytest.fixture
def checks(monkeypatch):
    """How often a header was taken apart."""
    counted = []

    def parse(header):
        counted.append(header)
        return parse_cookie(header)

    parse_cookie = cookies.parse_cookie
    monkeypatch.setattr(cookies, "parse_cookie", parse)
    return counted


def entry(link=1):
    return {"link": link, "version": 1, "origin": "sms", "at": int(now().timestamp())}


def test_a_true_cookie_is_checked_once(app, header_of, checks):
    kept, header = Cookies(app), header_of(portal=entry(7), csrf_token="form")

    keys = [kept.find_key(header, at=now()) for _ in range(3)]

    assert [key.link_id for key in keys] == [7, 7, 7]
    assert len(checks) == 1


def test_one_that_is_kept_still_grows_old(app, header_of):
    kept = Cookies(app)
    with time_machine.travel(now(), tick=False):
        header = header_of(portal=entry())
        began = now()

    assert kept.find_key(header, at=began + timedelta(hours=11)) is not None
    assert kept.find_key(header, at=began + timedelta(hours=13)) is None
    assert kept.find_key(header, at=began - timedelta(hours=1)) is None


def test_a_signature_ends_by_the_age_the_app_allows(app, header_of, monkeypatch):
    kept, header = Cookies(app), header_of(portal=entry())
    assert kept.find_key(header, at=now()) is not None

    monkeypatch.setitem(app.config, "PERMANENT_SESSION_LIFETIME", timedelta(minutes=5))

    assert kept.find_key(header, at=now() + timedelta(minutes=6)) is None


def test_a_forged_one_is_never_kept_and_pushes_nobody_out(app, header_of, checks):
    kept, header = Cookies(app, most=1), header_of(portal=entry())
    assert kept.find_key(header, at=now()) is not None
    # Not its last character: two bits of that say nothing, so another one may be the same signature.
    forged = header[:-9] + ("A" if header[-9] != "A" else "B") + header[-8:]

    assert [kept.find_key(forged, at=now()) for _ in range(2)] == [None, None]

    kept.find_key(header, at=now())
    assert checks == [header, forged, forged]


def test_only_the_latest_are_kept(app, header_of, checks):
    kept = Cookies(app, most=2)
    headers = [header_of(portal=entry(link)) for link in (1, 2, 3)]

    keys = [kept.find_key(header, at=now()) for header in [*headers, headers[2], headers[0]]]

    assert [key.link_id for key in keys] == [1, 2, 3, 3, 1]
    assert checks == [*headers, headers[0]]


def test_a_long_header_is_answered_and_not_kept(app, header_of, checks):
    kept, header = Cookies(app), header_of(portal=entry()) + "; pad=" + "x" * 4000

    assert [kept.find_key(header, at=now()).link_id for _ in range(2)] == [1, 1]
    assert len(checks) == 2


@pytest.mark.parametrize(
    "more", [{"_flashes": [["info", "done"]]}, {"staff_session": "t"}, {"_permanent": True}]
)
def test_a_session_that_holds_more_is_left_to_flask(app, header_of, more):
    assert Cookies(app).find_key(header_of(portal=entry(), **more), at=now()) is None


def test_a_browser_that_is_to_be_told_what_it_did_is_left_to_flask(app, header_of):
    assert Cookies(app).find_key(header_of(portal=entry()) + "; done=question_sent", at=now()) is None


@pytest.mark.parametrize("header", ["", "repairshop=", "nonsense", "repairshop=a.b.c; repairshop=d"])
def test_what_is_no_cookie_of_ours_has_no_key(app, header):
    assert Cookies(app).find_key(header, at=now()) is None
