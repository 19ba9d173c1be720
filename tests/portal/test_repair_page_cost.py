"""What reading the repair page again costs: two questions, a kept body without anybody's form token."""

import pytest

from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.stages import Stage
from tests.builders import make_ticket, open_day
from tests.counting import counted_queries
from tests.portal.guests import come_in
from tests.quotes.builders import quoted_ticket

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(params=[Stage.RECEIVED, Stage.AWAITING_APPROVAL, Stage.READY])
def reference(request, app, tess):
    with app.app_context():
        if request.param is Stage.AWAITING_APPROVAL:
            return quoted_ticket(tess.actor, earliest=open_day(7), latest=open_day(7))
        return make_ticket(tess.actor, stage=request.param)


def test_two_questions_say_that_nothing_has_changed_or_find_the_kept_body(app, reference):
    browser = come_in(app, reference)
    tag = browser.get("/repair").headers["ETag"]

    with counted_queries(app) as unchanged:
        again = browser.get("/repair", headers={"If-None-Match": tag})
    with counted_queries(app) as kept:
        whole = browser.get("/repair")

    assert (again.status_code, again.data, whole.status_code) == (304, b"", 200)
    assert (unchanged.count, kept.count) == (2, 2)


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
