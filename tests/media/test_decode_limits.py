"""The picture process holds its limits even when the decoder is at its worst."""

import subprocess
import sys

import pytest

from repairshop.media.decode import MEMORY_BYTES
from tests.media import corpus

PROBE = """
import resource, sys
from repairshop.media import decode
decode._limit_process()
{attempt}
"""


def run_inside(attempt):
    return subprocess.run(
        [sys.executable, "-c", PROBE.format(attempt=attempt)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        ("bytearray(1_200_000_000)", "MemoryError"),
        ("open('/tmp/repairshop-probe', 'wb', buffering=0).write(b'x' * 99)", "File too large"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "PermissionError"),
        ("import socket; socket.getaddrinfo('example.com', 80)", "PermissionError"),
        ("import subprocess; subprocess.run(['true'])", "PermissionError"),
        ("import os; os.system('true')", "PermissionError"),
    ],
)
def test_the_picture_process_cannot(attempt, error):
    done = run_inside(attempt)

    assert done.returncode != 0
    assert error in done.stderr


_DECODE_THE_LARGEST = """
import resource
from repairshop.media.decoder import decode_picture
from repairshop.media.rules import MediaKind, find_format
from tests.media import corpus
scene = corpus.picture(7300, 5470)
forms = {"JPEG": {"progressive": True, "subsampling": 0}, "WEBP": {"quality": 40}, "HEIF": {}}
for form, options in forms.items():
    data = corpus.written(scene, form, **options)
    decoded = decode_picture(data, kind=MediaKind.PHOTO, found=find_format(data))
    assert (decoded.width, decoded.height) == (2000, 1499), form
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def test_the_largest_pictures_that_are_taken_fit_into_its_memory():
    # A process of its own: the kernel counts the largest child ever, and other tests have large ones.
    done = subprocess.run(
        [sys.executable, "-c", _DECODE_THE_LARGEST], capture_output=True, text=True, check=True
    )

    assert int(done.stdout) < MEMORY_BYTES // 2**20


def test_the_picture_process_sees_no_secret(monkeypatch):
    from repairshop.media import decoder

    monkeypatch.setenv("SECRET_KEY", "do-not-pass-this-on-to-the-decoder")
    seen = {}
    real = subprocess.run

    def watch(*arguments, **options):
        seen.update(options["env"])
        return real(*arguments, **options)

    monkeypatch.setattr(decoder.subprocess, "run", watch)
    data = corpus.written(corpus.picture(), "JPEG")
    decoder.decode_picture(data, kind=decoder.MediaKind.PHOTO, found=decoder.PictureFormat.JPEG)

    assert set(seen) == {"LC_ALL", "PYTHONDONTWRITEBYTECODE"}
