"""The customer says no; the device is closed up and goes back as it came."""

from repairshop.quotes.queries import get_current_quote
from repairshop.tickets.stages import Outcome, Stage
from tests.journeys import acts
from tests.journeys.floor import Floor


def test_a_declined_quote_sends_the_device_back_unrepaired(floor: Floor) -> None:
    reference = acts.checked_in(floor)
    carl = acts.quoted(floor, reference)

    carl.follow("Check and answer").follow("Decline the repair")
    carl.press("Decline the repair", {"reason": "too_expensive", "note": "I buy a new one"})
    carl.says("You said no to the repair")
    post = floor.run_worker()
    assert "getting your phone ready to hand back" in post.text
    assert post.letter["To"] == "carl@example.com"

    tess = floor.tab("tess")
    acts.close_unrepaired(tess, reference)
    post = floor.post_of_staff_move()
    assert "ready to collect, not repaired" in post.text
    acts.hand_over(floor.tab("frank"), reference)
    assert "you have your phone back" in floor.post_of_staff_move().text

    ticket = floor.ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.HANDED_OVER, Outcome.DECLINED)
    with floor.app.app_context():
        assert get_current_quote(ticket.id) is None or get_current_quote(ticket.id).approval is None  # type: ignore[union-attr]
    floor.customer(post.link).says("Collected")
    assert floor.history_holds()
