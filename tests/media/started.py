"""The picture process, started once and forked for each picture: hundreds of pictures in a few seconds.

Everything after the start is the real thing: its limits, its main function, its answer and its end. The
kernel's count of the memory that each took comes along.
"""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SERVE = """
import os, pickle, sys, tempfile
import pillow_heif
from PIL import Image
from repairshop.media import decode
Image.init()
while True:
    try:
        arguments, data = pickle.load(sys.stdin.buffer)
    except EOFError:
        break
    with tempfile.TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(given.fileno(), 0)
            os.dup2(writing, 1)
            os.close(reading)
            sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
            code = 1
            try:
                code = decode.main(arguments)
            finally:
                os._exit(code)
        os.close(writing)
        with os.fdopen(reading, "rb") as answer:
            output = answer.read()
    _, status, usage = os.wait4(child, 0)
    pickle.dump((os.waitstatus_to_exitcode(status), output, usage.ru_maxrss), sys.stdout.buffer)
    sys.stdout.buffer.flush()
"""


class StartedDecoder:
    """Stands where the decoder starts a process; `peaks` is what each took, in KiB."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.peaks: list[int] = []

    def run(self, command: list[str], *, input: bytes, **_: Any) -> subprocess.CompletedProcess[bytes]:
        assert command[1:3] == ["-m", "repairshop.media.decode"]
        pickle.dump((command[3:], input), self.process.stdin)
        self.process.stdin.flush()
        code, output, peak = pickle.load(self.process.stdout)
        self.peaks.append(peak)
        return subprocess.CompletedProcess(command, code, output)


@contextmanager
def started_decoder() -> Iterator[StartedDecoder]:
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        yield StartedDecoder(process)
        process.stdin.close()
