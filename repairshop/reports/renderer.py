"""Keeps the drawing process warm and ends it when a document costs too much; see pdf.py for what it does."""

import atexit
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from repairshop.database import end_reading
from repairshop.reports.rules import DocumentNotDrawn
from repairshop.reports.wire import Answer, DrawRequest, read_answer, write_request

TIME_LIMIT_SECONDS = 20.0  # for one document
START_LIMIT_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parents[2]
_FONTS = Path(__file__).with_name("fonts.conf")
_log = logging.getLogger(__name__)


class Renderer:
    """One drawing process, started when first needed and again after it ended."""

    def __init__(self, *, time_limit_seconds: float = TIME_LIMIT_SECONDS) -> None:
        self._time_limit = time_limit_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._timed_out = False
        self._turn = threading.Lock()

    def render(self, request: DrawRequest) -> bytes:
        """The PDF; raises DocumentNotDrawn when it cannot be had within the limits."""
        with self._turn:
            answer = self._ask(request)
            if answer is None and not self._timed_out:  # it had ended between two documents: once more
                answer = self._ask(request)
        if answer is None or answer.problem:
            _log.error("a document was not drawn: %s", answer.problem if answer else "the process was ended")
            raise DocumentNotDrawn
        return answer.pdf

    def _ask(self, request: DrawRequest) -> Answer | None:
        process = self._running()
        with self._limit(process, self._time_limit):
            answer = _exchange(process, request)
        if answer is None:
            self._end(process)
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        """The process, ready for a document; starting one takes a second, more on a busy machine."""
        if self._process is not None and self._process.poll() is not None:
            self._end(self._process)
        if self._process is None:
            self._process = _start()
            with self._limit(self._process, START_LIMIT_SECONDS):
                _exchange(self._process, None)
        return self._process

    @contextmanager
    def _limit(self, process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
        self._timed_out = False
        alarm = threading.Timer(seconds, self._give_up, [process])
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()

    def _give_up(self, process: subprocess.Popen[bytes]) -> None:
        self._timed_out = True
        process.kill()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not yet written no longer matters
                    pipe.close()
        self._process = None

    def close(self) -> None:
        """End the process, if there is one."""
        with self._turn:
            if self._process is not None:
                self._end(self._process)


def _exchange(process: subprocess.Popen[bytes], request: DrawRequest | None) -> Answer | None:
    """Send the request, if any, and wait for an answer; None when the process ended instead."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the drawing process has no pipes")
    try:
        if request is not None:
            write_request(process.stdin, request)
        return read_answer(process.stdout)
    except OSError:
        return None


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "repairshop.reports.pdf"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        env={
            "LC_ALL": "C.UTF-8",
            "HOME": os.environ.get("HOME", "/tmp"),  # noqa: S108 - where fontconfig keeps its cache
            "FONTCONFIG_FILE": str(_FONTS),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )


_renderers: dict[int, Renderer] = {}  # by process id: a forked web worker must not share its parent's pipes


def render_pdf(request: DrawRequest) -> bytes:
    """Draw the document; must not be called inside a transaction, and lets go of the database first."""
    end_reading()
    renderer = _renderers.get(os.getpid())
    if renderer is None:
        renderer = _renderers[os.getpid()] = Renderer()
        atexit.register(renderer.close)
    return renderer.render(request)
