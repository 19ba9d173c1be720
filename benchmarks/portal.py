"""The customer's page, read again and unchanged, against bare routes: benchmarks/portal.py

    [--rounds 300] [--engine sqlite|postgresql|both]

On each database, in one process and in turn: the repair page beside a bare Flask and Jinja page of the same
bytes, and its 304 beside a bare Flask route that reads one row by its key through the same engine. What is
measured is processor time of a whole request, user and system, of this process and of PostgreSQL's for its
connections. Prints medians, quartiles and how much of the bare route's pace ours keeps; the exit status is 1
when the page keeps less than 0.5 (SQLite) or 0.35 (PostgreSQL) of it, or the 304 less than 0.8.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.moves import build_shop, cpu_ms
from benchmarks.pages import bare_page, portal_path
from benchmarks.search import address_of
from repairshop.database import db
from repairshop.tickets.models import Ticket

LEAST_OF_PAGE = {"sqlite": 0.5, "postgresql": 0.35}
LEAST_OF_UNCHANGED = 0.8
_WARM_UP = 20

Request = Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    name: str
    least: float
    bare_ms: list[float]
    ours_ms: list[float]

    @property
    def kept(self) -> float:
        """Of the bare route's pace; 1 is as quick as it."""
        return statistics.median(self.bare_ms) / statistics.median(self.ours_ms)


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--rounds", type=int, default=300)
    options.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    given = options.parse_args(arguments)
    holds = True
    for engine in ("sqlite", "postgresql") if given.engine == "both" else (given.engine,):
        with (
            tempfile.TemporaryDirectory(prefix="repairshop-portal-") as folder,
            address_of(engine) as address,
        ):
            app = build_shop(Path(folder), address, tickets=50)
            with app.app_context():
                data = db.engine
            verdicts = measure(app, data, engine, rounds=given.rounds)
            data.dispose()
        holds = report(engine, verdicts) and holds
    return 0 if holds else 1


def measure(app: Flask, data: Engine, engine: str, *, rounds: int) -> list[Verdict]:
    with app.app_context():
        query = select(Ticket).where(Ticket.closed_at.is_(None), Ticket.checked_in_at.is_not(None))
        ticket = db.session.scalars(query.order_by(Ticket.id.desc()).limit(1)).one()
        ticket_id, path = ticket.id, portal_path(app, ticket)
    customer = app.test_client()
    customer.get(path)
    page = fetcher(app, customer)
    tag = customer.get("/repair").headers["ETag"]
    unchanged = fetcher(app, customer, tag=tag)
    return [
        in_turn(
            "page read again",
            bare_page(len(page())),
            page,
            least=LEAST_OF_PAGE[engine],
            data=data,
            rounds=rounds,
        ),
        in_turn(
            "304",
            bare_row(data, ticket_id),
            unchanged,
            least=LEAST_OF_UNCHANGED,
            data=data,
            rounds=rounds,
        ),
    ]


def in_turn(name: str, bare: Request, ours: Request, *, least: float, data: Engine, rounds: int) -> Verdict:
    bare_ms, ours_ms = [], []
    for number in range(rounds + _WARM_UP):
        times = cpu_ms(bare, data), cpu_ms(ours, data)  # type: ignore[arg-type]
        if number >= _WARM_UP:
            bare_ms.append(times[0])
            ours_ms.append(times[1])
    return Verdict(name=name, least=least, bare_ms=bare_ms, ours_ms=ours_ms)


def fetcher(app: Flask, client: FlaskClient, *, tag: str = "") -> Request:
    """The whole request by WSGI, without the test client's own work; the environment is made once."""
    wanted = "304" if tag else "200"
    with client:
        answer = client.get("/repair", headers={"If-None-Match": tag} if tag else {})
        kept = {name: value for name, value in answer.request.environ.items() if name.startswith("HTTP_")}
    environ = {**EnvironBuilder(path="/repair").get_environ(), **kept}

    def fetch() -> bytes:
        chunks, status, _ = run_wsgi_app(app.wsgi_app, dict(environ), buffered=True)
        assert status.startswith(wanted), status
        return b"".join(chunks)

    return fetch


def bare_row(engine: Engine, ticket_id: int) -> Request:
    """A Flask route that reads a version by a key and says that nothing changed."""
    app = Flask("bare")
    query = text("SELECT version FROM ticket WHERE id = :id")

    @app.get("/")
    def unchanged() -> Response:
        with engine.connect() as connection:
            version = connection.execute(query, {"id": ticket_id}).scalar_one()
        response = Response(status=304)
        response.set_etag(str(version))
        return response

    environ = EnvironBuilder(path="/").get_environ()

    def fetch() -> bytes:
        chunks, status, _ = run_wsgi_app(app.wsgi_app, dict(environ), buffered=True)
        assert status.startswith("304"), status
        return b"".join(chunks)

    return fetch


def report(engine: str, verdicts: Sequence[Verdict]) -> bool:
    print(f"\n{engine}: milliseconds of processor a request")
    print(f"{'what':<18}{'bare':>8}{'ours':>8}{'kept':>8}{'least':>8}   quartiles of ours")
    for one in verdicts:
        low, _, high = statistics.quantiles(one.ours_ms, n=4)
        below = "" if one.kept >= one.least else "   BELOW"
        print(
            f"{one.name:<18}{statistics.median(one.bare_ms):>8.2f}{statistics.median(one.ours_ms):>8.2f}"
            f"{one.kept:>8.2f}{one.least:>8.2f}   {low:.2f} to {high:.2f}{below}"
        )
    return all(one.kept >= one.least for one in verdicts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
