"""Leaving a browser that others use, and what the pass's worker is told."""

from datetime import datetime, timedelta

import pytest

from repairshop import clock
from repairshop.tickets.portal_links import revoke_links
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.portal.guests import come_in
from tests.portal.test_pickup_pass import name_dana

pytestmark = pytest.mark.usefixtures("shop")

EVERYTHING = '"cache", "storage"'


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.READY)


@pytest.fixture
def carl(app, reference):
    return come_in(app, reference)


def test_who_leaves_is_out_and_the_browser_is_told_to_keep_nothing(carl):
    response = carl.send("/repair/leave", {})

    assert response.status_code == 200
    assert response.headers["Clear-Site-Data"] == EVERYTHING
    assert carl.get("/repair").status_code == 404


def test_to_look_at_the_way_out_changes_nothing(carl):
    assert "Clear-Site-Data" not in carl.get("/repair/leave").headers
    assert carl.get("/repair").status_code == 200


def test_a_form_from_elsewhere_puts_nobody_out(carl):
    assert carl.post("/repair/leave").status_code in (400, 422)
    assert carl.get("/repair").status_code == 200


def test_staff_stay_signed_in(frank):
    assert frank.send("/repair/leave", {}).status_code == 200
    assert frank.get("/counter").status_code == 200


def test_every_page_of_a_repair_leads_to_the_way_out(carl, reference):
    for path in ("", "/history", "/privacy", "/question"):
        assert 'href="/repair/leave"' in carl.get(f"/repair/{reference}{path}").text
    assert 'href="/repair/leave"' not in carl.get("/find-my-repair").text


def test_a_revoked_link_leaves_nothing_in_the_browser(app, carl, reference):
    with app.app_context(), transaction():
        revoke_links(get_ticket(reference).visit_id)

    assert carl.get("/repair").headers["Clear-Site-Data"] == EVERYTHING
    assert "Clear-Site-Data" not in carl.get("/repair").headers  # a stranger's browser keeps nothing of ours


def test_the_worker_of_a_pass_may_speak_for_that_pass_alone(anonymous, carl, reference):
    for path in (f"/repair/{reference}/pass", name_dana(carl, reference)):
        response = anonymous.get(f"{path}/keeper.js")

        assert response.status_code == 200
        assert response.mimetype == "text/javascript"
        assert response.headers["Service-Worker-Allowed"] == path
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"
        again = anonymous.get(f"{path}/keeper.js", headers={"If-None-Match": response.headers["ETag"]})
        assert again.status_code == 304


def test_what_the_worker_is_given_is_kept_by_nobody_else_and_has_an_end(carl, reference):
    response = carl.get(f"/repair/{reference}/pass", headers={"Pass-Keeper": "1"})

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    until = datetime.fromtimestamp(int(response.headers["Pass-Until"]) / 1000, clock.now().tzinfo)
    assert timedelta(days=30) <= until - clock.now() <= timedelta(days=31)


def test_pages_of_the_portal_stay_without_a_script(carl, reference):
    for path in ("", "/history", "/privacy", "/collector"):
        assert "<script" not in carl.get(f"/repair/{reference}{path}").text
    assert "<script" not in carl.get("/repair/leave").text
    assert "<script" not in carl.get(f"/repair/{reference}/pass?save=1", follow_redirects=True).text
