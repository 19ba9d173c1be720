"""Searches of a large shop against a bare indexed read of the rows they find: benchmarks/search.py

    [--tickets 100000] [--questions 60] [--rounds 5] [--engine sqlite|postgresql|both] [--data DIR]

Builds the demo shop's past with that many tickets, writes findings of invented words for them (a few words
in very many, most in few), and asks: similar repairs (without words, with common, middling and rare ones,
with beginnings), and the counter's search (number, phone, mail, name, IMEI, serial number). Each question
is asked as often as the rows it found are read by their keys, in turn, through the same connection and into
the same objects. Prints, by kind of question, the quickest of the rounds and the ratio of their sums; the
exit status is 1 when a search as a whole costs more than three times the bare read on an engine. PostgreSQL
is started for it as the tests start theirs.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flask import Flask
from sqlalchemy import bindparam, select, text

from config import load_config
from repairshop.app import create_app, init_migrations
from repairshop.board.find_queries import list_found
from repairshop.board.finding import read_wanted
from repairshop.catalogue.rules import FaultFamily
from repairshop.customers.models import ContactPoint, Customer, Device
from repairshop.database import UtcDateTime, db
from repairshop.demo import service
from repairshop.diagnostics.models import Finding
from repairshop.similar.queries import SimilarRepair, as_similar, list_similar
from repairshop.similar.rules import PAST_STAGES, Scope
from repairshop.similar.service import rebuild_after
from repairshop.staff.passwords import hashed
from repairshop.tickets import bulk
from repairshop.tickets.models import Ticket
from repairshop.tickets.queries import TicketHead, as_head, head_select
from repairshop.transaction import transaction
from tests import services
from tests.databases import PostgresqlDatabases

MOST_TIMES = 3.0
_VOCABULARY = 4000
_SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu")

Ask = Callable[[], Sequence[Any]]
ReadAgain = Callable[[Sequence[Any]], Sequence[Any]]


@dataclass
class Kind:
    """One kind of question: milliseconds of each question, asked and read again."""

    name: str
    search: str
    asked: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    rows: int = 0

    @property
    def ratio(self) -> float:
        return sum(self.asked) / sum(self.read)


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--tickets", type=int, default=100_000)
    options.add_argument("--questions", type=int, default=60, help="of each kind")
    options.add_argument("--rounds", type=int, default=5, help="each question is asked as often")
    options.add_argument("--engine", choices=("sqlite", "postgresql", "both"), default="both")
    options.add_argument("--data", type=Path, help="keep SQLite's shop here, and use the one that is there")
    given = options.parse_args(arguments)
    holds = True
    for engine in ("sqlite", "postgresql") if given.engine == "both" else (given.engine,):
        with (
            tempfile.TemporaryDirectory(prefix="repairshop-search-") as folder,
            address_of(engine) as address,
        ):
            home = given.data if given.data and address is None else Path(folder)
            app = build_shop(home, address, tickets=given.tickets)
            with app.app_context():
                kinds = measure(questions=given.questions, rounds=given.rounds)
                db.session.remove()
                db.engine.dispose()
        holds = report(engine, given.tickets, kinds) and holds
    return 0 if holds else 1


@contextmanager
def address_of(engine: str) -> Iterator[str | None]:
    """A PostgreSQL of our own, as long as it is measured; None stands for a SQLite file."""
    with services.postgresql() if engine == "postgresql" else nullcontext() as server:
        if server is None:
            yield None
            return
        databases = PostgresqlDatabases(server, "search")
        databases.run('CREATE DATABASE "search"')
        try:
            yield databases.address("search")
        finally:
            databases.run('DROP DATABASE "search" WITH (FORCE)')


def build_shop(folder: Path, address: str | None, *, tickets: int) -> Flask:
    from flask_migrate import upgrade

    settings = {"REPAIRSHOP_DATA": str(folder), "LOG_LEVEL": "error"}
    if address is not None:
        settings |= {"DATABASE_URL": address, "VAULT_KEYS_URL": f"sqlite:///{folder / 'keys.db'}"}
    app = create_app(load_config(settings))
    init_migrations(app)
    with app.app_context():
        upgrade()
        if service.find_demo_shop() is not None:
            return app
        started = time.monotonic()
        with transaction():
            shop = service.make_shop(password_hash=hashed("a sentence for the benchmark"))
            past = service.begin_past(shop, count=tickets, seed=1)
        while not past.is_done:
            with transaction():
                past.write_next(size=2000)
        write_findings(Random(4))
        last: int | None = 0
        while last is not None:
            with transaction():
                last = rebuild_after(last)
        with transaction():
            db.session.execute(text("ANALYZE"))
        print(f"{past.tickets:,} tickets written in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return app


def vocabulary() -> list[str]:
    """Invented words, the same each time; the first are the commonest."""
    rng = Random(3)
    words: dict[str, None] = {}
    while len(words) < _VOCABULARY:
        words["".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(2, 5)))] = None
    return list(words)


def write_findings(rng: Random) -> None:
    """One of about ten words for every ticket; a word's place in the vocabulary says how rare it is."""
    words = vocabulary()
    ids = list(db.session.scalars(select(Ticket.id).order_by(Ticket.id)))
    db.session.rollback()
    families, at = list(FaultFamily), datetime(2026, 1, 5, tzinfo=UTC)
    for first in range(0, len(ids), 5000):
        rows = [
            {
                "ticket_id": ticket_id,
                "section": rng.choice(families),
                "defect": None,
                "cause": None,
                "seen": " ".join(
                    words[min(int(rng.paretovariate(0.6)) - 1, _VOCABULARY - 1)] for _ in range(10)
                ),
                "salt": "",
                "found_at": at,
                "found_by_id": None,
                "removed_at": None,
            }
            for ticket_id in ids[first : first + 5000]
        ]
        with transaction():
            bulk.insert_rows(Finding, rows)


