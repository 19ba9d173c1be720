"""The customer's page read again, against bare Flask and django-helpdesk: benchmarks/portal.py

    [--engine sqlite|postgresql|both] [--rounds 6] [--tickets 10000] [--without-helpdesk]

Web servers as script/server runs ours, each with its own processes, in turn: the repair page read again and
its 304; a bare Flask and Jinja page of the same bytes; a bare Flask route that reads one row by its key
through an engine of its own and answers 304; and django-helpdesk's page of a ticket for the person who sent
it, with as many tickets and eight follow-ups each. It is installed, once, from benchmarks/helpdesk into an
environment of its own in the user's cache, and keeps its tickets in a database of its own on the same engine.

Eight clients on kept connections ask for eight different repairs. What is measured is the processor time of
a request, user and system, of all processes of the server and of PostgreSQL; a ratio is one of two blocks of
the same round. Prints medians, lowest and highest; the exit status is 1 when a goal is missed.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg
from flask import Flask
from sqlalchemy import select, text

from benchmarks.helpdesk.peer import Helpdesk
from benchmarks.pages import PASSWORD, add_open_jobs, portal_path
from benchmarks.search import address_of
from benchmarks.serving import CLIENTS, Cost, Server, answer_to, ask, request_for, served
from config import load_config
from repairshop.app import create_app, init_migrations
from repairshop.clock import now
from repairshop.database import db
from repairshop.demo import service
from repairshop.staff.passwords import hashed
from repairshop.tickets.models import Ticket
from repairshop.transaction import transaction

ROOT = Path(__file__).resolve().parents[1]
PAGE, UNCHANGED, BARE_PAGE, BARE_ROW, HELPDESK = (
    "page read again",
    "304",
    "bare Flask and Jinja page",
    "bare Flask 304 of a row",
    "django-helpdesk's page",
)
_BLOCK, _BLOCK_OF_HELPDESK = 1000, 80
_OPEN_JOBS = 200
_IN_TIME = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class Goal:
    """How many times cheaper `ours` has to be than `other`."""

    ours: str
    other: str
    least: float


GOALS = {
    "sqlite": (
        Goal(ours=PAGE, other=BARE_PAGE, least=0.5),
        Goal(ours=UNCHANGED, other=BARE_ROW, least=0.8),
        Goal(ours=PAGE, other=HELPDESK, least=15),
    ),
    "postgresql": (
        Goal(ours=PAGE, other=BARE_PAGE, least=0.35),
        Goal(ours=UNCHANGED, other=BARE_ROW, least=0.8),
        Goal(ours=PAGE, other=HELPDESK, least=10),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Question:
    name: str
    server: Server
    requests: Sequence[bytes]
    status: int
    block: int

    def ask(self, count: int) -> Cost:
        return ask(self.server, self.requests, status=self.status, count=count)


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--tickets", type=int, default=10_000)
    options.add_argument("--without-helpdesk", action="store_true", help="the goals against it are left out")
    given = options.parse_args(arguments)
    helpdesk = None if given.without_helpdesk else Helpdesk.installed()
    holds = True
    for engine in ("sqlite", "postgresql") if given.engine == "both" else (given.engine,):
        with (
            tempfile.TemporaryDirectory(prefix="repairshop-portal-") as folder,
            address_of(engine) as address,
            questions(Path(folder), address, helpdesk, tickets=given.tickets) as asked,
        ):
            costs = measure(asked, rounds=given.rounds)
        holds = report(engine, costs) and holds
    return 0 if holds else 1


@contextmanager
def questions(
    folder: Path, address: str | None, helpdesk: Helpdesk | None, *, tickets: int
) -> Iterator[list[Question]]:
    """All servers, started and warm."""
    settings = {"REPAIRSHOP_DATA": str(folder / "ours"), "LOG_LEVEL": "error"}
    if address is not None:
        settings |= {"DATABASE_URL": address, "VAULT_KEYS_URL": f"sqlite:///{folder / 'keys.db'}"}
    app = build_shop(settings, tickets=tickets)
    cookies, ticket_id = come_in(app)
    address = str(app.config["SQLALCHEMY_DATABASE_URI"])
    database = postmaster_of(address)
    with ExitStack() as stack:

        def start(name: str, command: Sequence[str], **more: str) -> Server:
            environment = {**os.environ, **more}
            log = folder / f"{name}.log"
            return stack.enter_context(served(command, environment=environment, log=log, database=database))

        program = [sys.executable, str(ROOT / "benchmarks" / "serve.py")]
        ours = start("ours", [*program, "ours", "PORT"], **{**settings, "LOG_LEVEL": "info"})
        pages = [request_for("/repair", Cookie=cookie) for cookie in cookies]
        answers = [answer_to(ours, page, status=200) for page in pages]
        size = round(statistics.mean(len(answer.body) for answer in answers))
        print(f"\n{tickets:,} tickets; a page of {size:,} bytes on average, the bare one of as many")
        tagged = [
            request_for("/repair", Cookie=cookie, If_None_Match=answer.tag)
            for cookie, answer in zip(cookies, answers, strict=True)
        ]
        bare = start("bare", [*program, "bare", address, str(ticket_id), str(size), "PORT"])
        found = [
            Question(name=BARE_PAGE, server=bare, requests=asking(pages, "/page"), status=200, block=_BLOCK),
            Question(name=PAGE, server=ours, requests=pages, status=200, block=_BLOCK),
            Question(name=BARE_ROW, server=bare, requests=asking(tagged, "/row"), status=304, block=_BLOCK),
            Question(name=UNCHANGED, server=ours, requests=tagged, status=304, block=_BLOCK),
        ]
        if helpdesk is not None:
            site = helpdesk.fill(folder, address, tickets=tickets)
            server = start("helpdesk", site.command, **site.environment)
            views = [request_for(path) for path in site.paths]
            found.append(
                Question(name=HELPDESK, server=server, requests=views, status=200, block=_BLOCK_OF_HELPDESK)
            )
        yield found


def asking(requests: Sequence[bytes], path: str) -> list[bytes]:
    """The same requests, cookies and tags and all, for another path."""
    return [request.replace(b" /repair ", f" {path} ".encode(), 1) for request in requests]


def build_shop(settings: dict[str, str], *, tickets: int) -> Flask:
    """The demo shop with its past, and open jobs that customers ask for."""
    from flask_migrate import upgrade

    app = create_app(load_config(settings))
    init_migrations(app)
    with app.app_context():
        upgrade()
        with transaction():
            shop = service.make_shop(password_hash=hashed(PASSWORD))
            past = service.begin_past(shop, count=tickets, seed=1)
        while not past.is_done:
            with transaction():
                past.write_next(size=2000)
        with transaction():
            add_open_jobs(until=_OPEN_JOBS)
        with transaction():
            db.session.execute(text("ANALYZE"))
    return app


def come_in(app: Flask) -> tuple[list[str], int]:
    """The cookies of eight customers whose repairs are open and in time, and the id of one of these."""
    # A page without a date is drawn anew each minute, and a late one when its hours come: they are few.
    in_time = (
        Ticket.closed_at.is_(None),
        Ticket.checked_in_at.is_not(None),
        Ticket.due_at > now() + _IN_TIME,
    )
    with app.app_context():
        query = select(Ticket).where(*in_time).order_by(Ticket.id.desc()).limit(CLIENTS)
        tickets = db.session.scalars(query).all()
        if len(tickets) < CLIENTS:
            raise SystemExit("too few of the open repairs are in time")
        paths = [portal_path(app, ticket) for ticket in tickets]
        ticket_id = tickets[0].id
    cookies = []
    for path in paths:
        customer = app.test_client()
        customer.get(path)
        cookie = customer.get_cookie(app.config["SESSION_COOKIE_NAME"])
        assert cookie is not None
        cookies.append(f"{cookie.key}={cookie.value}")
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return cookies, ticket_id


def postmaster_of(address: str) -> int | None:
    """PostgreSQL's first process; None for SQLite."""
    if address.startswith("sqlite"):
        return None
    with psycopg.connect(address.replace("+psycopg", "", 1)) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return int(Path(row[0], "postmaster.pid").read_text().split()[0])


