"""Hundreds of bad files by the way that a photo takes: refused without a trace, or kept as pixels alone."""

import re
import struct

import pytest

from repairshop.errors import Refused
from repairshop.media import decoder, service
from repairshop.media.decode import MEMORY_BYTES
from tests.media.bad_files import Fate, all_bad_files
from tests.media.corpus import SECRET
from tests.media.started import started_decoder

_PLAIN = {0xC0, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD}  # frames, tables, scans: nothing that could hold words
_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}-(full|screen|thumbnail)\.jpg")


def foreign_parts(file: bytes) -> list[str]:
    """What of a kept JPEG is neither pixels nor the bare JFIF header."""
    at, found = 2, []
    while file[at : at + 2] != b"\xff\xd9":
        marker, length = file[at + 1], struct.unpack(">H", file[at + 2 : at + 4])[0]
        body = file[at + 4 : at + 2 + length]
        jfif = marker == 0xE0 and body.startswith(b"JFIF\0") and len(body) == 14
        if marker not in _PLAIN and not jfif:
            found.append(f"{marker:x}: {body[:40]!r}")
        at += 2 + length
        if marker == 0xDA:
            at = re.compile(rb"\xff[^\0\xd0-\xd7\xff]").search(file, at).start()
    return found + ([] if at + 2 == len(file) else ["bytes behind the end"])


def test_bad_files_leave_nothing_but_pixels(app, store, monkeypatch):
    wrong, seen = [], 0
    with started_decoder() as started:
        monkeypatch.setattr(decoder.subprocess, "run", started.run)
        for name, data, fate in all_bad_files():
            seen += 1
            try:
                service.receive_photo(data)
                became = Fate.KEPT
            except Refused:
                became = Fate.REFUSED
            files = [file.name for file in store.list_files()]
            if fate is not Fate.EITHER and became is not fate:
                wrong.append(f"{name}: {became.value}")
            if len(files) not in ((2, 3) if became is Fate.KEPT else (0,)) or not all(
                map(_NAME.fullmatch, files)
            ):
                wrong.append(f"{name}: left {files}")
            for file in files:
                kept = store.get(file)
                wrong += [f"{name}: {part}" for part in foreign_parts(kept)]
                if SECRET in kept:
                    wrong.append(f"{name}: its words were kept")
                store.delete(file)

    assert wrong == [], "\n".join(wrong)
    assert seen >= 200
    # The hard limit is the process's own; what a picture really takes stays far below the computer's.
    assert max(started.peaks) * 1024 < MEMORY_BYTES // 2


@pytest.mark.parametrize("part", [b"\xff\xe1\0\x08Exif\0\0", b"\xff\xfe\0\x04hi"])
def test_the_search_for_foreign_parts_finds_them(part):
    from tests.media.corpus import picture, written

    file = written(picture(16, 16), "JPEG")

    assert foreign_parts(file) == []
    assert foreign_parts(file[:2] + part + file[2:]) != []
    assert foreign_parts(file + b"x") == ["bytes behind the end"]
