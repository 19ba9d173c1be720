"""The page about the work on a job."""

import pytest

from repairshop.tickets.stages import Stage
from repairshop.workshop.queries import list_spans
from tests.builders import get_ticket, make_ticket


@pytest.fixture
def job(app, tess) -> str:
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.FINAL_CHECKS)


def test_start_pause_and_correct(app, tess, job):
    page = f"/tickets/{job}/work"
    assert "Nobody has worked on it yet" in tess.get(page).text

    tess.send(f"{page}/start")
    assert "Pause my clock" in tess.get(page).text
    assert "Tess at work since" in tess.get(f"/tickets/{job}").text
    tess.send(f"{page}/pause")
    with app.app_context():
        (span,) = list_spans(get_ticket(job).id)
    answer = tess.send(f"{page}/{span.id}", {"minutes": "25", "because": ""})
    assert answer.status_code == 422
    assert "Enter why the minutes change" in answer.text
    assert 'value="25"' in answer.text
    assert tess.send(f"{page}/{span.id}", {"minutes": "25", "because": "<b>Lunch</b>"}).status_code == 302

    shown = tess.get(page).text
    assert "25 minutes" in shown
    assert "Corrected by Tess: &lt;b&gt;Lunch&lt;/b&gt;" in shown
    assert "25 minutes so far" in tess.get(f"/tickets/{job}").text


def test_a_job_nobody_works_on_refuses_and_says_why(app, tess):
    with app.app_context():
        waiting = make_ticket(tess.actor, stage=Stage.AWAITING_PARTS)

    page = tess.get(f"/tickets/{waiting}/work")

    assert "Clocks run while" in page.text
    assert tess.send(f"/tickets/{waiting}/work/start").status_code == 422