Costs = Mapping[str, list[Cost]]


def measure(asked: Sequence[Question], *, rounds: int) -> Costs:
    """Block by block in turn, so that both sides of a ratio have the machine's same mood."""
    for question in asked:
        question.ask(max(question.block // 5, 4 * CLIENTS))
    costs: dict[str, list[Cost]] = {question.name: [] for question in asked}
    for _ in range(rounds):
        for question in asked:
            costs[question.name].append(question.ask(question.block))
    return costs


def report(engine: str, costs: Costs) -> bool:
    print(f"{engine}: milliseconds of processor a request, and requests a second")
    for name, blocks in costs.items():
        spent = [block.cpu_ms for block in blocks]
        spread = f"({min(spent):.2f} to {max(spent):.2f})"
        pace = statistics.median(1000 / block.wall_ms for block in blocks)
        print(f"  {name:<28}{statistics.median(spent):>8.2f}  {spread:<18}{pace:>6.0f}/s")
    holds = True
    for goal in GOALS[engine]:
        if goal.other not in costs:
            continue
        pairs = zip(costs[goal.other], costs[goal.ours], strict=True)
        ratios = [other.cpu_ms / ours.cpu_ms for other, ours in pairs]
        ratio = statistics.median(ratios)
        holds = holds and ratio >= goal.least
        print(
            f"  {goal.other} / {goal.ours}: {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}), "
            f"at least {goal.least:g}{'' if ratio >= goal.least else '   BELOW'}"
        )
    return holds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
