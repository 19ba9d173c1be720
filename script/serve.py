"""What script/server does once the machine is ready: one database, one web server, one worker, one Ctrl+C."""

from __future__ import annotations

import argparse
import ctypes
import gc
import multiprocessing
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from config import Config, SettingError, load_config  # noqa: E402 - found through the line above

if TYPE_CHECKING:
    from flask import Flask

    from repairshop.operations.authority import Papers

STOP_SECONDS = 15
START_SECONDS = 60
WEB_PROCESSES = 2
WEB_THREADS = 8

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class StartFailed(Exception):
    """The start was given up; the message is one sentence for the person at the terminal."""


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    # SIGINT too: a shell starts what runs in the background with that signal ignored.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, interrupt)
    try:
        environment = environment_for(options)
        config = load_config(environment)
        papers = papers_for(options, config)
        require_free_port(options.host, options.port)
        state = read_state(config)
        if not state.is_migrated:
            run("Preparing the database", ["flask", "--app", "wsgi", "db", "upgrade"], environment)
        first_words = fill(config, environment, is_empty=options.empty) if not state.has_shop else ""
        return serve(options, environment, config, first_words, papers)
    except (SettingError, StartFailed) as problem:
        print(f"script/server: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/server", description="Starts Repairshop's web server and worker."
    )
    parser.add_argument("--port", type=int, default=8000, help="port of the web server (8000)")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)"
    )
    parser.add_argument(
        "--data", type=Path, help="folder for database, photos and keys (var, or REPAIRSHOP_DATA)"
    )
    parser.add_argument("--empty", action="store_true", help="no demo shop; prints a link to set up your own")
    parser.add_argument(
        "--tls",
        action="store_true",
        help="HTTPS with a certificate of the shop's own, kept in the data folder",
    )
    return parser.parse_args(arguments)


def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def environment_for(options: argparse.Namespace) -> dict[str, str]:
    """The settings both processes start with; what the person set wins over what we fill in."""
    environment = dict(os.environ)
    if options.data:
        environment["REPAIRSHOP_DATA"] = str(options.data.resolve())
    if options.tls:
        from script import tls

        environment.setdefault("PUBLIC_URL", tls.public_url(options.host, options.port))
        environment.setdefault("TRUSTED_HOSTS", tls.trusted_hosts(options.host))
    name = "localhost" if options.host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else options.host  # noqa: S104
    environment.setdefault("PUBLIC_URL", f"http://{name}:{options.port}")
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    # Programs that run as part of a start print UTF-8 whatever the terminal's language is.
    environment.setdefault("PYTHONUTF8", "1")
    return environment


def papers_for(options: argparse.Namespace, config: Config) -> Papers | None:
    if not options.tls:
        return None
    from script import tls

    if not config.is_https:
        raise StartFailed("PUBLIC_URL must start with https:// where --tls is given; or leave it out.")
    return tls.prepare(options.host, config)


def require_free_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = f"port {port} of {host} cannot be used ({error.strerror})"
            raise StartFailed(f"{reason}; choose another, for example --port {port + 1}.") from error


@dataclass(frozen=True, kw_only=True)
class DatabaseState:
    """What a start needs to know of the database, read without loading the whole program."""

    is_migrated: bool
    has_shop: bool = False
    has_demo: bool = False


