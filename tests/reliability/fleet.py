"""The processes of a drill: a database, the provider's stand-in, and workers and web servers to kill."""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import Request, urlopen

from sqlalchemy import NullPool, create_engine, event, text
from sqlalchemy.engine import make_url

from tests import services
from tests.contract.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, SENDER
from tests.databases import PostgresqlDatabases, SqliteFiles
from tests.reliability.ledger import Change, Copy, Findings, Row, compare

ROOT = Path(__file__).resolve().parents[2]
_MIGRATING = threading.Lock()  # Alembic keeps its context in globals
Answer = TypeVar("Answer")
OPEN_STATES = ("queued", "sending", "unknown", "held")


class DrillFailed(Exception):
    """The drill could not be made; the message says why."""


@dataclass
class Child:
    """One forked process."""

    pid: int
    log: Path
    _ended: "queue.Queue[int]" = field(default_factory=queue.Queue)
    status: int | None = None

    def wait(self, seconds: float) -> int | None:
        """The exit status, negative for a signal; None when it still runs by then."""
        if self.status is None:
            try:
                self.status = self._ended.get(timeout=seconds)
            except queue.Empty:
                return None
        return self.status

    def send(self, number: signal.Signals) -> None:
        if self.wait(0.001) is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """The whole group: a web server has processes of its own."""
        if self.wait(0.001) is None:
            with suppress(ProcessLookupError):  # it ended by itself, or has no group yet
                os.killpg(self.pid, signal.SIGKILL)
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.wait(10)

    def end(self, seconds: float = 20) -> int | None:
        """Ask it to stop, as an operator does."""
        self.send(signal.SIGTERM)
        return self.wait(seconds)

    @property
    def is_stopped(self) -> bool:
        """All of its threads: one that has not come to stop yet may still take a lock."""
        try:
            tasks = [task.read_text() for task in Path(f"/proc/{self.pid}/task").glob("*/stat")]
        except OSError:
            return False
        return bool(tasks) and all(task.rpartition(")")[2].split()[0] == "T" for task in tasks)

    def below(self) -> list[int]:
        """The processes this one has started."""
        try:
            found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except OSError:
            return []
        return [int(pid) for pid in found.split()]


class Zygote:
    """The loaded program, from which children are forked."""

    def __init__(self, settings: dict[str, str], folder: Path) -> None:
        self._folder = folder
        self._children: dict[int, Child] = {}
        self._started: queue.Queue[Child] = queue.Queue()
        self._numbers = iter(range(1_000_000))
        self._lock = threading.Lock()
        with (folder / "zygote.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.reliability.zygote"],
                cwd=ROOT,
                env=os.environ | settings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def wait_until_ready(self) -> None:
        try:
            self._started.get(timeout=120)
        except queue.Empty:
            raise DrillFailed((self._folder / "zygote.log").read_text()[-3000:]) from None

    def fork(self, kind: str, **order: Any) -> Child:
        number = next(self._numbers)
        log = self._folder / f"{number:04d}-{kind}.log"
        assert self._process.stdin
        with self._lock:
            self._process.stdin.write(json.dumps({"kind": kind, "log": str(log), **order}).encode() + b"\n")
            self._process.stdin.flush()
            child = self._started.get(timeout=30)
        child.log = log
        return child

    def ask(self, task: str, seconds: float = 600, **arguments: Any) -> Any:
        """The answer of a task that runs in a child; the order's own fields are named with order_…"""
        order = {
            name.removeprefix("order_"): arguments.pop(name)
            for name in list(arguments)
            if name.startswith("order_")
        }
        answer = self._folder / f"answer-{next(self._numbers)}.json"
        child = self.fork(task, answer=str(answer), arguments=arguments, **order)
        if child.wait(seconds) != 0:
            child.kill()
            raise DrillFailed(f"{task} ended with {child.status}: {child.log.read_text()[-3000:]}")
        return json.loads(answer.read_text())

    def close(self) -> None:
        assert self._process.stdin
        for child in self._children.values():
            child.kill()
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._listener.join(timeout=10)
        if self._process.stdout:
            self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            words = json.loads(line)
            if "ended" in words:
                self._children[words["ended"]]._ended.put(words["status"])
                continue
            child = Child(pid=words.get("started", 0), log=self._folder)
            if child.pid:  # a number that was another's before is this one's now
                self._children[child.pid] = child
            self._started.put(child)


