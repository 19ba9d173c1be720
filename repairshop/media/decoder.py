"""Runs the picture process and reads its answer; see decode.py for what happens inside."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from repairshop.media.rules import (
    LIMITS,
    LogoBlank,
    MediaKind,
    PictureDamaged,
    PictureFormat,
    PictureTookTooLong,
    PictureTooManyPixels,
    SignatureBlank,
)

TIME_LIMIT_SECONDS = 15.0
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class DecodedPicture:
    """The new files and the full one's sides in pixels.

    The full size first, then a photo's thumbnail and, where it is larger than that, its size for screens.
    """

    width: int
    height: int
    files: tuple[bytes, ...]


def decode_picture(
    data: bytes, *, kind: MediaKind, found: PictureFormat, time_limit_seconds: float = TIME_LIMIT_SECONDS
) -> DecodedPicture:
    """Write the picture anew in a process of its own; refuses what cannot be opened within its limits."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell, no words of a stranger in the arguments
            [sys.executable, "-m", "repairshop.media.decode", kind.value, found.value],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=time_limit_seconds,
            cwd=_ROOT,
            env={"LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},  # none of our secrets
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PictureTookTooLong(field=kind.value) from error
    if done.returncode != 0:  # killed by a limit, or the decoder crashed
        raise PictureTookTooLong(field=kind.value)
    return _read_answer(done.stdout, kind=kind)


def _read_answer(output: bytes, *, kind: MediaKind) -> DecodedPicture:
    line, _, rest = output.partition(b"\n")
    head = json.loads(line)
    match head["result"]:
        case "kept":
            return DecodedPicture(width=head["width"], height=head["height"], files=_cut(rest, head["sizes"]))
        case "too_many_pixels":
            raise PictureTooManyPixels(field=kind.value, megapixels=LIMITS[kind].pixels // 1_000_000)
        case "blank":
            raise (LogoBlank if kind is MediaKind.LOGO else SignatureBlank)(field=kind.value)
        case "too_long":
            raise PictureTookTooLong(field=kind.value)
        case _:
            raise PictureDamaged(field=kind.value)


def _cut(rest: bytes, sizes: list[int]) -> tuple[bytes, ...]:
    files, start = [], 0
    for size in sizes:
        files.append(rest[start : start + size])
        start += size
    return tuple(files)