def read_state(config: Config) -> DatabaseState:
    """Asked of the driver itself: loading SQLAlchemy would cost a second start a good part of its time."""
    config.data.mkdir(parents=True, exist_ok=True)
    address = config.sqlalchemy_url
    if address.startswith("sqlite:"):
        path = Path(address.removeprefix("sqlite:///"))
        if not path.exists():
            return DatabaseState(is_migrated=False)
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            return state_of(connection, tables="SELECT name FROM sqlite_master WHERE type = 'table'")
    import psycopg

    try:
        with psycopg.connect(address.replace("+psycopg", "", 1), connect_timeout=10) as connection:
            return state_of(
                connection, tables="SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            )
    except psycopg.OperationalError as error:
        raise StartFailed(f"DATABASE_URL: the database does not answer ({error}).") from error


def state_of(connection: Any, *, tables: str) -> DatabaseState:
    present = {row[0] for row in connection.execute(tables).fetchall()}
    if "alembic_version" not in present:
        return DatabaseState(is_migrated=False)
    version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    newest = max(path.name.split("_")[0] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    demos = connection.execute("SELECT is_demo FROM shop").fetchall() if "shop" in present else []
    return DatabaseState(
        is_migrated=version == (newest,),
        has_shop=bool(demos),
        has_demo=any(is_demo for (is_demo,) in demos),
    )


def forget_half_made_demo(config: Config) -> None:
    """Begin anew next time: a demo that was interrupted lacks most of its stages and says nothing of it."""
    if config.sqlalchemy_url.startswith("sqlite:"):
        database = config.sqlalchemy_url.removeprefix("sqlite:///")
        for ending in ("", "-journal", "-wal", "-shm"):
            Path(database + ending).unlink(missing_ok=True)


def fill(config: Config, environment: dict[str, str], *, is_empty: bool) -> str:
    """The first shop: the demo, or an empty one whose set-up link is returned as words to print."""
    if config.is_production and not is_empty:
        return "There is no shop yet; make one with: .venv/bin/flask --app wsgi shop create --help\n"
    if not is_empty:
        try:
            run("Loading the demo shop", ["flask", "--app", "wsgi", "demo", "load"], environment)
        except BaseException:
            forget_half_made_demo(config)
            raise
        return ""
    facts = ["--name", "New shop", "--country", "GB", "--currency", "GBP", "--time-zone", "Europe/London"]
    made = run("Making an empty shop", ["flask", "--app", "wsgi", "shop", "create", *facts], environment)
    run("Loading the catalogue", ["flask", "--app", "wsgi", "catalogue", "load"], environment)
    run("Loading what is known of parts", ["flask", "--app", "wsgi", "parts", "load"], environment)
    link = made.strip().splitlines()[-1]
    return f"Set up your shop (works once, for 24 hours):\n  {link}\n"


def run(title: str, command: list[str], environment: dict[str, str]) -> str:
    """Run one step under a line that says what is being done; what it printed, or StartFailed."""
    with progress(title):
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StartFailed(f"{title} failed: {(done.stderr or done.stdout).strip()[-3000:]}")
    return done.stdout


@contextmanager
def progress(title: str) -> Any:
    """Say at once what has begun, then a dot every two seconds."""
    ended = threading.Event()

    def dots() -> None:
        while not ended.wait(2):
            print(".", end="", flush=True)

    print(f"{title} … ", end="", flush=True)
    began = time.monotonic()
    ticker = threading.Thread(target=dots, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        ended.set()
        ticker.join()
        print(f" ({time.monotonic() - began:.0f} s)", flush=True)


def serve(
    options: argparse.Namespace,
    environment: dict[str, str],
    config: Config,
    first_words: str,
    papers: Papers | None,
) -> int:
    """Run web and worker until one ends or somebody stops us.

    The program is loaded once, here, and the others split off from it: the loading is most of a start.
    """
    os.environ.update(environment)
    with progress("Starting"):
        gc.disable()  # what is being loaded stays; looking for garbage in it would cost a sixth of the time
        from wsgi import app

        gc.freeze()
        gc.enable()
        processes = {
            "web server": start(lambda: run_web(app, options, papers), name="web server"),
            "worker": start(lambda: run_worker(app), name="worker"),
        }
    try:
        wait_until_alive(options, processes, papers)
        print(f"\nRepairshop runs at {config.public_url}\n{first_words}", flush=True)
        if papers:
            from script import tls

            print(tls.how_to_trust(options.host, config, papers), flush=True)
        if read_state(config).has_demo:
            print(sign_ins(app), flush=True)
        print("Stop it with Ctrl+C.", flush=True)
        return watch(processes)
    finally:
        stop(list(processes.values()))


def start(run: Callable[[], None], *, name: str) -> ForkProcess:
    """A child in a process group of its own, so that Ctrl+C reaches us alone, and that dies when we do."""

    def run_alone() -> None:
        os.setpgid(0, 0)
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, signal.SIG_DFL)
        run()

    process = multiprocessing.get_context("fork").Process(target=run_alone, name=name)
    process.start()
    return process


def run_web(app: Flask, options: argparse.Namespace, papers: Papers | None) -> None:
    from gunicorn.app.base import BaseApplication

    settings = {
        "bind": f"[{options.host}]:{options.port}"
        if ":" in options.host
        else f"{options.host}:{options.port}",
        "workers": WEB_PROCESSES,
        "worker_class": "gthread",
        "threads": WEB_THREADS,
        "control_socket_disable": True,
        "loglevel": "warning",
        "preload_app": True,
    }
    if papers:
        settings |= {"certfile": str(papers.certificate), "keyfile": str(papers.key)}

    class WebServer(BaseApplication):  # type: ignore[misc] - gunicorn has no types
        def load_config(self) -> None:
            for setting, value in settings.items():
                self.cfg.set(setting, value)

        def load(self) -> Flask:
            return app

    WebServer().run()


def run_worker(app: Flask) -> None:
    from repairshop.worker import Worker

    Worker(app).run_until_stopped()


def sign_ins(app: Flask) -> str:
    """The demo's sign-ins and one link for each stage, as text."""
    from repairshop.demo.commands import find_links

    with app.app_context():
        found = find_links()
    lines = ["Sign in at the demo shop as"]
    lines += [
        f"  {person['role']:<12} {person['email']:<28} {person['password']}" for person in found["staff"]
    ]
    lines.append("What a customer sees at each stage")
    stages: dict[str, str] = {}
    for ticket in found["tickets"]:
        stages.setdefault(ticket["stage"], ticket["portal_url"])
    lines += [f"  {stage:<18} {url}" for stage, url in stages.items()]
    return "\n".join(lines)


def wait_until_alive(
    options: argparse.Namespace, processes: dict[str, ForkProcess], papers: Papers | None
) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(options.host, options.host)  # noqa: S104
    address = f"{'https' if papers else 'http'}://{host}:{options.port}/healthz"
    request = urllib.request.Request(address, headers={"Host": "localhost"})  # noqa: S310 - one of these two
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if papers:
        from script import tls

        handlers.append(urllib.request.HTTPSHandler(context=tls.trusting(papers)))
    opener = urllib.request.build_opener(*handlers)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        require_running(processes)
        try:
            opener.open(request, timeout=5).close()
            return
        except urllib.error.HTTPError as answer:
            answer.close()
            return  # it answers; a setting such as TRUSTED_HOSTS may refuse this name
        except OSError:
            time.sleep(0.05)
    raise StartFailed(f"the web server did not answer within {START_SECONDS} seconds.")


def require_running(processes: dict[str, ForkProcess]) -> None:
    for name, process in processes.items():
        if not process.is_alive():
            raise StartFailed(f"the {name} ended (status {process.exitcode}); everything is stopped.")


def watch(processes: dict[str, ForkProcess]) -> int:
    while True:
        require_running(processes)
        time.sleep(0.2)


def stop(processes: list[ForkProcess]) -> None:
    """Ask all to end, wait, then end what is left with everything it started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for process in processes:
        process.terminate()
    until = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.join(timeout=max(0.1, until - time.monotonic()))
        if process.is_alive():
            assert process.pid is not None  # noqa: S101 - it was started
            os.killpg(process.pid, signal.SIGKILL)
            process.join()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
