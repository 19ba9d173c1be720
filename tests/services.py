"""PostgreSQL and Redis for tests: started in a folder of their own, on free ports, gone afterwards.

`python -m tests.services COMMAND …` starts both, tells COMMAND their addresses in TEST_POSTGRESQL and
TEST_REDIS, and stops them when it ends, however it ends.
"""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

START_SECONDS = 30

_IN_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 2 * 1024**3


class ServiceUnavailable(Exception):
    """A server that tests need is not installed, or did not start; the message says which."""


def quick_folder() -> str | None:
    """A folder in memory, if there is one with room: tests wait for the disk more than for anything else."""
    try:
        return str(_IN_MEMORY) if shutil.disk_usage(_IN_MEMORY).free >= _ROOM_BYTES else None
    except OSError:
        return None


def free_port() -> int:
    """A port of the loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty PostgreSQL server; it forgets durability to be quick."""
    programs = _postgresql_programs()
    with _private_folder() as folder:
        data = folder / "data"
        _run_unprivileged(
            [
                programs / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ]
        )
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "shared_buffers": "128MB",
            "autovacuum": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(data), *options]
        address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        with _server(
            command, folder=folder, stop=signal.SIGINT, answers=lambda: _postgresql_answers(address)
        ):
            yield address.replace("postgresql:", "postgresql+psycopg:", 1)


@contextmanager
def redis() -> Iterator[str]:
    """The address of an empty Redis server."""
    program = shutil.which("redis-server")
    if program is None:
        raise ServiceUnavailable("redis-server is not installed; script/test installs it")
    with _private_folder() as folder:
        port = free_port()
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        with _server(command, folder=folder, stop=signal.SIGTERM, answers=lambda: _accepts(port)):
            yield f"redis://127.0.0.1:{port}/0"


def _postgresql_programs() -> Path:
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: float(path.parts[-3]),
        reverse=True,
    )
    found = installed or [Path(path) for path in [shutil.which("postgres")] if path]
    if not found:
        raise ServiceUnavailable("PostgreSQL is not installed; script/test installs it")
    return found[0].resolve().parent


def _unprivileged() -> dict[str, object]:
    """Who the servers run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    raise ServiceUnavailable("there is neither a user postgres nor a user nobody to run the servers as")


def _run_unprivileged(command: list[str | Path]) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        cwd="/",
        **_unprivileged(),  # type: ignore[call-overload]
    )
    if done.returncode != 0:
        raise ServiceUnavailable(f"{command[0]} failed: {done.stderr.strip()}")


@contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="repairshop-test-", dir=quick_folder()))
    owner = _unprivileged()
    if owner:
        os.chown(folder, int(str(owner["user"])), int(str(owner["group"])))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server(
    command: list[str], *, folder: Path, stop: signal.Signals, answers: Callable[[], bool]
) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            **_unprivileged(),  # type: ignore[call-overload]
        )

    def end() -> None:
        if process.poll() is None:
            process.send_signal(stop)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    atexit.register(end)
    try:
        _wait_for(answers, process=process, log=log)
        yield
    finally:
        end()
        atexit.unregister(end)


def _wait_for(answers: Callable[[], bool], *, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if answers():
            return
        time.sleep(0.05)
    raise ServiceUnavailable(f"{process.args!r} did not start: {log.read_text(errors='replace')[-2000:]}")


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _postgresql_answers(address: str) -> bool:
    """A connection is accepted some time before the first query is."""
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def main(command: list[str]) -> int:
    """Run the command with both servers up; its exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        environment = os.environ | {
            "TEST_POSTGRESQL": stack.enter_context(postgresql()),
            "TEST_REDIS": stack.enter_context(redis()),
        }
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
