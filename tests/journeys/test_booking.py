"""Booked by phone: cancelled, forgotten, or brought."""

from datetime import timedelta

from repairshop.tickets.stages import Outcome, Stage
from tests.journeys import acts
from tests.journeys.browser_forms import Tab
from tests.journeys.floor import Floor

BOOKING = {
    **acts.CARL,
    "device_type": "phone",
    "brand": "Apple",
    "model": "iPhone 13",
    "reported_fault": "Battery runs down",
    "comes_on": "2026-03-06",
}


def book(floor: Floor) -> tuple[str, Tab]:
    frank = floor.tab("frank").open("/book")
    frank.press("Book it", BOOKING)
    return frank.path.split("/")[2], frank


def test_a_booking_is_cancelled(floor: Floor) -> None:
    reference, frank = book(floor)
    acts.wait_for_post(floor)
    assert "your phone is booked in" in floor.standin.ledger[-1].body

    acts.do(frank, reference, "Cancel", {"reason": "customer_cancelled"}, press="Cancel the booking")
    post = floor.post_of_staff_move()
    assert "the booking for your phone is cancelled" in post.text
    assert post.letter["To"] == "carl@example.com"
    floor.customer(post.link).says("Cancelled")

    ticket = floor.ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.CANCELLED, Outcome.CANCELLED)
    assert floor.history_holds()


def test_a_booking_nobody_kept_is_cancelled_by_the_worker(floor: Floor) -> None:
    reference, _ = book(floor)

    floor.pass_time(timedelta(days=30))
    floor.run_worker()

    assert floor.ticket(reference).stage is Stage.CANCELLED
    assert floor.history_holds()


def test_a_booked_phone_is_brought_and_nothing_is_asked_twice(floor: Floor) -> None:
    reference, frank = book(floor)
    acts.wait_for_post(floor)

    frank.open(f"/tickets/{reference}").follow("Check in").says("Apple iPhone 13", "Carl Cooper")
    frank.press(
        "Check in", {"condition_note": "Small scratch", "reach_note": "At work", "imei": "490154203237518"}
    )
    acts.complete_check_in(frank)
    post = floor.run_worker()
    assert "we have your phone" in post.text

    assert floor.ticket(reference).stage is Stage.RECEIVED
    assert floor.history_holds()
