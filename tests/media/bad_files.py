"""Two hundred and more files that a camera did not write, besides those of corpus.py; see test_bad_files.py.

Each says what has to become of it: REFUSED leaves nothing behind, KEPT is written anew, and EITHER is for
random damage, of which a decoder may or may not take notice.
"""

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from enum import Enum

from tests.media.corpus import (
    SECRET,
    XMP,
    claims,
    exif,
    picture,
    png_bomb,
    png_chunk,
    profile,
    written,
)


class Fate(Enum):
    REFUSED = "refused"
    KEPT = "kept"
    EITHER = "either"


BadFile = tuple[str, bytes, Fate]


def all_bad_files() -> Iterator[BadFile]:
    yield from cut_short()
    yield from damaged()
    yield from in_disguise()
    yield from with_something_behind()
    yield from other_formats()
    yield from jpeg_segments()
    yield from png_chunks()
    yield from webp_chunks()
    yield from odd_headers()
    yield from odd_pixels()


def sound_files() -> dict[str, bytes]:
    scene = picture(96, 72)
    return {
        "jpeg": written(scene, "JPEG"),
        "progressive jpeg": written(scene, "JPEG", progressive=True),
        "png": written(scene, "PNG"),
        "palette png": written(scene.convert("P"), "PNG"),
        "webp": written(scene, "WEBP"),
        "lossless webp": written(scene, "WEBP", lossless=True),
        "heic": written(scene, "HEIF"),
    }


