"""Not worth repairing: the customer leaves it for recycling, its data destroyed."""

from repairshop.tickets.stages import Outcome, Stage
from tests.journeys import acts
from tests.journeys.floor import Floor


def test_a_phone_that_cannot_be_repaired_is_left_for_recycling(floor: Floor) -> None:
    reference = acts.checked_in(floor)
    tess = floor.tab("tess")
    acts.start_diagnosis(tess, reference)
    acts.do(
        tess,
        reference,
        "Not repairable",
        {"barrier": "parts_not_available", "note": "No maker makes this screen any more"},
        press="Not repairable",
    )
    post = floor.post_of_staff_move()
    assert "getting your phone ready to hand back" in post.text
    acts.close_unrepaired(tess, reference)
    assert "ready to collect, not repaired" in floor.post_of_staff_move().text

    mira = floor.tab("mira")
    acts.do(
        mira,
        reference,
        "Surrender",
        {"kind": "recycling", "basis": "customer_agreed", "confirmed": True},
        press="Keep the device for good",
    )
    post = floor.post_of_staff_move()
    assert "you left your phone with us" in post.text
    assert post.letter["To"] == "carl@example.com"
    floor.customer(post.link).says("Given up for recycling")

    ticket = floor.ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.SURRENDERED, Outcome.SURRENDERED)
    assert floor.history_holds()
