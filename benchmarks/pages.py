"""Three pages against a bare Flask and Jinja page of the same bytes: benchmarks/pages.py [--rounds 150]

The board of 200 tickets, a ticket's page and a customer's page, each as often as the bare page, in turn,
in one process. What is measured is the processor time of a whole request, user and system, the
database's included (SQLite works in the same process). Each page is measured as it is read again and, apart,
as it is drawn anew with nothing kept of an earlier drawing. Prints medians, quartiles, ratios and the number
of queries; the exit status is 1 when a page that is read again costs more than 8 times the bare one, or a
page asks more than 12 queries when it is drawn.
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.serve import add_page
from config import load_config
from repairshop import clock
from repairshop.app import create_app, init_migrations
from repairshop.database import db
from repairshop.demo import present, service
from repairshop.demo.past import PastJob, PastShop, past_ticket
from repairshop.demo.rows import write_jobs
from repairshop.demo.wording import read_words
from repairshop.staff.models import Shop
from repairshop.staff.passwords import hashed
from repairshop.tickets import bulk
from repairshop.tickets.links import token_for
from repairshop.tickets.models import Ticket
from repairshop.tickets.portal_links import get_link
from repairshop.tickets.rules import LinkOrigin
from repairshop.tickets.stages import OPEN_STAGES, Stage, Verb
from repairshop.tickets.walk import Acted, Moved, Step
from repairshop.transaction import transaction
from repairshop.web.bodies import Bodies

OPEN_TICKETS = 200
MOST_TIMES = 8.0
MOST_QUERIES = 12
PASSWORD = "a sentence for the benchmark"
EMAIL = "tess@example.com"

Request = Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Page:
    name: str
    size: int
    queries: int
    bare_ms: list[float]
    ours_ms: list[float]
    anew_ms: list[float]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ours_ms) / statistics.median(self.bare_ms)

    @property
    def ratios(self) -> list[float]:
        """Of each pair: neighbours in time share the machine's mood."""
        return [ours / bare for ours, bare in zip(self.ours_ms, self.bare_ms, strict=True)]

    @property
    def holds(self) -> bool:
        return self.ratio <= MOST_TIMES and self.queries <= MOST_QUERIES


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--rounds", type=int, default=150)
    options.add_argument("--tickets", type=int, default=OPEN_TICKETS, help="on the board")
    given = options.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="repairshop-pages-") as folder:
        app = build_shop(Path(folder), open_tickets=given.tickets)
        pages = [
            measure(app, name, fetch, rounds=given.rounds)
            for name, fetch in requests_of(app, open_tickets=given.tickets)
        ]
    report(pages)
    return 0 if all(page.holds for page in pages) else 1


def build_shop(folder: Path, *, open_tickets: int) -> Flask:
    """The demo shop with its present, and open jobs until the board holds enough."""
    from flask_migrate import upgrade

    config = load_config({"REPAIRSHOP_DATA": str(folder), "LOG_LEVEL": "error"})
    app = create_app(config)
    init_migrations(app)
    with app.app_context():
        upgrade()
        with transaction():
            service.make_shop(password_hash=hashed(PASSWORD))
        shop = service.get_demo_shop()
        pictures = present.receive_pictures()
        stage = present.set_stage(shop, cast=service.get_cast(shop), pictures=pictures, seed=1)
        for scene in present.scenes_in_order():
            with transaction():
                present.play(scene, stage)
        with transaction():
            add_open_jobs(until=open_tickets)
    return app


def add_open_jobs(*, until: int) -> None:
    """Jobs of the invented past, stopped on their way: some checked in, some in diagnosis."""
    shop = db.session.scalars(select(Shop)).one()
    open_now = db.session.scalar(select(func.count()).where(Ticket.stage.in_(OPEN_STAGES))) or 0
    past = PastShop(shop=shop, crew=service.get_cast(shop).crew, rng=Random(2), until=clock.now())
    days = past.draw_days(2 * until, first=clock.now().date() - timedelta(days=20))
    jobs = [job for job in past.draw_jobs(days) if job.plan.diagnosing_at][: until - open_now]
    write_jobs(jobs, shop=shop, words=read_words(), rng=Random(3), as_ticket=stopped)


def stopped(job: PastJob) -> bulk.PastTicket:
    """The job as it stood when the diagnosis began; of every other one, when it was checked in."""
    ticket = past_ticket(job)
    last = Verb.START_DIAGNOSIS if job.ids.number % 2 else None
    steps: list[Step] = []
    for step in ticket.steps:
        if isinstance(step, Moved) and step.verb not in {Verb.CHECK_IN, Verb.START_DIAGNOSIS}:
            break
        if isinstance(step, Moved) and step.verb is Verb.START_DIAGNOSIS and last is None:
            break
        steps.append(step)
    assert any(isinstance(step, Acted) for step in steps)
    return bulk.PastTicket(**{**vars(ticket), "steps": steps})


