"""Parts of the catalogue on a quote: what the device will show and lose is read before anybody agrees."""

import re

import pytest

from repairshop.database import db
from repairshop.parts import catalogue
from repairshop.parts.rules import PartOrigin
from repairshop.quotes.draft_queries import get_draft
from repairshop.quotes.part_lines import take_part
from repairshop.quotes.terms import LineKind
from repairshop.staff.models import Shop
from repairshop.tickets.queries import get_head
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket, open_day
from tests.parts.builders import make_part
from tests.portal.guests import come_in
from tests.quotes.builders import current, draft, quoted_ticket


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        with transaction():
            catalogue.load_effects()
        ticket = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        draft(ticket, by=tess.actor, earliest=open_day(7), latest=open_day(8))
    return ticket


@pytest.fixture
def part_id(app, tess, reference):
    with app.app_context():
        return make_part(tess.actor, "Aftermarket screen", origin=PartOrigin.AFTERMARKET)


def typed_fields(page: str) -> dict[str, str]:
    """What the browser would send of the draft's lines and options; ticks aside."""
    fields = dict(re.findall(r'name="((?:lines|options)-[^"]+|earliest|latest)"[^>]*value="([^"]*)"', page))
    chosen = re.findall(r'<select[^>]*name="(lines-\d+-origin)".*?<option selected value="(\w+)"', page, re.S)
    return {name: value for name, value in fields.items() if not name.endswith("optional")} | dict(chosen)


def test_a_part_is_taken_with_what_is_known_about_it(app, tess, reference, part_id) -> None:
    path = f"/tickets/{reference}/quote"
    page = tess.get(path).text
    assert "Take Aftermarket screen" in page

    assert tess.send(path, {**typed_fields(page), "act": f"take-0-{part_id}"}).status_code == 302

    with app.app_context():
        lines = get_draft(get_ticket(reference).id).options[0].lines
        head = get_head(reference, shop_id=tess.actor.shop_id)
        taken = take_part(part_id, head=head)
    assert lines[-1] == taken.line
    assert (lines[-1].kind, lines[-1].origin, lines[-1].part_id) == (
        LineKind.PART,
        PartOrigin.AFTERMARKET,
        part_id,
    )
    assert lines[-1].device_will_show
    assert lines[-1].source
    assert lines[-1].warranty_days == 365


def test_where_an_hour_has_a_price_the_usual_work_comes_with_the_part(app, tess, reference, part_id) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Shop, tess.actor.shop_id).hourly_rate_minor = 6000

    tess.send(f"/tickets/{reference}/quote", {"act": f"take-0-{part_id}"})

    with app.app_context():
        part, work = get_draft(get_ticket(reference).id).options[0].lines
    assert (work.kind, work.minutes, work.unit_price_minor) == (LineKind.WORK, 40, 4000)
    assert part.part_id == part_id


@pytest.mark.parametrize("act", ["take-0-999999", "take-7-{}", "take-0-x", "take--1-{}", "take-0-{}x"])
def test_what_cannot_be_taken_leaves_the_draft_as_it_is(app, tess, reference, part_id, act) -> None:
    page = tess.get(f"/tickets/{reference}/quote").text

    tess.send(f"/tickets/{reference}/quote", {**typed_fields(page), "act": act.format(part_id)})

    with app.app_context():
        assert len(get_draft(get_ticket(reference).id).options[0].lines) == 3


def test_another_shops_part_and_a_retired_one_are_not_taken(app, tess, reference, part_id) -> None:
    with app.app_context():
        elsewhere = make_part(make_staff(make_shop(name="Other")), "Their screen")
        with transaction():
            catalogue.retire_part(part_id, by=tess.actor)
        head = get_head(reference, shop_id=tess.actor.shop_id)

        assert take_part(elsewhere, head=head) is None
        assert take_part(part_id, head=head) is None


def test_customer_and_staff_read_it_before_the_approval(app, tess, reference, part_id) -> None:
    with app.app_context():
        head = get_head(reference, shop_id=tess.actor.shop_id)
        line = take_part(part_id, head=head).line
        quoted = quoted_ticket(
            tess.actor, lines=(line,), at_most_minor=None, earliest=open_day(7), latest=open_day(8)
        )
        sent = current(quoted).lines[0]
    assert (sent.device_will_show, sent.feature_lost, sent.source, sent.part_id) == (
        line.device_will_show,
        line.feature_lost,
        line.source,
        part_id,
    )

    for page in (
        tess.get(f"/tickets/{quoted}/approve").text,
        tess.get(f"/tickets/{quoted}/quotes").text,
        come_in(app, quoted).get(f"/repair/{quoted}/quote").text,
    ):
        assert "The device will show:" in page
        assert "Source:" in page
        assert "365 days of warranty" in page


def test_where_nothing_is_known_that_is_what_is_said(app, tess) -> None:
    with app.app_context():
        part_id = make_part(tess.actor, "Strange screen", brand="Nobody", models=())
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        head = get_head(reference, shop_id=tess.actor.shop_id)
        line = take_part(part_id, head=head).line
        quoted = quoted_ticket(
            tess.actor, lines=(line,), at_most_minor=None, earliest=open_day(7), latest=open_day(8)
        )
    assert (line.device_will_show, line.feature_lost, line.source) == ("", "", "")

    page = come_in(app, quoted).get(f"/repair/{quoted}/quote").text

    assert "We know of no message that the device will show." in page
