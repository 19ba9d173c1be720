"""A walk-in, from the counter to the hand-over; the customer is told of each step by text and by letter."""

from datetime import timedelta

import pytest

from repairshop.tickets.stages import Outcome, Stage
from tests.journeys import acts
from tests.journeys.floor import Floor, Post


def told(post: Post, words: str, subject: str) -> None:
    """A text and a letter left, both with the customer's link and without a word in braces."""
    assert words in post.text
    assert post.texts[0].to == "+447700900123"
    assert post.letter["To"] == "carl@example.com"
    assert post.letter["Subject"] == subject
    body = post.letter.get_body(("plain",))
    assert body is not None
    assert post.link.rpartition("/")[0] in body.get_content()
    for written in (post.text, body.get_content(), post.letter["Subject"]):
        assert "{" not in written
        assert "[[" not in written


@pytest.mark.both_databases
def test_walk_in_repaired(floor: Floor) -> None:
    reference, frank = acts.take_in(floor)
    assert not floor.run_worker()
    frank.says("Carl Cooper", "It fell and stays dark")
    acts.complete_check_in(frank)
    post = floor.run_worker()
    told(post, "Fixwell: we have your phone, R-1.", "R-1: we have your phone")
    carl = floor.customer(post.link)
    carl.says("Apple iPhone 13", "R-1", "We have it")

    tess = floor.tab("tess")
    acts.start_diagnosis(tess, reference)
    told(
        floor.post_of_staff_move(),
        "Fixwell: R-1, we are looking at your phone now.",
        "R-1: we are looking at your phone",
    )
    acts.run_tests(tess, reference, "before")
    acts.send_quote(tess, reference)
    post = floor.post_of_staff_move()
    told(post, "you decide", "R-1: you decide about your phone")

    carl = floor.customer(post.link).says("£105.00", "£120.00")
    carl.follow("Check and answer").press("Approve £105.00 repair")
    carl.says("£105.00")
    told(floor.run_worker(), "is next for the bench", "R-1: your phone is next for the bench")

    acts.do(
        tess,
        reference,
        "Order part",
        {"name": "Screen", "supplier": "Glassworks", "expected_on": "2026-03-06"},
        press="Order the part",
    )
    told(floor.post_of_staff_move(), "waits for a part, due", "R-1: your phone waits for a part")

    floor.pass_time(timedelta(days=2))
    tess = floor.tab("tess")
    tess.open(f"/tickets/{reference}/parts").press("It arrived")
    told(
        floor.post_of_staff_move(), "the part for your phone is here", "R-1: the part for your phone is here"
    )

    acts.do(tess, reference, "Start repair")
    told(floor.post_of_staff_move(), "is on the bench", "R-1: your phone is on the bench")

    acts.fit_screen(tess, reference)
    acts.finish(tess, reference, note="New screen fitted")
    told(floor.post_of_staff_move(), "we test it next", "R-1: work on your phone is done")

    acts.run_tests(tess, reference, "after")
    acts.close_out(tess, reference)
    acts.release(tess, reference)
    post = floor.post_of_staff_move()
    told(post, "is ready to collect", "R-1: your phone is ready to collect")
    floor.customer(post.link).says("Ready to collect")

    frank = floor.tab("frank")
    acts.hand_over(frank, reference)
    post = floor.post_of_staff_move()
    told(post, "you have your phone back", "R-1: you have your phone back")
    floor.customer(post.link).says("Warranty")

    ticket = floor.ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.HANDED_OVER, Outcome.REPAIRED)
    report = frank.browser.send(f"/tickets/{reference}/report", follow_redirects=True)
    assert report.data.startswith(b"%PDF-")
    assert floor.history_holds()
