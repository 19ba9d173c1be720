"""Several devices that came together: what waits for their customer stands first, what is late says so."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.clock import now
from repairshop.portal.rules import by_need
from repairshop.tickets.stages import FINAL_STAGES, Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.portal.guests import come_in

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def together(app, tess):
    """References of devices in these stages, brought together by Carl."""

    def bring(*stages: Stage) -> list[str]:
        with app.app_context():
            references = [make_ticket(tess.actor, stage=stage) for stage in stages]
            with transaction():
                visit_id = get_ticket(references[0]).visit_id
                for reference in references:
                    get_ticket(reference).visit_id = visit_id
        return references

    return bring


def order(page: str) -> list[str]:
    return re.findall(r'<h2><a href="/repair/(\w{9})"', page)


def test_the_device_that_waits_for_an_answer_stands_first(app, together):
    bench, back, ready, asked = together(
        Stage.IN_REPAIR, Stage.HANDED_OVER, Stage.READY, Stage.AWAITING_APPROVAL
    )

    page = come_in(app, bench).get("/repair").text

    assert order(page) == [asked, ready, bench, back]
    assert "One of them waits for your answer." in page


@pytest.mark.parametrize(
    ("stage", "hours", "said"),
    [
        (Stage.IN_REPAIR, 30, "It should be ready"),
        (Stage.IN_REPAIR, -30, "We are late."),
        (Stage.READY, -30, ""),
        (Stage.READY, 30, ""),
        (Stage.AWAITING_APPROVAL, -30, ""),
    ],
)
def test_a_device_has_the_date_it_is_owed_or_says_that_it_is_late(app, together, stage, hours, said):
    first, _ = together(stage, Stage.BOOKED)
    with app.app_context(), transaction():
        get_ticket(first).due_at = now() + timedelta(hours=hours)

    page = come_in(app, first).get("/repair").text

    assert [words for words in ("It should be ready", "We are late.") if words in page] == [said] * bool(said)


def test_each_device_leads_back_to_all_of_them(app, together, tess):
    first, _ = together(Stage.READY, Stage.RECEIVED)
    with app.app_context():
        alone = make_ticket(tess.actor, name="Dana Diaz", phone="07700 900456")

    assert "All your devices" in come_in(app, first).get(f"/repair/{first}").text
    assert "All your devices" not in come_in(app, alone).get("/repair").text


@given(st.lists(st.sampled_from(list(Stage))))
def test_the_order_keeps_every_device_and_puts_what_is_over_last(stages):
    places = by_need(stages)
    over = [stages[place] in FINAL_STAGES for place in places]

    assert sorted(places) == list(range(len(stages)))
    assert over == sorted(over)
