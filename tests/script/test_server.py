"""script/server starts everything, says where it is, and leaves nothing behind."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.builders import make_shop
from tests.services import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 120


class Server:
    """A started script/serve.py whose words are gathered as they come."""

    def __init__(self, *arguments: str) -> None:
        settings = {"DATABASE_URL", "PUBLIC_URL", "REPAIRSHOP_DATA", "REPAIRSHOP_MODE"}
        self.process = subprocess.Popen(
            [sys.executable, "script/serve.py", *arguments],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name not in settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.words = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.words += line

    def wait_for(self, words: str) -> None:
        until = time.monotonic() + START_SECONDS
        while words not in self.words:
            ended = self.process.poll() is not None and not self._reader.is_alive()
            assert not ended, self.words
            assert time.monotonic() < until, self.words
            time.sleep(0.05)

    def children(self) -> list[int]:
        """The processes it started itself: the web server and the worker."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(number) for number in found.split()]

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        status = self.process.wait(timeout=30)
        self._reader.join(timeout=10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status


def is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_gone(processes: list[int]) -> None:
    until = time.monotonic() + 30
    while not all(is_gone(process) for process in processes):
        assert time.monotonic() < until, processes
        time.sleep(0.1)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def server(app: Flask, port: int, data_folder: Path) -> Iterator[Server]:
    """A server started on a migrated database with a shop in it."""
    with app.app_context():
        make_shop()
    yield from started("--empty", "--port", str(port), "--data", str(data_folder))


def started(*arguments: str) -> Iterator[Server]:
    server = Server(*arguments)
    try:
        server.wait_for("Stop it with Ctrl+C.")
        yield server
    finally:
        if server.process.poll() is None:
            server.end(signal.SIGTERM)


@pytest.fixture
def first_server(port: int, tmp_path: Path) -> Iterator[Server]:
    """A server started with nothing there."""
    yield from started("--empty", "--port", str(port), "--data", str(tmp_path / "data"))


def test_an_empty_start_prints_where_it_is_and_the_owners_link(first_server, port):
    server = first_server
    assert f"Repairshop runs at http://localhost:{port}\n" in server.words
    link = re.search(rf"http://localhost:{port}/\S*/\S{{20,}}", server.words)
    assert link

    with urllib.request.urlopen(link[0], timeout=30) as page:
        assert page.status == 200


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_web_and_worker(server, how):
    children = server.children()
    assert len(children) == 2

    assert server.end(how) == 0

    assert all(is_gone(child) for child in children)
    assert "Traceback" not in server.words


def test_children_die_with_a_server_that_is_killed(server):
    children = server.children()

    server.end(signal.SIGKILL)

    wait_until_gone(children)


def test_one_that_ends_stops_the_other_and_is_named(server):
    web, worker = server.children()

    os.kill(worker, signal.SIGKILL)

    assert server.process.wait(timeout=30) == 1
    server.end(signal.SIGTERM)
    assert is_gone(web)
    assert "the worker ended (status -9); everything is stopped." in server.words


def test_second_start_has_nothing_to_prepare(server):
    assert "Preparing the database" not in server.words
    assert "Set up your shop" not in server.words


def test_with_tls_whoever_trusts_the_shops_authority_connects(app: Flask, port: int, data_folder: Path):
    with app.app_context():
        make_shop()
    for server in started("--empty", "--tls", "--port", str(port), "--data", str(data_folder)):
        authority = data_folder / "tls" / "authority.crt"
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(authority))),
        )

        assert f"open https://localhost:{port}/trust-this-shop" in server.words
        assert str(authority) in server.words
        for name in ("localhost", "127.0.0.1"):
            with opener.open(f"https://{name}:{port}/healthz", timeout=30) as page:
                assert page.status == 200
                assert "Strict-Transport-Security" not in page.headers
        with opener.open(f"https://localhost:{port}/sign-in", timeout=30) as page:
            assert "Secure" in page.headers["Set-Cookie"]


def test_a_port_in_use_is_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Server("--empty", "--port", str(port), "--data", str(tmp_path / "data"))
        status = server.process.wait(timeout=30)
        server.end(signal.SIGTERM)

    assert status == 1
    wanted = f"script/server: port {port} of 127.0.0.1 cannot be used (Address already in use); "
    assert server.words == f"{wanted}choose another, for example --port {port + 1}.\n"


def test_a_wrong_setting_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "loud")

    server = Server("--empty", "--data", str(tmp_path / "data"))
    status = server.process.wait(timeout=30)
    server.end(signal.SIGTERM)

    assert status == 1
    assert server.words == (
        "script/server: LOG_LEVEL must be debug, info, warning or error, not 'loud', "
        "for example LOG_LEVEL=info\n"
    )


def test_a_first_start_that_is_stopped_halfway_begins_anew_next_time(tmp_path, port):
    data = tmp_path / "data"
    server = Server("--port", str(port), "--data", str(data))
    until = time.monotonic() + START_SECONDS
    while not (data / "repairshop.db").exists() or not list_children_named(server, "demo"):
        assert time.monotonic() < until, server.words
        time.sleep(0.05)
    time.sleep(2)  # well inside the loading

    server.end(signal.SIGTERM)

    assert not (data / "repairshop.db").exists()


def list_children_named(server: Server, word: str) -> list[int]:
    """The children of a server whose command line has this word."""
    return [
        child
        for child in server.children()
        if word in Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
    ]
