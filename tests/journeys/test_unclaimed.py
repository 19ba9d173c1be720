"""Ready, and nobody comes: the job marks it, the customer is told, and collects it all the same."""

from datetime import timedelta

from repairshop.tickets.stages import Outcome, Stage
from tests.journeys import acts
from tests.journeys.floor import Floor


def test_an_unclaimed_phone_is_collected_in_the_end(floor: Floor) -> None:
    reference = acts.checked_in(floor, fixed_price="89.00")
    dates = {"earliest": "2026-03-05", "latest": "2026-03-06"}
    acts.do(floor.tab("frank"), reference, "Accept fixed price", dates, press="Go on with the £89.00 repair")
    acts.repair(floor.tab("tess"), reference)
    acts.wait_for_post(floor)
    floor.run_worker()
    assert floor.ticket(reference).stage is Stage.READY

    floor.pass_time(timedelta(days=61))
    floor.run_worker()
    assert floor.ticket(reference).stage is Stage.UNCLAIMED
    floor.run_worker()
    assert "is still here and waits for you" in floor.standin.ledger[-1].body
    assert floor.mailbox.letters[-1]["To"] == "carl@example.com"
    floor.customer(floor.standin.ledger[-1].body.rpartition(" ")[2]).says("Waiting for you")

    frank = floor.tab("frank")
    acts.do(frank, reference, "Customer answers", {"note": "Comes on Friday"}, press="Customer answers")
    assert floor.ticket(reference).stage is Stage.READY
    acts.hand_over(frank, reference)

    ticket = floor.ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.HANDED_OVER, Outcome.REPAIRED)
    assert floor.history_holds()
