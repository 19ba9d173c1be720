"""The first test after the repair fails: there is no way to "ready" past it."""

from repairshop.tickets.stages import Outcome, Stage
from tests.journeys import acts
from tests.journeys.floor import Floor


def test_a_failed_test_sends_the_phone_back_to_the_bench(floor: Floor) -> None:
    reference = acts.checked_in(floor)
    acts.approve(acts.quoted(floor, reference))
    tess = floor.tab("tess")
    acts.do(tess, reference, "Start repair")
    acts.fit_screen(tess, reference)
    acts.finish(tess, reference)
    acts.wait_for_post(floor)

    acts.close_out(tess, reference)
    tess.open(f"/tickets/{reference}").follow("Release")
    tess.press("Release for collection", {"put_together": True}, expect=422)
    assert floor.ticket(reference).stage is Stage.FINAL_CHECKS

    tess.open(f"/tickets/{reference}/tests/after")
    first_check = tess.response.text.split('name="verdict-')[1].split('"')[0]
    acts.run_tests(tess, reference, "after", failing=first_check)
    acts.do(
        tess,
        reference,
        "Test failed",
        {"note": "The picture flickers at the edge"},
        press="Back to the bench",
    )
    post = floor.post_of_staff_move()
    assert "back on the bench for one more fix" in post.text
    assert post.letter["To"] == "carl@example.com"

    acts.finish(tess, reference)
    tess.open(f"/tickets/{reference}/tests/after").press("Test again")
    acts.run_tests(tess, reference, "after")
    acts.release(tess, reference)
    assert "is ready to collect" in floor.post_of_staff_move().text
    acts.hand_over(floor.tab("frank"), reference)

    ticket = floor.ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.HANDED_OVER, Outcome.REPAIRED)
    assert floor.history_holds()
