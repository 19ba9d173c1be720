"""The process in which strangers' pictures are opened: `python -m repairshop.media.decode KIND FORMAT`.

Bytes come in by standard input; out go one line of JSON and then the new pictures, one after the
other. It has no secrets in its environment, little memory, little time, and may write no file and
open no connection. It imports Pillow only; nothing of it runs in the web process.
"""

import io
import json
import resource
import sys
from typing import Any

from PIL import Image, ImageCms, ImageOps

from repairshop.media.rules import (
    LIMITS,
    MAX_LOGO_FILE_BYTES,
    SCREEN_EDGE,
    THUMBNAIL_EDGE,
    MediaKind,
    PictureFormat,
    has_screen_size,
)

MEMORY_BYTES = 1_000_000_000  # address space: a progressive JPEG of 40 megapixels needs 0.5 GB of it
CPU_SECONDS = 12
_NEARLY_WHITE = 8  # of 255: what a scanner or JPEG leaves on white paper


class TooManyPixels(Exception):
    """The header announces more than may be opened."""


class Blank(Exception):
    """A signature without a stroke, a logo of nothing."""


def main(arguments: list[str]) -> int:
    kind, found = MediaKind(arguments[0]), PictureFormat(arguments[1])
    if found is PictureFormat.HEIC:
        _register_heic()
    _limit_process()
    data = sys.stdin.buffer.read()
    try:
        picture = _open(data, kind=kind, found=found)
        files = _WRITERS[kind](picture)
    except TooManyPixels:
        return _answer({"result": "too_many_pixels"})
    except Blank:
        return _answer({"result": "blank"})
    except MemoryError:
        return _answer({"result": "too_long"})
    except Exception:  # decoders raise whatever they like on hostile bytes
        return _answer({"result": "damaged"})
    return _answer(
        {
            "result": "kept",
            "width": files[0][1],
            "height": files[0][2],
            "sizes": [len(file[0]) for file in files],
        },
        *(file[0] for file in files),
    )


def _register_heic() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1


def _limit_process() -> None:
    """Limits of this process, set by itself before it reads a byte of the picture."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(what, (limit, limit))
    sys.addaudithook(_refuse_the_outside)


def _refuse_the_outside(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}:
        raise PermissionError(event)


def _open(data: bytes, *, kind: MediaKind, found: PictureFormat) -> Image.Image:
    """The picture, upright, in sRGB and no larger than it is kept; nothing else of the file survives."""
    limits = LIMITS[kind]
    Image.MAX_IMAGE_PIXELS = None  # the shop's own limit below is stricter and refuses instead of warning
    with Image.open(io.BytesIO(data), formats=[found.value]) as source:
        if source.width * source.height > limits.pixels:
            raise TooManyPixels
        if found is PictureFormat.JPEG:
            # Decodes at 1/2, 1/4 or 1/8 of the size: less memory, less time.
            source.draft("RGB", (limits.edge, limits.edge))
        source.load()
        profile, orientation = source.info.get("icc_profile"), source.getexif().get(0x0112, 1)
        picture: Image.Image = source
        if picture.mode not in {"RGB", "RGBA", "L"}:
            picture = _plain(picture)
        picture.thumbnail((limits.edge, limits.edge), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return _clean(picture, profile=profile, orientation=orientation)


def _plain(picture: Image.Image) -> Image.Image:
    transparent = picture.mode in {"LA", "PA", "La", "RGBa"} or "transparency" in picture.info
    if picture.mode.startswith("I"):  # 16-bit greys: keep the upper eight bits
        return picture.convert("I").point(lambda grey: grey / 256).convert("L")
    return picture.convert("RGBA" if transparent else "RGB")


def _clean(picture: Image.Image, *, profile: bytes | None, orientation: int) -> Image.Image:
    """The same picture on a new white ground, so that no comment, profile or position goes along."""
    if profile and picture.mode == "RGB":
        picture = _in_srgb(picture, profile)
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    ground.getexif()[0x0112] = orientation
    return ImageOps.exif_transpose(ground)


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Phones photograph in wider colours; without its profile such a picture would look pale."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return converted if converted is not None else picture


def _photo(picture: Image.Image) -> list[tuple[bytes, int, int]]:
    files = [_written(picture, "JPEG", quality=82, progressive=True)]
    files.append(_written(_within(picture, THUMBNAIL_EDGE), "JPEG", quality=78))
    if has_screen_size(*picture.size):
        files.append(_written(_within(picture, SCREEN_EDGE), "JPEG", quality=80, progressive=True))
    return files


def _within(picture: Image.Image, edge: int) -> Image.Image:
    smaller = picture.copy()
    smaller.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    return smaller


def _signature(picture: Image.Image) -> list[tuple[bytes, int, int]]:
    grey = picture.convert("L")
    darkest, lightest = grey.getextrema()
    if lightest - darkest < 32:  # type: ignore[operator]  # one band: two numbers
        raise Blank
    return [_written(grey, "PNG", optimize=True)]


def _logo(picture: Image.Image) -> list[tuple[bytes, int, int]]:
    """Cut to what is not white, so that it stands at the margin; smaller until its file is light."""
    ink = ImageOps.invert(picture.convert("L")).point(lambda grey: 255 if grey > _NEARLY_WHITE else 0)
    box = ink.getbbox()
    if box is None:
        raise Blank
    cut = picture.crop(box)
    file = _written(cut, "PNG", optimize=True)
    while len(file[0]) > MAX_LOGO_FILE_BYTES:
        cut.thumbnail((cut.width * 3 // 4, cut.height * 3 // 4), Image.Resampling.LANCZOS)
        file = _written(cut, "PNG", optimize=True)
    return [file]


_WRITERS = {MediaKind.PHOTO: _photo, MediaKind.SIGNATURE: _signature, MediaKind.LOGO: _logo}


def _written(picture: Image.Image, form: str, **options: Any) -> tuple[bytes, int, int]:
    fresh = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    buffer = io.BytesIO()
    fresh.save(buffer, form, **options)
    return buffer.getvalue(), fresh.width, fresh.height


def _answer(head: dict[str, Any], *files: bytes) -> int:
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    for file in files:
        out.write(file)
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
