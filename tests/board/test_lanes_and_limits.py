"""The bench by technician, and how many jobs a column takes."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from repairshop.board.queries import get_limits
from repairshop.board.rules import USUAL_LIMITS, Column, Pace, card_of, lanes_of
from repairshop.board.service import set_limits
from repairshop.tickets.service import assign
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.board.test_act import job
from tests.builders import make_ticket

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def card(number: int, assignee_id: int | None):
    return card_of(
        job(number, assignee_id=assignee_id),
        part_on=None,
        pace=Pace(by_fault={}, by_type={}),
        at=NOW,
        zone=ZoneInfo("Europe/London"),
    )


def test_one_s_own_lane_comes_first_then_names_and_nobody_s_last():
    columns = {Column.READY_TO_START: [card(1, None), card(2, 8), card(3, 7), card(4, 9), card(5, 99)]}

    lanes = lanes_of(columns, names={7: "Tess", 8: "Theo", 9: "Anna"}, first=7)

    # Number 5 belongs to somebody who left.
    assert [(name, [each.job.id for each in row[Column.READY_TO_START]]) for name, row in lanes] == [
        ("Tess", [3]),
        ("Anna", [4]),
        ("Theo", [2]),
        ("", [1, 5]),
    ]


def test_lanes_in_the_address(app, tess):
    with app.app_context():
        mine, nobodys = make_ticket(tess.actor, stage=Stage.APPROVED), make_ticket(tess.actor)
        with transaction():
            assign(mine, to_staff_id=tess.actor.id, by=tess.actor)

    page = tess.get("/bench?lanes=1").text

    lanes = re.split('class="board-lane"', page)[1:]
    assert [re.search("<h2[^>]*>([^<]*)", lane)[1] for lane in lanes] == ["Tess", "Nobody's yet"]
    assert mine in lanes[0]
    assert nobodys in lanes[1]
    assert 'class="board-lane"' not in tess.get("/bench").text


@pytest.mark.both_databases
def test_limits_are_the_usual_ones_until_a_manager_sets_them(app_context):
    from tests.builders import make_shop, make_staff

    tess, other = make_staff(make_shop()), make_staff(make_shop("Elsewhere"), first_name="Theo")
    assert get_limits(tess.shop_id) == dict(USUAL_LIMITS)

    with transaction():
        set_limits({Column.ON_THE_BENCH: 5, Column.READY: None}, asks=True, by=tess)
    with transaction():
        set_limits({Column.ON_THE_BENCH: 6}, asks=False, by=tess)

    assert get_limits(tess.shop_id) == {Column.ON_THE_BENCH: 6}
    assert get_limits(other.shop_id) == dict(USUAL_LIMITS)


def test_a_column_over_its_limit_is_marked(app, tess, mira):
    with app.app_context():
        for _ in range(2):
            make_ticket(tess.actor, stage=Stage.APPROVED)
    assert mira.send("/bench/limits", {"ready_to_start": "0"}).status_code == 422
    assert "from 1 to 200" in mira.send("/bench/limits", {"ready_to_start": "many"}).text

    assert mira.send("/bench/limits", {"ready_to_start": "1"}).status_code == 302

    head = re.search("Ready to start <span([^>]*)>\\s*([^<]*)", tess.get("/bench").text)
    assert head[1] == ' class="late"'
    assert head[2].strip() == "2 of 1"
    assert 'value="1"' in mira.get("/bench/limits").text
