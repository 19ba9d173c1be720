"""One stage change against a bare Flask route that writes the same rows: benchmarks/moves.py

    [--rounds 60] [--engine sqlite|postgresql|both]

Starting a diagnosis, starting a repair and finishing it, each by the one key of the board, each on a ticket
of its own. The bare route has no sign-in, no CSRF, no rules and no events: it loads a ticket by its code with
SQLAlchemy's ORM, changes it, adds the very rows that the verb added, and commits through the same engine to
the same database. Both in turn. What is measured is processor time, user and system, of this process and of
PostgreSQL's for its connections. Prints sums by request and ratios; the exit status is 1 when a verb costs
more than twice the bare route.
"""

import argparse
import itertools
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flask import Flask, redirect
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, event, inspect, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.pages import add_open_jobs, sign_in
from benchmarks.search import address_of
from config import load_config
from repairshop.app import create_app, init_migrations
from repairshop.database import Base, db
from repairshop.demo import service
from repairshop.staff.passwords import hashed
from repairshop.tickets.models import Ticket
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction

MOST_TIMES = 2.0
PASSWORD = "a sentence for the benchmark"
VERBS = (
    ("start-diagnosis", Stage.RECEIVED),
    ("start-repair", Stage.APPROVED),
    ("finish", Stage.IN_REPAIR),
)
_WARM_UP = 5
_fresh = itertools.count(1)

