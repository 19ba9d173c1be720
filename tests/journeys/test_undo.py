"""A wrong key: undone inside the window, and nobody was told."""

from datetime import timedelta

import pytest

from repairshop.tickets.stages import Stage
from tests.journeys import acts
from tests.journeys.floor import Floor


@pytest.mark.both_databases
def test_an_undo_inside_the_window_sends_nothing(floor: Floor) -> None:
    reference = acts.checked_in(floor)
    tess = floor.tab("tess")
    acts.start_diagnosis(tess, reference)
    floor.pass_time(timedelta(seconds=20))
    assert not floor.run_worker()

    tess.open(f"/tickets/{reference}").press("Undo")
    assert floor.ticket(reference).stage is Stage.RECEIVED
    floor.pass_time(timedelta(minutes=5))
    assert not floor.run_worker()

    acts.start_diagnosis(tess, reference)
    assert "we are looking at your phone" in floor.post_of_staff_move().text
    assert floor.history_holds()


def test_after_the_window_there_is_nothing_to_undo(floor: Floor) -> None:
    reference = acts.checked_in(floor)
    tess = floor.tab("tess")
    acts.start_diagnosis(tess, reference)
    stale = floor.tab("tess").open(f"/tickets/{reference}")

    assert floor.post_of_staff_move()
    stale.press("Undo", expect=422)

    assert floor.ticket(reference).stage is Stage.DIAGNOSING
    tess.open(f"/tickets/{reference}")
    assert not any("Undo" in "".join(one.itertext()) for one in tess.tree.iter("button"))