def measure(*, questions: int, rounds: int) -> list[Kind]:
    rng = Random(5)
    kinds = []
    for name, search, asks, read_again in [
        *similar_questions(rng, questions),
        *counter_questions(rng, questions),
    ]:
        kind = Kind(name=name, search=search)
        for ask in asks:
            ask_and_read(kind, ask, read_again, rounds=rounds)
        kinds.append(kind)
    return kinds


def ask_and_read(kind: Kind, ask: Ask, read_again: ReadAgain, *, rounds: int) -> None:
    """In turn, so that both have the machine's same mood; a question that finds nothing measures nothing."""
    found = ask()
    if not found:
        return
    asked, read = [], []
    for _ in range(rounds):
        asked.append(milliseconds(ask))
        again: list[Sequence[Any]] = []
        read.append(milliseconds(lambda: again.append(read_again(found))))  # noqa: B023 - called at once
        if list(again[0]) != list(found):
            raise SystemExit(f"{kind.name}: the bare read gives other rows")
    # The quickest of the rounds: what else runs on the machine only adds.
    kind.asked.append(min(asked))
    kind.read.append(min(read))
    kind.rows += len(found)


def milliseconds(act: Callable[[], object]) -> float:
    before = time.perf_counter_ns()
    act()
    took = (time.perf_counter_ns() - before) / 1e6
    db.session.rollback()
    return took


Questions = Iterator[tuple[str, str, list[Ask], ReadAgain]]


def similar_questions(rng: Random, count: int) -> Questions:
    words = vocabulary()
    rows = db.session.execute(
        select(Ticket.id, Ticket.shop_id, Ticket.device_type, Ticket.device_label).where(
            Ticket.stage.in_(PAST_STAGES)
        )
    ).all()
    db.session.rollback()

    def ask(question: str) -> Ask:
        ticket = rng.choice(rows)
        scope = Scope(shop_id=ticket.shop_id, device_type=ticket.device_type, model=ticket.device_label)
        return lambda: list_similar(scope, question, apart_from=ticket.id)

    def among(first: int, last: int) -> str:
        return words[rng.randrange(first, min(last, _VOCABULARY))]

    drawn = {
        "no words": lambda: "",
        "common word": lambda: among(0, 5),
        "middling word": lambda: among(20, 120),
        "rare word": lambda: among(1000, 4000),
        "common and rare": lambda: f"{among(0, 5)} {among(300, 3000)}",
        "two middling": lambda: f"{among(10, 60)} {among(10, 60)}",
        "beginning": lambda: among(0, 400)[:3],
    }
    for name, draw in drawn.items():
        yield name, "similar repairs", [ask(draw()) for _ in range(count)], read_similar


