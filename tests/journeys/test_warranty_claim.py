"""The fault comes back: a claim is a ticket of its own, linked to the first, whose dates never move."""

from datetime import timedelta

from repairshop.tickets.stages import Outcome, Stage
from repairshop.warranty.queries import get_warranty, list_claim_covers
from tests.journeys import acts
from tests.journeys.floor import Floor


def test_a_claim_is_repaired_without_charge(floor: Floor) -> None:
    first = acts.checked_in(floor, fixed_price="89.00")
    dates = {"earliest": "2026-03-05", "latest": "2026-03-06"}
    acts.do(floor.tab("frank"), first, "Accept fixed price", dates, press="Go on with the £89.00 repair")
    acts.repair(floor.tab("tess"), first)
    acts.hand_over(floor.tab("frank"), first)
    acts.wait_for_post(floor)
    with floor.app.app_context():
        ends_on = get_warranty(floor.ticket(first).id).ends_on  # type: ignore[union-attr]

    floor.pass_time(timedelta(days=12))
    floor.run_worker()  # asks how it was
    assert "how was the repair of your phone" in floor.run_worker().text
    frank = floor.tab("frank").open(f"/tickets/{first}").follow("Open a warranty claim")
    frank.press("Open the claim", {"reported_fault": "Dark again", "where": "here"})
    claim = frank.path.split("/")[2]
    assert claim != first
    frank.open(f"/tickets/{claim}/check-in-complete")
    acts.complete_check_in(
        frank, **{"condition_note": "As it left", "reach_note": "At work", "credential-choice": "not_needed"}
    )
    assert "we have your phone, R-2" in floor.run_worker().text

    tess = floor.tab("tess")
    acts.start_diagnosis(tess, claim)
    acts.do(
        tess,
        claim,
        "Proceed under warranty",
        {"about": _work_of(floor, claim), "because": "The new screen's cable was loose"},
        press="Repair it under warranty",
    )
    assert "we repair your phone without charge" in floor.post_of_staff_move().text
    acts.repair(tess, claim)
    acts.hand_over(floor.tab("frank"), claim)

    ticket, original = floor.ticket(claim), floor.ticket(first)
    assert (ticket.stage, ticket.outcome) == (Stage.HANDED_OVER, Outcome.REPAIRED)
    assert ticket.claim_of_id == original.id
    with floor.app.app_context():
        assert get_warranty(original.id).ends_on == ends_on  # type: ignore[union-attr]
    floor.tab("frank").open(f"/tickets/{claim}").says("R-1")
    assert floor.history_holds()


def _work_of(floor: Floor, claim: str) -> str:
    """The choice that names the work of the first repair."""
    with floor.app.app_context():
        return str(list_claim_covers(floor.ticket(claim).id)[0].id)