def requests_of(app: Flask, *, open_tickets: int) -> Iterator[tuple[str, Request]]:
    staff, customer = app.test_client(), app.test_client()
    sign_in(staff)
    with app.app_context():
        ticket = db.session.scalars(
            select(Ticket).where(Ticket.stage == Stage.AWAITING_APPROVAL).order_by(Ticket.id.desc()).limit(1)
        ).one()
        code, path = ticket.code, portal_path(app, ticket)
    customer.get(path)
    yield f"board of {open_tickets}", fetcher(app, staff, "/bench")
    yield "ticket", fetcher(app, staff, f"/tickets/{code}")
    yield "portal", fetcher(app, customer, "/repair")


def sign_in(client: FlaskClient) -> None:
    form = client.get("/sign-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    data = {"csrf_token": token[1] if token else "", "email": EMAIL, "password": PASSWORD}
    answer = client.post("/sign-in", data=data)
    if answer.status_code not in {302, 303}:
        raise SystemExit(f"sign-in answered {answer.status_code}")


def portal_path(app: Flask, ticket: Ticket) -> str:
    ticket_id = ticket.id
    with transaction():
        fresh = db.session.get_one(Ticket, ticket_id)
        assert fresh.visit is not None
        link = get_link(fresh.visit.id, fresh.visit.customer_id, origin=LinkOrigin.SMS)
        link_id, version = link.id, link.version
    key = app.extensions["repairshop_config"].link_key
    return f"/t/{token_for(link_id, version=version, key=key)}"


def fetcher(app: Flask, client: FlaskClient, path: str) -> Request:
    """The whole request by WSGI, without the test client's own work; the environment is made once."""
    with client:
        answer = client.get(path)
        environ = dict(answer.request.environ)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    keep = {key: value for key, value in environ.items() if isinstance(value, str | int | bool | tuple)}
    fresh = EnvironBuilder(path=path).get_environ()

    def fetch() -> bytes:
        chunks, status, _ = run_wsgi_app(app.wsgi_app, {**fresh, **keep}, buffered=True)
        assert status.startswith("200"), status
        return b"".join(chunks)

    return fetch


def bare_page(size: int) -> Request:
    """A bare Flask route that fills a Jinja template of as many bytes."""
    app = Flask("bare")
    app.config["SECRET_KEY"] = "bare"
    add_page(app, size)
    environ = EnvironBuilder(path="/page").get_environ()

    def fetch() -> bytes:
        chunks, _, _ = run_wsgi_app(app.wsgi_app, dict(environ), buffered=True)
        return b"".join(chunks)

    return fetch


def measure(app: Flask, name: str, ours: Request, *, rounds: int) -> Page:
    with counted(app) as statements:
        size = len(ours())
        statements.clear()
        forget_drawn(app)
        ours()
        queries = len(statements)
    bare = bare_page(size)
    if abs(len(bare()) - size) > 1:
        raise SystemExit("the bare page has other bytes")
    for _ in range(10):
        bare()
        ours()
    bare_ms, ours_ms, anew_ms = [], [], []
    for _ in range(rounds):
        bare_ms.append(cpu_ms(bare))
        ours_ms.append(cpu_ms(ours))
        forget_drawn(app)
        anew_ms.append(cpu_ms(ours))
    return Page(name=name, size=size, queries=queries, bare_ms=bare_ms, ours_ms=ours_ms, anew_ms=anew_ms)


def forget_drawn(app: Flask) -> None:
    for name in [name for name, value in app.extensions.items() if isinstance(value, Bodies)]:
        del app.extensions[name]


def cpu_ms(request: Request) -> float:
    before = time.process_time_ns()
    request()
    return (time.process_time_ns() - before) / 1e6


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def report(pages: list[Page]) -> None:
    columns = f"{'page':<14}{'bytes':>8}{'queries':>9}{'bare ms':>10}{'ours ms':>10}{'ratio':>8}"
    print(f"{columns}   quartiles   drawn anew")
    for page in pages:
        low, _, high = statistics.quantiles(page.ratios, n=4)
        print(
            f"{page.name:<14}{page.size:>8}{page.queries:>9}{statistics.median(page.bare_ms):>10.2f}"
            f"{statistics.median(page.ours_ms):>10.2f}{page.ratio:>8.1f}   {low:.1f} - {high:.1f}"
            f"{statistics.median(page.anew_ms) / statistics.median(page.bare_ms):>13.1f}"
            f"{'' if page.holds else '   ABOVE THE LIMIT'}"
        )
    print(f"limits: {MOST_TIMES:g} times the bare page, {MOST_QUERIES} queries")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