_SIMILAR = (
    text(
        """
    SELECT r.ticket_id, t.code, s.number_prefix || t.number AS number, t.device_label, t.outcome,
        t.stage_since, r.found, r.fixed
    FROM repair_text AS r JOIN ticket AS t ON t.id = r.ticket_id JOIN shop AS s ON s.id = t.shop_id
    WHERE t.id IN :ids
    """
    )
    .bindparams(bindparam("ids", expanding=True))
    .columns(stage_since=UtcDateTime())
)


def read_similar(found: Sequence[SimilarRepair]) -> list[SimilarRepair]:
    """By their keys, in the order they were found in."""
    ids = [repair.ticket_id for repair in found]
    rows = {row.ticket_id: row for row in db.session.execute(_SIMILAR, {"ids": ids})}
    return [as_similar(rows[repair.ticket_id], is_same_model=repair.is_same_model) for repair in found]


def counter_questions(rng: Random, count: int) -> Questions:
    shop_id = db.session.scalar(select(Ticket.shop_id).limit(1))
    assert shop_id is not None

    def sample(column: Any, *where: Any) -> list[Any]:
        rows = db.session.scalars(select(column).where(column.is_not(None), *where).limit(40_000)).all()
        return [value for value in rng.sample(rows, min(count, len(rows))) if value]

    def ask(question: str) -> Ask:
        wanted = read_wanted(question, number_prefix="R-")
        return lambda: list_found(wanted, shop_id=shop_id)

    phones = sample(ContactPoint.value, ContactPoint.kind == "phone")
    drawn = {
        "number": [f"R-{number}" for number in sample(Ticket.number)],
        "code": sample(Ticket.code),
        "phone": [f"0{phone[3:]}" for phone in phones],
        "last four digits": [phone[-4:] for phone in phones],
        "mail": sample(ContactPoint.value, ContactPoint.kind == "email"),
        "whole name": sample(Customer.name),
        "first letters": [name[:5] for name in sample(Customer.name)],
        "IMEI": sample(Device.imei),
        "serial number": sample(Device.serial),
    }
    db.session.rollback()
    for name, questions in drawn.items():
        yield name, "counter search", [ask(question) for question in questions], read_heads


def read_heads(found: Sequence[TicketHead]) -> list[TicketHead]:
    ids = [head.id for head in found]
    rows = db.session.execute(head_select().where(Ticket.id.in_(ids)).order_by(Ticket.id.desc()))
    return [as_head(row) for row in rows]


def report(engine: str, tickets: int, kinds: Sequence[Kind]) -> bool:
    print(f"\n{engine}, {tickets:,} tickets: milliseconds a question")
    print(f"{'question':<34}{'asked':>7}{'rows':>8}{'search':>9}{'read':>9}{'ratio':>8}")
    for kind in kinds:
        if kind.asked:
            print(
                f"{kind.search + ': ' + kind.name:<34}{len(kind.asked):>7}{kind.rows / len(kind.asked):>8.1f}"
                f"{statistics.median(kind.asked):>9.2f}{statistics.median(kind.read):>9.2f}{kind.ratio:>8.2f}"
            )
    holds = True
    for search in dict.fromkeys(kind.search for kind in kinds):
        mine = [kind for kind in kinds if kind.search == search and kind.asked]
        ratio = sum(sum(kind.asked) for kind in mine) / sum(sum(kind.read) for kind in mine)
        holds = holds and ratio <= MOST_TIMES
        print(f"{search}: ratio={ratio:.2f} limit={MOST_TIMES:g}{'' if ratio <= MOST_TIMES else ' ABOVE'}")
    return holds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
