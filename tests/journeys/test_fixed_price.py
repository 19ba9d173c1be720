"""A fixed price inside the customer's spend limit: nobody has to wait for an answer."""

from repairshop.tickets.stages import Outcome, Stage
from tests.journeys import acts
from tests.journeys.floor import Floor


def test_a_fixed_price_goes_straight_to_the_bench(floor: Floor) -> None:
    reference = acts.checked_in(floor, fixed_price="89.00", spend_limit="100.00")
    frank = floor.tab("frank")

    frank.open(f"/tickets/{reference}").follow("Accept fixed price").says("£89.00")
    frank.press("Go on with the £89.00 repair", {"earliest": "2026-03-05", "latest": "2026-03-06"})
    post = floor.post_of_staff_move()
    assert "is next for the bench" in post.text
    floor.customer(post.link).says("£89.00")
    acts.repair(floor.tab("tess"), reference)
    acts.hand_over(frank, reference)

    ticket = floor.ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.HANDED_OVER, Outcome.REPAIRED)
    assert floor.history_holds()


def test_a_quote_within_the_limit_is_not_asked_about(floor: Floor) -> None:
    reference = acts.checked_in(floor, spend_limit="150.00")
    tess = floor.tab("tess")
    acts.start_diagnosis(tess, reference)

    acts.write_quote(tess, reference)
    tess.open(f"/tickets/{reference}").follow("Proceed within limit").says("£120.00", "£150.00")
    tess.press("Go on with the £105.00 repair")
    post = floor.post_of_staff_move()
    assert "is next for the bench" in post.text
    acts.repair(tess, reference)
    acts.hand_over(floor.tab("frank"), reference)

    assert floor.ticket(reference).stage is Stage.HANDED_OVER
    assert floor.history_holds()
