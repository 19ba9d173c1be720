"""The supplier names a later day: the customer is told the new dates, the first promise stays on record."""

from datetime import UTC, date, datetime

from repairshop.promises.queries import get_promises
from repairshop.tickets.stages import Outcome, Stage
from tests.journeys import acts
from tests.journeys.floor import Floor


def test_a_late_part_moves_the_promise_and_says_so(floor: Floor) -> None:
    reference = acts.checked_in(floor)
    acts.approve(acts.quoted(floor, reference))
    tess = floor.tab("tess")
    order = {"name": "Screen", "supplier": "Glassworks", "expected_on": "2026-03-06"}
    acts.do(tess, reference, "Order part", order, press="Order the part")
    acts.wait_for_post(floor)

    floor.pass_to(datetime(2026, 3, 6, 10, 0, tzinfo=UTC))
    tess = floor.tab("tess").open(f"/tickets/{reference}/parts")
    tess.press("Save the date", {"expected_on": "2026-03-11"})
    tess.open(f"/tickets/{reference}/change-promise")
    tess.press(
        "Promise these dates", {"earliest": "2026-03-12", "latest": "2026-03-13", "reason": "part_late"}
    )
    acts.wait_for_post(floor)
    told = [text.body for text in floor.standin.ledger]
    assert "13 Mar" in told[-1]
    link = told[-1].rpartition(" ")[2]
    floor.customer(link).says("13 March")

    floor.pass_to(datetime(2026, 3, 11, 10, 0, tzinfo=UTC))
    tess = floor.tab("tess")
    tess.open(f"/tickets/{reference}/parts").press("It arrived")
    assert "the part for your phone is here" in floor.post_of_staff_move().text
    acts.repair(tess, reference)
    acts.hand_over(floor.tab("frank"), reference)

    ticket = floor.ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.HANDED_OVER, Outcome.REPAIRED)
    with floor.app.app_context():
        promises = get_promises(ticket.id)
    assert promises is not None
    assert promises.current.dates.latest == date(2026, 3, 13)
    assert promises.first.dates.latest < date(2026, 3, 13)
    assert floor.history_holds()