Row = tuple[type[Base], dict[str, Any]]
Changed = tuple[type[Base], Any]
Request = Callable[[], None]
# What is written again of a row that was changed besides the ticket.
_CHANGED = {"Ticket": "changed_at", "WorkSpan": "stopped_at", "OutgoingMessage": "state"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    verb: str
    rows: int  # added and changed
    bare_ms: list[float]
    ours_ms: list[float]

    @property
    def ratio(self) -> float:
        return sum(self.ours_ms) / sum(self.bare_ms)


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--rounds", type=int, default=60)
    options.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    given = options.parse_args(arguments)
    holds = True
    for engine in ("sqlite", "postgresql") if given.engine == "both" else (given.engine,):
        with tempfile.TemporaryDirectory(prefix="repairshop-moves-") as folder, address_of(engine) as address:
            app = build_shop(Path(folder), address, tickets=2 * (given.rounds + _WARM_UP) + 2)
            # No context of the app stays open: requests would share what is kept for the length of one.
            with app.app_context():
                data = db.engine
            verdicts = [measure(app, data, *verb, rounds=given.rounds) for verb in VERBS]
            data.dispose()
        holds = report(engine, verdicts) and holds
    return 0 if holds else 1


def build_shop(folder: Path, address: str | None, *, tickets: int) -> Flask:
    """The demo shop with open jobs and nothing else."""
    from flask_migrate import upgrade

    settings = {"REPAIRSHOP_DATA": str(folder), "LOG_LEVEL": "error"}
    if address is not None:
        settings |= {"DATABASE_URL": address, "VAULT_KEYS_URL": f"sqlite:///{folder / 'keys.db'}"}
    app = create_app(load_config(settings))
    init_migrations(app)
    with app.app_context():
        upgrade()
        with transaction():
            service.make_shop(password_hash=hashed(PASSWORD))
        with transaction():
            add_open_jobs(until=tickets)
        with transaction():
            db.session.execute(text("ANALYZE"))
    return app


def measure(app: Flask, data: Engine, verb: str, stage: Stage, *, rounds: int) -> Verdict:
    with app.app_context():
        codes = all_in(stage)
    staff = app.test_client()
    sign_in(staff)
    send = sender(app, staff, verb)
    send(codes.pop())()  # the next one parks its clock, as every one after it
    with written() as (rows, changed):
        send(codes.pop())()
    changed.remove(next(one for one in changed if one[0] is Ticket))  # the ticket that was moved
    bare = bare_route(data, rows, changed)
    bare_ms, ours_ms = [], []
    for number in range(rounds + _WARM_UP):
        times = cpu_ms(bare(codes.pop()), data), cpu_ms(send(codes.pop()), data)
        if number >= _WARM_UP:
            bare_ms.append(times[0])
            ours_ms.append(times[1])
    return Verdict(verb=verb, rows=len(rows) + len(changed) + 1, bare_ms=bare_ms, ours_ms=ours_ms)


def all_in(stage: Stage) -> list[str]:
    """Every ticket put there without its history: only the next move is measured."""
    with transaction():
        stop = "UPDATE work_span SET stopped_at = started_at, minutes = 0 WHERE stopped_at IS NULL"
        db.session.execute(text(stop))
        db.session.execute(update(Ticket).values(stage=stage))
    codes = list(db.session.scalars(select(Ticket.code).where(Ticket.checked_in_at.is_not(None))))
    db.session.remove()
    return codes


def sender(app: Flask, client: FlaskClient, verb: str) -> Callable[[str], Request]:
    """As the board sends it: the page's one token, the ticket's version, the way back."""
    with client:
        client.get("/bench")  # the token's half that lies in the cookie
        page = client.get("/bench")
        environ = dict(page.request.environ)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    keep = {key: value for key, value in environ.items() if key in {"HTTP_COOKIE", "REMOTE_ADDR"}}

    def send(code: str) -> Request:
        data = {"csrf_token": token[1] if token else "", "version": "", "next": "/bench"}
        fresh = {**EnvironBuilder(f"/tickets/{code}/{verb}", method="POST", data=data).get_environ(), **keep}

        def request() -> None:
            chunks, status, headers = run_wsgi_app(app.wsgi_app, fresh, buffered=True)
            if not status.startswith(("302", "303")) or headers["Location"] != "/bench":
                raise SystemExit(f"{verb} answered {status}: {b''.join(chunks)[-900:]!r}")

        return request

    return send


def bare_route(engine: Engine, rows: Sequence[Row], changed: Sequence[Changed]) -> Callable[[str], Request]:
    app = Flask("bare")

    @app.post("/<code>")
    def move(code: str) -> ResponseReturnValue:
        with Session(engine) as session:
            session.connection(execution_options={"write": True})
            ticket = session.scalars(select(Ticket).where(Ticket.code == code).with_for_update()).one()
            ticket.stage_version += 1
            ticket.history_seq += 1
            ticket.stage_since = ticket.changed_at
            session.flush()
            for kind, values in rows:
                session.add(kind(**values | _own(values, ticket)))
                session.flush()
            for kind, key in changed:
                other = session.get_one(kind, key)
                flag_modified(other, _CHANGED[kind.__name__])
                session.flush()
            session.commit()
        return redirect("/bench")

    def send(code: str) -> Request:
        environ = EnvironBuilder(f"/{code}", method="POST", data={"version": "1"}).get_environ()

        def request() -> None:
            _, status, _ = run_wsgi_app(app.wsgi_app, environ, buffered=True)
            if not status.startswith("302"):
                raise SystemExit(f"the bare route answered {status}")

        return request

    return send


def _own(values: dict[str, Any], ticket: Ticket) -> dict[str, Any]:
    """What cannot stand in two rows."""
    own: dict[str, Any] = {"ticket_id": ticket.id, "visit_id": ticket.visit_id}
    own["seq"] = 1000 + next(_fresh)
    own |= dict.fromkeys(("uid", "event_key", "token"), f"{next(_fresh):032d}")
    own |= dict.fromkeys(("move_id", "started_move_id", "stopped_move_id"))
    if "stopped_at" in values and values["stopped_at"] is None:  # one clock runs at a time
        own |= {"stopped_at": ticket.changed_at, "minutes": 0}
    return {name: value for name, value in own.items() if name in values}


@contextmanager
def written() -> Iterator[tuple[list[Row], list[Changed]]]:
    """The rows that are added meanwhile, as what they were made of, and the others that are changed."""
    rows: list[Row] = []
    changed: list[Changed] = []

    def note(session: Session, _context: object) -> None:
        for one in session.new:
            columns = inspect(type(one)).column_attrs
            rows.append((type(one), {c.key: getattr(one, c.key) for c in columns if c.key != "id"}))

        for one in session.dirty:
            key = (type(one), inspect(one).identity[0])
            if key not in changed and session.is_modified(one):
                changed.append(key)

    event.listen(Session, "after_flush", note)
    try:
        yield rows, changed
    finally:
        event.remove(Session, "after_flush", note)


def cpu_ms(request: Request, data: Engine) -> float:
    before, servers = time.process_time_ns(), server_ms(data)
    request()
    return (time.process_time_ns() - before) / 1e6 + server_ms(data) - servers


_PIDS: list[int] = []


def server_ms(data: Engine) -> float:
    """What the database's own processes for our connections have used; 0 for SQLite."""
    if data.dialect.name == "sqlite":
        return 0.0
    used = 0.0
    for pid in _server_pids(data):
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
            used += int(file.read().split()[0]) / 1e6
    return used


def _server_pids(data: Engine) -> list[int]:
    if not _PIDS:
        with data.connect() as connection:
            ours = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            rows = connection.execute(text(ours))
            _PIDS.extend(pid for (pid,) in rows if os.path.exists(f"/proc/{pid}/schedstat"))
    return _PIDS


def report(engine: str, verdicts: Sequence[Verdict]) -> bool:
    print(f"\n{engine}: milliseconds of processor a request")
    print(f"{'verb':<18}{'rows':>6}{'bare':>9}{'ours':>9}{'ratio':>8}")
    for one in verdicts:
        above = "" if one.ratio <= MOST_TIMES else "   ABOVE THE LIMIT"
        print(
            f"{one.verb:<18}{one.rows:>6}{statistics.median(one.bare_ms):>9.2f}"
            f"{statistics.median(one.ours_ms):>9.2f}{one.ratio:>8.2f}{above}"
        )
    print(f"limit: {MOST_TIMES:g} times")
    return all(one.ratio <= MOST_TIMES for one in verdicts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