class Provider:
    """The stand-in for Twilio in a process of its own."""

    def __init__(self, *, port: int, web_port: int, folder: Path) -> None:
        self._port, self._web_port, self._folder = port, web_port, folder
        self.url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        with (self._folder / "provider.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.contract.twilio_standin", "--port", str(self._port)),
                    *("--callback-base", f"http://127.0.0.1:{self._web_port}", "--callback-delay", "0.1"),
                ],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        wait_until(self._answers, seconds=60, what="the provider's stand-in")

    def _answers(self) -> bool:
        try:
            self.ledger()
        except OSError:
            return False
        return True

    def plan(self, **faults: Any) -> None:
        """Fields of FaultPlan; `next` plans single faults, `forget` empties the account first."""
        body = json.dumps(faults).encode()
        with urlopen(Request(f"{self.url}/_standin/faults", data=body, method="POST"), timeout=10):
            pass

    def ledger(self) -> dict[str, Any]:
        with urlopen(f"{self.url}/_standin/accepted", timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def copies(self) -> list[Copy]:
        return [
            Copy(sid=sid, to=to, body=body, at=at, attempt=_attempt(callback))
            for sid, to, body, at, callback in self.ledger()["accepted"]
        ]

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _attempt(callback: str | None) -> str:
    return (callback or "").partition("attempt=")[2].partition(".")[0]


@dataclass(kw_only=True)
class Fleet:
    """One database with everything a drill starts on it; `grace` and `read` in seconds."""

    engine: str
    address: str
    zygote: Zygote
    provider: Provider
    web_port: int
    seed: int
    fresh: Callable[[], None]
    folder: Path
    grace: int = 5
    read: float = 1.0
    children: list[Child] = field(default_factory=list)
    shop: dict[str, Any] = field(default_factory=dict)
    broken: str = ""

    def begin(self, *, ticket_count: int, **shop: Any) -> None:
        """An empty database with a shop, and a provider that knows nothing."""
        self.stop_everything()
        self.grace, self.read = 5, 1.0
        self.fresh()
        (self.folder / "vault-keys.db").unlink(missing_ok=True)  # its mark is of the database before
        self.provider.plan(forget=True, checked_in_full=40)
        self.provider.plan(seed=self.seed)
        self.shop = self.zygote.ask("make_shop", ticket_count=ticket_count, **shop)

    def worker(self, **order: Any) -> Child:
        return self._fork("worker", **order)

    def web(self, **order: Any) -> Child:
        child = self._fork("web", port=self.web_port, **order)
        wait_until(self._web_answers, seconds=30, what="the web server")
        return child

    def _web_answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.web_port}/healthz", timeout=5):
                return True
        except OSError:
            return False

    def _fork(self, kind: str, **order: Any) -> Child:
        facts = {"grace_seconds": self.grace, "read_seconds": self.read, "broken": self.broken, **order}
        child = self.zygote.fork(kind, **facts)
        self.children.append(child)
        return child

    def move(self, references: list[str]) -> None:
        self.zygote.ask("move_all", seconds=120, staff_id=self.shop["staff"], references=references)

    def do(self, statement: str) -> None:
        """Change something beside the program."""
        with create_engine(self.address, poolclass=NullPool).begin() as connection:
            connection.execute(text(statement))

    def query(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Read beside the program, on a connection of our own."""
        engine = create_engine(self.address, poolclass=NullPool)
        if self.engine == "sqlite":
            event.listen(engine, "connect", _wait_for_writers)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def open_messages(self) -> int:
        states = ", ".join(f"'{state}'" for state in OPEN_STATES)
        statement = f"SELECT count(*) FROM outgoing_message WHERE channel = 'sms' AND state IN ({states})"
        return int(self.query(statement)[0][0])

    def last_message(self) -> int:
        """The highest number that a message has; 0 when there is none."""
        return int(self.query("SELECT coalesce(max(id), 0) FROM outgoing_message")[0][0])

    def settle(self, *, seconds: float) -> None:
        """Wait until nothing is under way; what needs a person gets one, as often as it takes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.open_messages() == 0 and self._nobody_is_needed():
                return
            time.sleep(0.3)
        for child in self.children:  # something stands still: their logs say where
            child.send(signal.SIGUSR1)

    def _nobody_is_needed(self) -> bool:
        statement = "SELECT count(*) FROM outgoing_message WHERE channel = 'sms' AND state = 'needs_human'"
        if self.query(statement)[0][0] == 0:
            return True
        time.sleep(1)  # late callbacks have come by then
        accepted = [[copy.to, copy.body] for copy in self.provider.copies()]
        self.zygote.ask("answer_as_a_person", staff_id=self.shop["staff"], accepted=accepted)
        return False

    def compare(self, *, after: int = 0) -> tuple[Findings, bool]:
        """What the three accounts say, and whether every chain of the history holds.

        With `after` only lateness is of the messages with higher numbers; all are compared.
        """
        accounts = self.zygote.ask("read_accounts")
        changes = [Change(**change) for change in accounts["changes"]]
        rows = [Row(**{**row, "attempts": tuple(row["attempts"])}) for row in accounts["rows"]]
        found = compare(changes, rows, self.provider.copies(), late_after=after)
        if not found.agree:  # for whoever looks into it: the database is gone by then
            accounts |= {"accepted": self.provider.ledger()["accepted"], "problems": found.problems(50)}
            (self.folder / f"accounts-{time.monotonic_ns()}.json").write_text(json.dumps(accounts, indent=1))
        return found, bool(accounts["chain_holds"])

    def stop_everything(self) -> None:
        for child in self.children:
            child.kill()
        self.children.clear()


def _wait_for_writers(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=20000").close()


def as_time(stored: Any) -> datetime:
    """A time that was read beside the program: SQLite gives its text, in UTC."""
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored).replace(tzinfo=UTC)


def in_threads(works: Sequence[Callable[[], object]]) -> None:
    """Do all side by side; the first mistake is raised here."""
    mistakes: list[BaseException] = []

    def guarded(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as mistake:
            mistakes.append(mistake)

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if mistakes:
        raise mistakes[0]


def on_each(fleets: Mapping[str, Fleet], work: Callable[[Fleet], Answer]) -> dict[str, Answer]:
    """The same on every database at once: much of a drill is waiting."""
    answers: dict[str, Answer] = {}

    def do(engine: str) -> None:
        answers[engine] = work(fleets[engine])

    in_threads([partial(do, engine) for engine in fleets])
    return {engine: answers[engine] for engine in fleets}


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> float:
    """Seconds it took; DrillFailed when it did not happen."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise DrillFailed(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def fleets(engines: tuple[str, ...], *, seed: int, folder: Path) -> Iterator[dict[str, Fleet]]:
    """A fleet for each engine, with a provider and a port of its own for callbacks; gone afterwards."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        server = _given()
        if "postgresql" in engines and not server:
            server = stack.enter_context(services.postgresql())
        made: dict[str, Fleet] = {}
        # Side by side: a migration and the loading of the program take a core each.
        in_threads([partial(_make, engine, server, made, stack, seed, folder / engine) for engine in engines])
        yield {engine: made[engine] for engine in engines}


def _given() -> str:
    return os.environ.get("TEST_POSTGRESQL", "")


def _make(
    engine: str,
    server: str,
    made: dict[str, Fleet],
    stack: ExitStack,
    seed: int,
    folder: Path,
) -> None:
    folder.mkdir(parents=True)
    database = Path(folder / "repairshop.db")
    address = f"sqlite:///{database}"
    with _MIGRATING:  # two that look for a free port at once may find the same
        web_port = services.free_port()
        provider = Provider(port=services.free_port(), web_port=web_port, folder=folder)
    name = f"drill_{os.getpid()}_{web_port}"
    if engine == "postgresql":
        address = make_url(server).set(database=f"template_{name}_copy").render_as_string(hide_password=False)
    stack.callback(provider.stop)
    # Loading asks nothing of the database, so it can begin before there is one.
    zygote = Zygote(_settings(address, provider.url, folder), folder)
    stack.callback(zygote.close)
    with _MIGRATING:
        if engine == "sqlite":
            fresh: Callable[[], None] = partial(_copy_anew, SqliteFiles.create(folder), database)
        else:
            databases = PostgresqlDatabases.create(server, name=name)
            fresh = partial(_clone_anew, databases)
            stack.callback(partial(_drop, databases))
    zygote.wait_until_ready()
    made[engine] = Fleet(
        engine=engine,
        address=address,
        zygote=zygote,
        provider=provider,
        web_port=web_port,
        seed=seed,
        fresh=fresh,
        folder=folder,
    )
    stack.callback(made[engine].stop_everything)


def _copy_anew(files: SqliteFiles, path: Path) -> None:
    for ending in ("-journal", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    shutil.copyfile(files.template, path)


def _clone_anew(databases: PostgresqlDatabases) -> None:
    databases.run(f'DROP DATABASE IF EXISTS "{databases.name}_copy" WITH (FORCE)')
    databases.run(f'CREATE DATABASE "{databases.name}_copy" TEMPLATE "{databases.name}"')


def _drop(databases: PostgresqlDatabases) -> None:
    databases.run(f'DROP DATABASE IF EXISTS "{databases.name}_copy" WITH (FORCE)')
    databases.run(f'DROP DATABASE IF EXISTS "{databases.name}" WITH (FORCE)')


def _settings(address: str, provider: str, folder: Path) -> dict[str, str]:
    return {
        "REPAIRSHOP_MODE": "development",
        "REPAIRSHOP_DATA": str(folder),
        "DATABASE_URL": address,
        "SECRET_KEY": "sessions-of-the-drills-0123456789abcd",
        "LINK_KEY": "links-of-the-drills-0123456789abcdefg",
        "VAULT_KEY": "vault-of-the-drills-0123456789abcdefg",
        "PUBLIC_URL": "https://repair.example.com",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_FROM": SENDER,
        "TWILIO_API_BASE": provider,
        "LOG_LEVEL": "warning",
        "TEXTS_PER_SECOND": "0",  # R6 alone asks for the pace of a shop
        "PYTHONUNBUFFERED": "1",  # what a process said before it was killed is in its log
        "NOTICE_GRACE_SECONDS": "2",
    }
