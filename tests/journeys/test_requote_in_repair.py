"""On the bench something else turns up: the customer decides again, and the first answer stays readable."""

from repairshop.quotes.queries import list_quotes
from repairshop.tickets.stages import Outcome, Stage
from tests.journeys import acts
from tests.journeys.floor import Floor


def test_a_new_quote_in_the_middle_of_the_repair(floor: Floor) -> None:
    reference = acts.checked_in(floor)
    acts.approve(acts.quoted(floor, reference))
    tess = floor.tab("tess")
    acts.do(tess, reference, "Start repair")
    acts.wait_for_post(floor)

    tess.open(f"/tickets/{reference}").follow("Quote again")
    acts.write_quote(tess, reference, work="45.00")
    tess.says("Work stops until the customer answers").press("Send the £119.00 quote")
    post = floor.post_of_staff_move()
    assert "new quote for your phone" in post.text
    assert post.letter["Subject"] == "R-1: a new quote for your phone"
    carl = floor.customer(post.link).says("£119.00")
    acts.approve(carl, "£119.00").says("£119.00")

    acts.repair(tess, reference)
    acts.hand_over(floor.tab("frank"), reference)

    ticket = floor.ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.HANDED_OVER, Outcome.REPAIRED)
    with floor.app.app_context():
        versions = list_quotes(ticket.id)
    assert sorted(quote.approval.price.minor for quote in versions if quote.approval) == [10500, 11900]
    assert floor.history_holds()