def cut_short() -> Iterator[BadFile]:
    for form, whole in sound_files().items():
        for sixteenth in range(2, 15, 2):
            yield f"{form} cut at {sixteenth}/16", whole[: len(whole) * sixteenth // 16], Fate.REFUSED


def damaged() -> Iterator[BadFile]:
    chance = random.Random(9)
    for form, whole in sound_files().items():
        for number in range(5):
            broken = bytearray(whole)
            for _ in range(number + 1):
                broken[chance.randrange(16, len(broken))] = chance.randrange(256)
            yield f"{form} with damage {number}", bytes(broken), Fate.EITHER


MAGIC = {
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0",
    "png": b"\x89PNG\r\n\x1a\n",
    "webp": b"RIFF\xff\0\0\0WEBPVP8 ",
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
}


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../secret.php", SECRET)
    return buffer.getvalue()


def bodies() -> dict[str, bytes]:
    return {
        "web page": b"<!doctype html><script>" + SECRET + b"</script>",
        "pdf": b"%PDF-1.7\n1 0 obj" + SECRET + b"endobj\n%%EOF",
        "zip": _zip(),
        "php": b"<?php system('" + SECRET + b"'); ?>",
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='" + SECRET + b"'/>",
        "program": b"\x7fELF" + SECRET + bytes(200),
    }


def in_disguise() -> Iterator[BadFile]:
    for kind, body in bodies().items():
        yield f"{kind} by itself", body, Fate.REFUSED
        for form, magic in MAGIC.items():
            yield f"{kind} with the first bytes of {form}", magic + body, Fate.REFUSED


def with_something_behind() -> Iterator[BadFile]:
    sound = sound_files()
    for kind, body in bodies().items():
        for form in ("jpeg", "png", "webp"):
            yield f"{form} with a {kind} behind it", sound[form] + body, Fate.KEPT


def other_formats() -> Iterator[BadFile]:
    scene = picture(48, 36)
    for form in ("PPM", "PCX", "TGA", "SGI", "DDS", "ICNS", "JPEG2000", "PDF", "EPS"):
        yield form, written(scene, form), Fate.REFUSED
    frame = b"\x21\xf9\4\0\1\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    many = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 10_000 + b";"
    yield "gif of 10,000 frames", many, Fate.REFUSED
    starts = {
        "photoshop": b"8BPS\0\1",
        "jpeg xl": b"\xff\x0a",
        "qoi": b"qoif",
        "windows metafile": b"\xd7\xcd\xc6\x9a",
        "windows program": b"MZ",
        "java class": b"\xca\xfe\xba\xbe",
        "sqlite": b"SQLite format 3\0",
        "xz": b"\xfd7zXZ\0",
        "rar": b"Rar!\x1a\7\0",
        "matroska": b"\x1a\x45\xdf\xa3",
        "camera raw": b"II*\0\x10\0\0\0CR\2\0",
        "shell script": b"#!/bin/sh\n",
        "wide text": "<svg/>".encode("utf-16"),
        "a wave": b"RIFF\0\0\0\0WAVE",
        "quicktime": b"\0\0\0\x14ftypqt  ",
        "zeros": b"\0",
        "one byte of jpeg": b"\xff",
    }
    for name, start in starts.items():
        yield name, start if name.startswith("one") else start + bytes(300), Fate.REFUSED
    yield "svg packed", gzip.compress(b"<svg/>"), Fate.REFUSED
    yield "jpeg behind a new line", b"\n" + sound_files()["jpeg"], Fate.REFUSED
    yield "png spoilt by a text transfer", sound_files()["png"].replace(b"\r\n", b"\n"), Fate.REFUSED


def jpeg_segments() -> Iterator[BadFile]:
    """Metadata in every segment it is known to travel in."""
    whole = sound_files()["jpeg"]
    segments = {
        "JFXX thumbnail": (0xE0, b"JFXX\0\x10" + SECRET),
        "EXIF": (0xE1, exif().tobytes()),
        "broken EXIF": (0xE1, b"Exif\0\0II*\0\xff\xff\xff\x7f" + SECRET),
        "XMP": (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        "more XMP": (0xE1, b"http://ns.adobe.com/xmp/extension/\0" + XMP),
        "colour profile": (0xE2, b"ICC_PROFILE\0\1\1" + profile()),
        "colour profile 7 of 3": (0xE2, b"ICC_PROFILE\0\7\3" + SECRET),
        "FlashPix": (0xE2, b"FPXR\0" + SECRET),
        "list of pictures": (0xE2, b"MPF\0MM\0*" + SECRET),
        "maker's own": (0xE4, SECRET),
        "content credentials": (0xEB, b"JP\0\1\0\0\0\1" + SECRET),
        "IPTC": (0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\x15\x1c\2\x78\0\x10" + SECRET),
        "Adobe": (0xEE, b"Adobe\0d\0\0\0\0\0" + SECRET),
        "comment": (0xFE, SECRET),
        "comment of 64 KB": (0xFE, SECRET * 4095),
    }
    for name, (marker, body) in segments.items():
        segment = bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
        # A list of pictures that cannot be read is damage; the others have no say in the pixels.
        fate = Fate.EITHER if marker == 0xE2 or name == "broken EXIF" else Fate.KEPT
        yield f"jpeg with {name}", whole[:2] + segment + whole[2:], fate
    yield "jpeg with a segment of no length", whole[:2] + b"\xff\xe1\0\0" + whole[2:], Fate.EITHER


def png_chunks() -> Iterator[BadFile]:
    whole = sound_files()["png"]
    packed, bomb = zlib.compress(SECRET), zlib.compress(b"a" * 50_000_000)
    for kind, body, fate in (
        (b"tEXt", b"Author\0" + SECRET, Fate.KEPT),
        (b"zTXt", b"Comment\0\0" + packed, Fate.KEPT),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP, Fate.KEPT),
        (b"eXIf", exif().tobytes()[6:], Fate.KEPT),
        (b"iCCP", b"p\0\0" + zlib.compress(profile()), Fate.KEPT),
        (b"iCCP", b"p\0\0" + packed, Fate.KEPT),
        (b"prVt", SECRET, Fate.KEPT),
        (b"tIME", struct.pack(">HBBBBB", 2024, 5, 6, 7, 8, 9), Fate.KEPT),
        (b"zTXt", b"x\0\0" + bomb, Fate.REFUSED),
        (b"iTXt", b"x\0\1\0\0\0" + bomb, Fate.REFUSED),
        (b"iCCP", b"p\0\0" + bomb, Fate.EITHER),
        (b"acTL", struct.pack(">II", 2**31 - 1, 0), Fate.EITHER),
    ):
        chunk = png_chunk(kind, body)
        yield f"png with {kind.decode()} of {len(body)}", whole[:33] + chunk + whole[33:], fate
    header, rest = whole[16:29], whole[33:]
    for name, at, value in (
        ("no width", slice(0, 4), bytes(4)),
        ("no height", slice(4, 8), bytes(4)),
        ("a width below nothing", slice(0, 4), b"\xff\xff\xff\xff"),
        ("3 bits", slice(8, 9), b"\3"),
        ("colour type 5", slice(9, 10), b"\5"),
        ("a palette it does not have", slice(9, 10), b"\3"),
    ):
        wrong = bytearray(header)
        wrong[at] = value
        # A picture of indices without its palette is grey to some decoders and damage to others.
        fate = Fate.EITHER if "palette" in name else Fate.REFUSED
        yield f"png with {name}", whole[:8] + png_chunk(b"IHDR", bytes(wrong)) + rest, fate
    yield "png of a header only", whole[:33] + png_chunk(b"IEND", b""), Fate.REFUSED
    # All its pixels come before its end is missed.
    yield "png with an endless chunk", whole[:33] + b"\xff\xff\xff\xffIDAT" + whole[41:], Fate.EITHER
    yield "png without header", whole[:8] + rest, Fate.REFUSED


def webp_chunks() -> Iterator[BadFile]:
    whole = sound_files()["webp"]
    for kind in (b"EXIF", b"XMP ", b"ICCP", b"ABCD"):
        longer = whole + kind + struct.pack("<I", len(SECRET)) + SECRET
        yield (
            f"webp with {kind.decode()}",
            longer[:4] + struct.pack("<I", len(longer) - 8) + longer[8:],
            Fate.KEPT,
        )
    yield (
        "webp with everything",
        written(picture(64, 48), "WEBP", exif=exif(), xmp=XMP, icc_profile=profile()),
        Fate.KEPT,
    )
    yield "webp that says it is longer", whole[:4] + b"\xff\xff\xff\x7f" + whole[8:], Fate.REFUSED
    vast = b"VP8X\x0a\0\0\0\2\0\0\0\xff\xff\xff\xff\xff\xff"
    yield "webp of 2^48 pixels", b"RIFF" + struct.pack("<I", 4 + len(vast)) + b"WEBP" + vast, Fate.REFUSED


def odd_headers() -> Iterator[BadFile]:
    for width, height in ((8_000, 8_000), (20_000, 20_000), (2**31 - 1, 1), (1, 2**31 - 1)):
        bomb = png_bomb(8, 8)
        header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
        yield (
            f"png that claims {width} x {height}",
            bomb[:8] + png_chunk(b"IHDR", header) + bomb[33:],
            Fate.REFUSED,
        )
    for width, height in ((65_535, 65_535), (65_535, 700), (6_400, 6_300)):
        yield f"jpeg that claims {width} x {height}", claims(width, height), Fate.REFUSED
    heic = sound_files()["heic"]
    at = heic.index(b"ispe") + 8
    vast = heic[:at] + struct.pack(">II", 65_535, 65_535) + heic[at + 8 :]
    yield "heic that claims 4 gigapixels", vast, Fate.REFUSED


def odd_pixels() -> Iterator[BadFile]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        scene = picture(40, 30, "L").convert(mode) if mode != "LA" else picture(40, 30, "LA")
        yield f"png in {mode}", written(scene, "PNG"), Fate.KEPT
    for mode in ("L", "RGB", "CMYK"):
        yield f"jpeg in {mode}", written(picture(40, 30, mode), "JPEG", comment=SECRET), Fate.KEPT
    deep = struct.pack(">IIBBBBB", 4, 4, 16, 6, 0, 0, 0)
    pixels = png_chunk(b"IDAT", zlib.compress((b"\0" + bytes(range(32))) * 4))
    yield (
        "png of 64 bits a pixel",
        MAGIC["png"] + png_chunk(b"IHDR", deep) + pixels + png_chunk(b"IEND", b""),
        Fate.KEPT,
    )
    yield "bomb of 36 megapixels", png_bomb(6_000, 6_000), Fate.KEPT
