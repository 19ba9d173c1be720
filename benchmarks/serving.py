"""Web servers of their own for a benchmark, and eight clients with kept connections that ask them.

Every server is gunicorn with the settings of script/server. What is measured is the processor time, user and
system, of all its processes and threads, and of PostgreSQL's where there is one.
"""

import os
import re
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services import free_port

CLIENTS = 8
_START_SECONDS = 60
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Server:
    port: int
    pids: tuple[int, ...]  # whose trees of processes do the work

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds(pid) for pid in self.pids)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one request, on average over a block of them."""

    cpu_ms: float
    wall_ms: float


@contextmanager
def served(
    command: Sequence[str], *, environment: dict[str, str], log: Path, database: int | None
) -> Iterator[Server]:
    """The server that `command` starts; PORT in it becomes a free one. `database` is PostgreSQL's process."""
    port = free_port()
    words = [word.replace("PORT", str(port)) for word in command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_for(process, port, log)
        yield Server(port=port, pids=(process.pid,) if database is None else (process.pid, database))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"a server did not start: {log.read_text(errors='replace')[-2000:]}")


def cpu_seconds(root: int) -> float:
    """User and system time of a process and of all below it, those that have ended included.

    Living threads by the scheduler's own clock (proc(5), schedstat: nanoseconds), ended processes by what
    their parent was told (stat: ticks). A thread that ended alone is not counted: none does while we measure.
    """
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    seconds, left = 0.0, [root]
    while left:
        pid = left.pop()
        left += parents.get(pid, [])
        if fields := _stat(pid):
            seconds += (int(fields[13]) + int(fields[14])) / _TICK
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            seconds += int(thread.read_text().split()[0]) / 1e9
    return seconds


def _stat(pid: int) -> list[str]:
    """What stands after the name in /proc/PID/stat: state, parent and so on; [] once it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def ask(server: Server, requests: Sequence[bytes], *, status: int, count: int) -> Cost:
    """Ask `count` times in all, each client its own request again and again; SystemExit on another status."""
    clients = []
    for number in range(CLIENTS):
        clients.append(Client(server.port, requests[number % len(requests)], status))
        # All at once, one process may take them all while the other still wakes up; then its threads wait for
        # each other's turn, and a request costs up to twice as much.
        time.sleep(0.01)
    before, began = server.cpu_seconds(), time.perf_counter()
    with selectors.DefaultSelector() as waiting:
        for client in clients[:count]:
            waiting.register(client.socket, selectors.EVENT_READ, client)
            client.send()
        sent, answered = len(waiting.get_map()), 0
        while answered < count:
            ready = waiting.select(timeout=30)
            if not ready:
                raise SystemExit("a server does not answer")
            for key, _ in ready:
                client = key.data
                if not client.receive():
                    continue
                answered += 1
                if sent < count:
                    client.send()
                    sent += 1
    wall, cpu = time.perf_counter() - began, server.cpu_seconds() - before
    for client in clients:
        client.socket.close()
    return Cost(cpu_ms=cpu * 1000 / count, wall_ms=wall * 1000 / count)


class Client:
    """One kept connection."""

    def __init__(self, port: int, request: bytes, status: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request, self._status = request, status
        self.received = b""

    def send(self) -> None:
        self.received = b""
        self.socket.sendall(self._request)

    def receive(self) -> bool:
        """Take what has come; whether the answer is whole."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise SystemExit(f"a server hung up: {self.received[:500]!r}")
        self.received += part
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return False
        if int(head[9:12]) != self._status:
            raise SystemExit(f"expected {self._status}: {self.received[:800]!r}")
        return len(body) >= body_length(head)


def body_length(head: bytes) -> int:
    if head[9:12] == b"304":
        return 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise SystemExit(f"an answer without its length: {head!r}")


def request_for(path: str, **headers: str) -> bytes:
    """GET as a browser on this machine sends it; `If_None_Match` stands for that header."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Accept: text/html", "Accept-Language: en"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(frozen=True, kw_only=True)
class Answer:
    tag: str
    body: bytes


def answer_to(server: Server, request: bytes, *, status: int) -> Answer:
    client = Client(server.port, request, status)
    client.send()
    while not client.receive():
        pass
    client.socket.close()
    head, _, body = client.received.partition(b"\r\n\r\n")
    tag = re.search(rb"\r\nETag: (\S+)", head, re.IGNORECASE)
    return Answer(tag=tag[1].decode() if tag else "", body=body)
