"""Every page with five and with forty of everything: few queries, and not one more for more rows."""

from collections.abc import Iterator

import pytest

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.database import db
from repairshop.diagnostics.service import add_finding
from repairshop.inbox.calls import record_call
from repairshop.inbox.canned import add_reply
from repairshop.inbox.receiving import ArrivedText, receive_text
from repairshop.inbox.rules import CallOutcome
from repairshop.notifications.rules import Notice, State
from repairshop.notifications.service import queue_notice
from repairshop.parts import catalogue, orders, stock
from repairshop.parts.rules import EffectFacts, FittedPart, NewOrder, PartKind, PartOrigin
from repairshop.parts.service import fit_part
from repairshop.promises.rules import PromiseReason
from repairshop.promises.service import make_promise
from repairshop.staff.rules import Role
from repairshop.tickets.attachments import add_note, add_photo, answer_question, ask_question
from repairshop.tickets.custody import pass_on
from repairshop.tickets.models import TicketPhoto
from repairshop.tickets.rules import Holder, PhotoStep
from repairshop.tickets.service import assign
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from repairshop.workshop.service import order_part
from tests.access_world import World, build_world
from tests.builders import get_ticket, make_ticket, open_day
from tests.cast import add_person
from tests.counting import counted_queries
from tests.databases import SqliteFiles
from tests.pages import add_tickets_in_every_stage, open_page, reader_of
from tests.parts.builders import make_part, make_supplier
from tests.test_access_matrix import MATRIX, rules_of

MOST = 12
FEW, MANY = 5, 40
# No page but a paper: it gathers everything about a repair, and once issued it is kept and not made again.
MOST_OF_PAPERS = {"reports.report_pdf": 24}
_STAGES = list(Stage)
Counts = dict[str, dict[int, int]]


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> Counts:
    """By endpoint, the queries that its page cost with few and with many rows."""
    world = build_world(tmp_path_factory.mktemp("queries"), sqlite_files)
    add_tickets_in_every_stage(world)
    found: Counts = {}
    for already, wanted in ((0, FEW), (FEW, MANY)):
        for number in range(already, wanted):
            _one_more(world, number)
        for endpoint, path, principal in _pages(world):
            found.setdefault(endpoint, {})[wanted] = _count(world, path, principal)
    return found


def _one_more(world: World, number: int) -> None:
    """One more of each thing that a page lists."""
    tess = world.people["technician_shop_1"]
    reference, quoted = world.things["reference"], world.things["quoted"]
    with world.app.app_context():
        other = make_ticket(tess, stage=_STAGES[number % len(_STAGES)], name=f"Customer {number}")
        with transaction():
            assign(other, to_staff_id=tess.id, by=tess)
        # The tickets that only lend a stage to a verb's page grow slower, for speed.
        others = world.things["by_stage"].values() if number % 4 == 0 else ()
        for one in (reference, quoted, *others):
            _one_more_on(one, number, world)
        second = make_ticket(tess)
        with transaction():
            get_ticket(second).visit_id = get_ticket(reference).visit_id
        _one_more_part(number, world)
    add_person(world.app, world.shop, f"Person{number}", Role.TECHNICIAN)


def _one_more_part(number: int, world: World) -> None:
    """A part with its supplier and what is known of it, here, on order, set aside and late for a repair."""
    mira = world.people["manager"]
    supplier_id = make_supplier(mira, f"Supplier {number}")
    part_id = make_part(mira, f"Screen {number}", supplier_id=supplier_id)
    late = make_ticket(mira, stage=Stage.APPROVED)
    known = EffectFacts(
        device_type=DeviceType.PHONE,
        maker="Apple",
        kind=PartKind.SCREEN,
        as_of=open_day(0),
        device_will_show=f"Message {number}",
    )
    with transaction():
        catalogue.add_effect(known, by=mira)
        for one in (part_id, world.things["catalogue_part_id"]):
            stock.receive(one, count=2, by=mira)
            stock.reserve(late, one, by=mira)
            orders.order_for_stock(one, quantity=2, expected_on=open_day(2), by=mira)
        make_promise(
            get_ticket(late),
            earliest=open_day(1),
            latest=open_day(1),
            by=mira,
            reason=PromiseReason.QUOTE,
        )
    with transaction():
        order_part(late, NewOrder(name="Screen", part_id=part_id, expected_on=open_day(9)), by=mira)


def _one_more_on(reference: str, number: int, world: World) -> None:
    tess = world.people["technician_shop_1"]
    with transaction():
        fit_part(reference, FittedPart(name=f"Battery {number}", origin=PartOrigin.NEW_ORIGINAL), by=tess)
        add_note(reference, f"Note {number}", by=tess, for_customer=bool(number % 2))
        add_finding(reference, section=FaultFamily.SCREEN, seen=f"Crack {number}", by=tess)
        ticket = get_ticket(reference)
        pass_on(ticket, Holder.PLACE, to_label=f"B{number}", by=tess)
        picture = db.session.get_one(TicketPhoto, world.things["photo_id"]).media_id
        add_photo(ticket, picture, step=PhotoStep.INTAKE, by=tess)
        question = ask_question(ticket, f"Question {number}?", by=tess)
        if number % 2:
            answer_question(reference, question.id, "Yes", by=tess)
        queue_notice(Notice.LINK, ticket, event_key=f"more:{reference}:{number}")
        for message in queue_notice(Notice.NEW_DATES, ticket, event_key=f"call:{reference}:{number}"):
            message.state = State.NEEDS_HUMAN
            record_call(message.id, CallOutcome.VOICEMAIL, note=f"Call {number}", by=tess)
        text = ArrivedText(provider_id=f"SM-{reference}-{number}", sender="+447700900123", body="When?")
        receive_text(text)
        add_reply(language="en", name=f"Reply {reference} {number}", text="Soon.", by=tess)


def _pages(world: World) -> Iterator[tuple[str, str, str]]:
    """Endpoint, address and reader of every page that is got."""
    for endpoint in sorted(MATRIX["routes"]):
        principal = reader_of(endpoint)
        for rule in rules_of(world.app, endpoint):
            if principal and "GET" in (rule.methods or ()):
                yield endpoint, open_page(world, rule, principal), principal


def _count(world: World, path: str, principal: str) -> int:
    browser = world.browser(principal)
    browser.get(path)  # what is read once per process and remembered is not the page's
    with counted_queries(world.app) as counted:
        response = browser.get(path)
    assert response.status_code < 400, f"{path} as {principal}: {response.status}"
    return counted.count


_GOT = [endpoint for endpoint in sorted(MATRIX["routes"]) if MATRIX["routes"][endpoint] != "callback"]


@pytest.mark.parametrize("endpoint", _GOT)
def test_a_page_costs_few_queries_however_much_there_is(counts: Counts, endpoint: str) -> None:
    if endpoint not in counts:
        return  # not a page: only sent to

    with_few, with_many = counts[endpoint][FEW], counts[endpoint][MANY]

    assert with_many <= MOST_OF_PAPERS.get(endpoint, MOST)
    assert with_many <= with_few
