"""The counter check and the alert about a device that was here before."""

from datetime import timedelta

import pytest

from repairshop.database import db
from repairshop.diagnostics.queries import find_run
from repairshop.diagnostics.rules import MOST_AT_COUNTER, RunKind, Verdict
from repairshop.intake.rules import days_in_comeback_window
from repairshop.tickets.stages import Stage
from tests.intake.test_booking import MONDAY
from tests.intake.test_take_in_page import CARL, FAULT, PHONE, the_ticket

IMEI = "490154203237518"


def run_of(app, ticket):
    with app.app_context():
        run = find_run(ticket.id, RunKind.BEFORE)
        db.session.remove()
        return run


def test_the_counter_check_is_short_needs_no_reasons_and_leaves_the_rest_to_the_bench(app, frank):
    frank.send("/intake", {**PHONE, **CARL, **FAULT})
    ticket = the_ticket(app)
    path = f"/tickets/{ticket.code}/counter-check"

    page = frank.get(path).text
    answer = frank.send(path, {"verdict-power_on": "pass", "verdict-boot": "not_testable"})
    again = frank.get(path).text

    run = run_of(app, ticket)
    verdicts = {result.key: result.verdict for result in run.results if result.verdict}
    assert 0 < page.count("data-check id=") <= MOST_AT_COUNTER
    assert answer.location.endswith(f"/tickets/{ticket.code}/check-in-complete")
    assert verdicts == {"power_on": Verdict.PASS, "boot": Verdict.NOT_TESTABLE}
    assert run.closed_at is None
    assert again.count("checked") == 2


def test_a_device_seen_before_is_told_without_its_owners_name(app, frank):
    frank.send("/intake", {**PHONE, **CARL, **FAULT, "imei": IMEI})
    ticket = the_ticket(app)

    alert = frank.get(f"/intake/seen?imei={IMEI}").text
    own = frank.get(f"/intake/seen?imei={IMEI}&customer=1").text

    assert f"R-{ticket.number}" in alert
    assert "with another customer" in alert
    assert "Carl" not in alert
    assert "with another customer" not in own


@pytest.mark.parametrize("asked", ["", "?imei=12", "?serial=", "?imei=%00&serial=%00", "?customer=x"])
def test_nothing_is_said_of_devices_nobody_knows(frank, asked):
    answer = frank.get(f"/intake/seen{asked}")

    assert answer.status_code == 200
    assert "Seen before" not in answer.text


@pytest.mark.parametrize(
    ("stage", "days", "said"),
    [
        (Stage.HANDED_OVER, 0, 0),
        (Stage.HANDED_OVER, 30, 30),
        (Stage.HANDED_OVER, 31, None),
        (Stage.CANCELLED, 3, None),
        (Stage.READY, 3, None),
    ],
)
def test_a_comeback_is_named_within_the_shops_window_after_going_home(stage, days, said):
    since = MONDAY - timedelta(days=days)

    assert days_in_comeback_window(stage=stage, stage_since=since, at=MONDAY, window_days=30) == said
