"""Bench, counter, search and ticket page of the real program: axe, keys, scans, news, no script."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect

from repairshop.tickets import service
from repairshop.tickets.attachments import add_note, ask_question
from repairshop.tickets.custody import pass_on
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from tests.browser.live import serving, signed_in, submit
from tests.browser.scanning import Scanner
from tests.browser.seeing import violations
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser as Person

pytestmark = pytest.mark.browser

STAGES = (
    Stage.RECEIVED,
    Stage.DIAGNOSING,
    Stage.AWAITING_APPROVAL,
    Stage.APPROVED,
    Stage.AWAITING_PARTS,
    Stage.FINAL_CHECKS,
    Stage.READY,
)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture
def reference(app: Flask, frank: Person) -> str:
    """A job on the bench with a story, among jobs of every stage; all of it Frank's doing."""
    with app.app_context():
        for stage in STAGES:
            make_ticket(frank.actor, stage=stage, checked_in=stage is not Stage.RECEIVED)
        reference = make_ticket(frank.actor, stage=Stage.IN_REPAIR, accessories=("Case",))
        with transaction():
            add_note(reference, "Frame bent at the top", by=frank.actor)
            ticket = get_ticket(reference)
            pass_on(ticket, Holder.PLACE, to_label="Locker 4", by=frank.actor)
            ask_question(ticket, "Is my SIM safe?", by=service.actor_for_customer(ticket))
        return reference


