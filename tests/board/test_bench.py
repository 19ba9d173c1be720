"""The bench: columns, lateness, filters, verbs, polling, size."""

import gzip
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from repairshop.catalogue.rules import DeviceType
from repairshop.tickets.service import assign
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.board.counting import counted_queries
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser


def due(reference: str, moment: datetime) -> None:
    with transaction():
        get_ticket(reference).due_at = moment


def column(page: str, title: str) -> str:
    """The HTML of one column."""
    for part in page.split('<section class="board-column"')[1:]:
        if f"<h2>{title} <span" in part:
            return part.split("</section>")[0]
    raise AssertionError(f"no column {title}")


COLUMNS = {
    Stage.RECEIVED: "To diagnose",
    Stage.DIAGNOSING: "To diagnose",
    Stage.AWAITING_APPROVAL: "Customer to decide",
    Stage.AWAITING_PARTS: "Waiting for part",
    Stage.APPROVED: "Ready to start",
    Stage.IN_REPAIR: "On the bench",
    Stage.FINAL_CHECKS: "Test and close",
    Stage.READY: "Ready",
    Stage.UNCLAIMED: "Ready",
}


@pytest.mark.both_databases
def test_each_stage_has_its_column(app: Flask, tess: Browser) -> None:
    with app.app_context():
        references = {stage: make_ticket(tess.actor, stage=stage) for stage in COLUMNS}
        booked = make_ticket(tess.actor, stage=Stage.BOOKED)

    page = tess.get("/bench").get_data(as_text=True)

    for stage, reference in references.items():
        assert f'id="t-{reference}"' in column(page, COLUMNS[stage]), stage
    assert booked not in page


def test_late_jobs_come_first_and_say_so_in_words(app: Flask, tess: Browser) -> None:
    at = datetime.now(UTC)
    with app.app_context():
        calm, late, never = (make_ticket(tess.actor, stage=Stage.APPROVED) for _ in range(3))
        due(calm, at + timedelta(days=3))
        due(late, at - timedelta(days=2))

    found = column(tess.get("/bench").get_data(as_text=True), "Ready to start")

    assert re.findall(r'id="t-(\w+)"', found) == [late, calm, never]
    assert "2 days late" in found
    assert found.count('class="late"') == 1
    assert "No date yet" in found


def test_figures_count_the_whole_shop(app: Flask, tess: Browser) -> None:
    with app.app_context():
        due(make_ticket(tess.actor, stage=Stage.IN_REPAIR), datetime.now(UTC) - timedelta(hours=3))
        due(make_ticket(tess.actor, stage=Stage.READY), datetime.now(UTC) - timedelta(hours=3))

    page = tess.get("/bench?type=laptop").get_data(as_text=True)

    assert re.search(r"<b>2</b>in the shop", page)
    assert re.search(r'<b class="late">.* 1 late</b>', page)
    assert "8 in 10" not in page  # nothing was repaired yet, so nothing is claimed


def test_a_full_column_says_its_limit(app: Flask, tess: Browser) -> None:
    with app.app_context():
        for _ in range(4):
            make_ticket(tess.actor, stage=Stage.IN_REPAIR)

    found = column(tess.get("/bench").get_data(as_text=True), "On the bench")

    assert re.search(r'<span class="late">4 of 3</span>', found)


def test_the_address_filters_by_person_and_device(app: Flask, tess: Browser, frank: Browser) -> None:
    with app.app_context():
        mine, other = (make_ticket(tess.actor, stage=Stage.APPROVED) for _ in range(2))
        with transaction():
            assign(mine, to_staff_id=tess.actor.id, by=tess.actor)
            get_ticket(other).device_type = DeviceType.LAPTOP

    def shown(query: str) -> set[str]:
        return set(re.findall(r'id="t-(\w+)"', tess.get(f"/bench?{query}").get_data(as_text=True)))

    assert shown("mine=1") == {mine}
    assert shown(f"who={frank.actor.id}") == set()
    assert shown("type=laptop") == {other}
    assert shown("type=spaceship&who=everybody") == {mine, other}


def test_one_key_verbs_post_with_the_version_and_others_open_their_form(app: Flask, tess: Browser) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.APPROVED)
        version = get_ticket(reference).stage_version

    page = tess.get("/bench").get_data(as_text=True)

    assert (
        f'<button form="moves" formaction="/tickets/{reference}/start-repair" name="version" '
        f'value="{version}" data-verb data-to="on_the_bench">Start repair</button>'
    ) in page
    assert (
        f'<a href="/tickets/{reference}/order-part" data-verb data-to="waiting_for_part">Order part</a>'
        in page
    )


def test_a_verb_of_the_board_leads_back_to_the_board_with_undo(app: Flask, tess: Browser) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.APPROVED)
        version = get_ticket(reference).stage_version

    answer = tess.send(
        f"/tickets/{reference}/start-repair", {"version": version, "next": "/bench?type=phone"}
    )
    page = tess.get(answer.location).get_data(as_text=True)

    assert answer.location == "/bench?type=phone"
    assert f'id="t-{reference}"' in column(page, "On the bench")
    assert f'action="/tickets/{reference}/undo"' in page


def test_next_cannot_lead_to_another_site(app: Flask, tess: Browser) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.APPROVED)

    answer = tess.send(f"/tickets/{reference}/start-repair", {"next": "//evil.example/bench"})

    assert answer.location == f"/tickets/{reference}"


def test_other_shops_see_nothing_of_it(app: Flask, tess: Browser, theo: Browser) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.APPROVED)

    assert reference not in theo.get("/bench").get_data(as_text=True)


@pytest.mark.both_databases
def test_an_unchanged_poll_is_small_and_a_change_is_news(app: Flask, tess: Browser) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.APPROVED)
    tag = tess.get("/bench").headers["ETag"]
    with counted_queries(app) as seen:
        quiet = tess.get("/bench", headers={"If-None-Match": tag})
    with app.app_context(), transaction():
        assign(reference, to_staff_id=tess.actor.id, by=tess.actor)
    news = tess.get("/bench", headers={"If-None-Match": tag})

    assert quiet.status_code == 304
    assert quiet.data == b""
    assert sum(len(f"{name}: {value}\r\n") for name, value in quiet.headers) <= 1024
    assert len([statement for statement in seen if "FROM ticket" in statement]) == 1
    assert quiet.headers["Cache-Control"] == "private, no-cache"
    assert news.status_code == 200


@pytest.mark.both_databases
def test_queries_do_not_grow_with_tickets(app: Flask, tess: Browser) -> None:
    def page_queries() -> int:
        with counted_queries(app) as seen:
            assert tess.get("/bench").status_code == 200
        return len([statement for statement in seen if statement.startswith("SELECT")])

    with app.app_context():
        for stage in [*COLUMNS][:5]:
            make_ticket(tess.actor, stage=stage)
    few = page_queries()
    with app.app_context():
        for place in range(45):
            make_ticket(tess.actor, stage=[*COLUMNS][place % len(COLUMNS)])

    assert page_queries() <= few <= 12


def test_two_hundred_tickets_fit_into_sixty_kilobytes(app: Flask, tess: Browser) -> None:
    with app.app_context():
        for place in range(200):
            make_ticket(tess.actor, stage=[*COLUMNS][place % len(COLUMNS)])

    page = tess.get("/bench").data

    assert page.count(b"data-card=") == 200
    assert len(gzip.compress(page, 6)) <= 60_000