def stage_of(app: Flask, reference: str) -> Stage:
    with app.app_context():
        return get_ticket(reference).stage


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing(
    app: Flask, chromium: Browser, address: str, tess: Person, reference: str, width: int, scheme: str
) -> None:
    context = signed_in(chromium, tess, address, width=width, scheme=scheme)
    page = context.new_page()
    found = {}
    for path in (
        "/bench",
        "/counter",
        "/find?q=0123",
        "/find?q=nothing+of+this",
        f"/find?q=RST{reference[:-1]}",
        f"/tickets/{reference}",
        f"/tickets/{reference}/photos",
        f"/tickets/{reference}/work",
        "/bench?lanes=1",
        "/bench/act",
        f"/bench/act?ticket={reference}",
        "/bench/codes",
        f"/tickets/{reference}/pass-on",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        found[path] = violations(page)
    page.goto(f"/tickets/{reference}/note")
    with app.app_context(), transaction():
        service.move_ticket(
            service.get_ticket_for_change(reference, by=tess.actor), Verb.FINISH, by=tess.actor
        )
    submit(page, "text=Keep the note")
    expect(page.locator(".error-summary")).to_be_visible()
    found["note with an error"] = violations(page)
    page.goto(f"/tickets/{reference}")
    expect(page.locator(".undo")).to_be_visible()
    found["ticket with undo"] = violations(page)
    context.close()

    assert {path: found[path] for path in found if found[path]} == {}


def test_the_conflict_page_is_readable_and_focused(
    app: Flask, chromium: Browser, address: str, tess: Person, frank: Person, reference: str
) -> None:
    context = signed_in(chromium, frank, address)
    page = context.new_page()
    page.goto(f"/tickets/{reference}/finish")
    page.fill("textarea[name=note]", "New dock, glued twice")
    with app.app_context(), transaction():
        ticket = service.get_ticket_for_change(reference, by=tess.actor)
        service.move_ticket(ticket, Verb.FINISH, by=tess.actor)
    submit(page, "main button:has-text('Finish')")

    expect(page.locator("[role=alert]")).to_be_focused()
    expect(page.locator("main .field [readonly]").last).to_have_value("New dock, glued twice")
    expect(page.locator(".timeline li").first).to_contain_text("Tess")
    assert violations(page) == []
    context.close()


@pytest.fixture
def bench(chromium: Browser, address: str, tess: Person, reference: str) -> Iterator[Page]:
    context = signed_in(chromium, tess, address)
    page = context.new_page()
    page.goto("/bench")
    yield page
    context.close()


def test_one_key_moves_the_focused_card_and_u_takes_it_back(app: Flask, bench: Page, reference: str) -> None:
    bench.focus(f"#t-{reference} .card-title")
    with bench.expect_navigation():
        bench.keyboard.press("1")
    expect(bench.locator(".undo")).to_be_visible()

    assert stage_of(app, reference) is Stage.FINAL_CHECKS
    assert bench.url.endswith("/bench")

    with bench.expect_navigation():
        bench.keyboard.press("u")
    expect(bench.locator(".undo")).to_have_count(0)
    assert stage_of(app, reference) is Stage.IN_REPAIR


def test_one_scan_and_one_key_change_the_stage(app: Flask, bench: Page, reference: str) -> None:
    Scanner(bench).type(f"RST{reference}", gap_ms=8)
    bench.wait_for_url(f"**/tickets/{reference}")
    with bench.expect_navigation():
        bench.keyboard.press("1")
    expect(bench.locator(".banner-success")).to_be_visible()

    assert stage_of(app, reference) is Stage.FINAL_CHECKS


def test_two_scans_change_the_stage_without_a_key(app: Flask, bench: Page, reference: str) -> None:
    Scanner(bench).type(f"RST{reference}", gap_ms=8)
    bench.wait_for_url(f"**/tickets/{reference}")
    with bench.expect_navigation():
        Scanner(bench).type("RSCFINISH", gap_ms=8)
    expect(bench.locator(".banner-success")).to_be_visible()

    assert bench.url.endswith(f"/tickets/{reference}")
    assert stage_of(app, reference) is Stage.FINAL_CHECKS


def test_a_command_on_the_bench_is_about_the_focused_card(app: Flask, bench: Page, reference: str) -> None:
    bench.focus(f"#t-{reference} .card-title")
    with bench.expect_navigation():
        Scanner(bench).type("RSCFINISH", gap_ms=8)
    expect(bench.locator(".undo")).to_be_visible()

    assert bench.url.endswith("/bench")
    assert stage_of(app, reference) is Stage.FINAL_CHECKS


def test_a_card_focused_before_the_boards_file_came_is_the_one(bench: Page, reference: str) -> None:
    late: list[Route] = []
    bench.route("**/board-*.js", lambda route: late.append(route))
    bench.reload(wait_until="domcontentloaded")  # loaded it is with the file only
    bench.focus(f"#t-{reference} .card-title")
    while not late:
        bench.wait_for_timeout(20)
    late[0].continue_()

    expect(bench.locator("[data-acts] [data-key='1']")).to_be_visible()
    expect(bench.locator("#moves [name=reference]")).to_have_value(reference)


def test_a_card_is_dragged_to_where_one_verb_leads(app: Flask, bench: Page, reference: str) -> None:
    bench.drag_and_drop(f"#t-{reference}", '[data-column="test_and_close"]')
    bench.wait_for_url("**/bench")
    expect(bench.locator(f'[data-column="test_and_close"] #t-{reference}')).to_be_visible()

    assert stage_of(app, reference) is Stage.FINAL_CHECKS


def test_a_card_goes_nowhere_where_no_verb_leads(app: Flask, bench: Page, reference: str) -> None:
    bench.drag_and_drop(f"#t-{reference}", '[data-column="to_diagnose"]')

    expect(bench.locator(f'[data-column="on_the_bench"] #t-{reference}')).to_be_visible()
    assert stage_of(app, reference) is Stage.IN_REPAIR


def test_scan_and_act_needs_no_other_page(app: Flask, bench: Page, reference: str) -> None:
    bench.goto("/bench/act")
    bench.wait_for_selector(".queue-job")
    scanner = Scanner(bench)
    scanner.type(f"RST{reference}", gap_ms=16)
    bench.wait_for_url(f"**/bench/act?ticket={reference}")
    assert bench.locator(".offer").first.bounding_box()["height"] >= 56
    with bench.expect_navigation():
        scanner.type("RSCFINISH", gap_ms=16)
    expect(bench.locator(".undo")).to_be_visible()
    assert stage_of(app, reference) is Stage.FINAL_CHECKS
    with bench.expect_navigation():
        scanner.type("RSCUNDO", gap_ms=16)
    expect(bench.locator(".undo")).to_have_count(0)

    assert stage_of(app, reference) is Stage.IN_REPAIR


def test_somebody_elses_move_arrives_as_news(app: Flask, bench: Page, frank: Person, reference: str) -> None:
    bench.clock.install()
    bench.reload()
    bench.focus(f"#t-{reference} .card-title")
    with app.app_context(), transaction():
        ticket = service.get_ticket_for_change(reference, by=frank.actor)
        service.move_ticket(ticket, Verb.FINISH, by=frank.actor)

    bench.clock.fast_forward(10_500)
    expect(bench.locator("[data-changes]")).to_be_visible()
    expect(bench.locator(".board-column:nth-child(5)")).to_contain_text("1 of 3")
    bench.keyboard.press("r")

    expect(bench.locator(f".board-column:nth-child(6) #t-{reference}")).to_be_visible()


def test_a_job_moves_without_any_script(
    app: Flask, chromium: Browser, address: str, tess: Person, reference: str
) -> None:
    context = signed_in(chromium, tess, address, script=False)
    page = context.new_page()
    page.goto("/bench")
    page.click(f"#t-{reference} summary")
    submit(page, f"#t-{reference} button:has-text('Finish')")

    expect(page.locator(f".board-column:nth-child(6) #t-{reference}")).to_be_visible()
    submit(page, ".undo button")
    expect(page.locator(f".board-column:nth-child(5) #t-{reference}")).to_be_visible()
    context.close()
    assert stage_of(app, reference) is Stage.IN_REPAIR
