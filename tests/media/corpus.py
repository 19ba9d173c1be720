"""Pictures made on the spot: honest ones, odd ones and hostile ones."""

import base64
import io
import random
import struct
import zlib
from collections.abc import Callable

import pillow_heif
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

pillow_heif.register_heif_opener()

SECRET = b"SECRET-7Q-MARKER"
GPS_SECRET = "SECRET-7Q-MARKER place"


def picture(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """A scene with edges and colours; its upper left corner is red."""
    scene = Image.linear_gradient("L").resize((width, height)).convert(mode)
    pen = ImageDraw.Draw(scene)
    mark = {
        "RGB": (200, 0, 0),
        "RGBA": (200, 0, 0, 255),
        "L": 40,
        "LA": (40, 255),
        "CMYK": (0, 255, 255, 40),
    }.get(mode, 1)
    pen.rectangle((0, 0, max(width // 8, 1), max(height // 8, 1)), fill=mark)
    return scene


def written(scene: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    scene.save(buffer, form, **options)
    return buffer.getvalue()


def exif(*, orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = GPS_SECRET
    tags[0x9286] = GPS_SECRET
    gps = tags.get_ifd(0x8825)
    gps.update({1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0), 0x1D: GPS_SECRET})
    return tags


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int, height: int) -> bytes:
    """A few kilobytes that unfold into width x height black pixels."""
    packer = zlib.compressobj(9)
    row = b"\0" * (width // 8 + 2)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")
    )


def png_text_bomb() -> bytes:
    """A small picture with a compressed text chunk of 200 MB."""
    text = b"comment\0\0" + zlib.compress(b"a" * 200_000_000, 9)
    whole = written(picture(32, 32), "PNG")
    return whole[:33] + png_chunk(b"zTXt", text) + whole[33:]


def claims(width: int, height: int) -> bytes:
    """A JPEG whose header lies about its size."""
    whole = bytearray(written(picture(64, 64), "JPEG"))
    start = whole.index(b"\xff\xc0")
    whole[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def info_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET.decode())
    info.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET.decode()}</x>")
    return info


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET.decode()}</x:xmpmeta>".encode()

# Pictures that are kept: name -> bytes.
HONEST: dict[str, Callable[[], bytes]] = {
    "plain jpeg": lambda: written(picture(), "JPEG"),
    "progressive jpeg": lambda: written(picture(), "JPEG", progressive=True),
    "grey jpeg": lambda: written(picture(mode="L"), "JPEG"),
    "cmyk jpeg": lambda: written(picture(mode="CMYK"), "JPEG"),
    "jpeg with EXIF and GPS": lambda: written(picture(), "JPEG", exif=exif()),
    "jpeg with XMP": lambda: written(picture(), "JPEG", xmp=XMP),
    "jpeg with comment": lambda: written(picture(), "JPEG", comment=SECRET),
    "jpeg with colour profile": lambda: written(picture(), "JPEG", icc_profile=profile()),
    "jpeg with broken colour profile": lambda: written(picture(), "JPEG", icc_profile=SECRET * 20),
    "jpeg of two pictures (MPO)": lambda: written(
        picture(), "MPO", save_all=True, append_images=[picture(320, 240)]
    ),
    "plain png": lambda: written(picture(), "PNG"),
    "png with transparency": lambda: written(picture(mode="RGBA"), "PNG"),
    "png with palette": lambda: written(picture().convert("P"), "PNG"),
    "png with transparent palette": lambda: written(picture().convert("P"), "PNG", transparency=0),
    "png of 16 bits": lambda: written(picture(mode="L").convert("I;16"), "PNG"),
    "png of 1 bit": lambda: written(picture().convert("1"), "PNG"),
    "png with grey and alpha": lambda: written(picture(mode="LA"), "PNG"),
    "png with texts and XMP": lambda: written(picture(), "PNG", pnginfo=info_text()),
    "png with EXIF": lambda: written(picture(), "PNG", exif=exif()),
    "png of many frames": lambda: written(
        picture(64, 64), "PNG", save_all=True, append_images=[picture(64, 64).rotate(a) for a in range(1, 40)]
    ),
    "webp": lambda: written(picture(), "WEBP"),
    "lossless webp": lambda: written(picture(mode="RGBA"), "WEBP", lossless=True),
    "webp with EXIF and XMP": lambda: written(picture(), "WEBP", exif=exif(), xmp=XMP),
    "webp of many frames": lambda: written(
        picture(64, 64),
        "WEBP",
        save_all=True,
        append_images=[picture(64, 64).rotate(a) for a in range(1, 40)],
    ),
    "heic": lambda: written(picture(), "HEIF"),
    "heic with EXIF and GPS": lambda: written(picture(), "HEIF", exif=exif().tobytes()),
    "one pixel": lambda: written(picture(1, 1), "PNG"),
    "very long and thin": lambda: written(picture(30_000, 2), "PNG"),
    "jpeg with a web page behind it": lambda: (
        written(picture(), "JPEG") + b"<script>" + SECRET + b"</script>"
    ),
    "jpeg with a zip behind it": lambda: (
        written(picture(), "JPEG") + b"PK\x03\x04" + SECRET + b"PK\x05\x06" + bytes(18)
    ),
    "jpeg with a PDF behind it": lambda: written(picture(), "JPEG") + b"%PDF-1.7\n" + SECRET + b"%%EOF",
    "jpeg with script in its comment": lambda: written(picture(), "JPEG", comment=b"*/=1;" + SECRET + b"/*"),
    "png with PHP in a chunk": lambda: _with_chunk(b"<?php " + SECRET + b" ?>"),
}

# Bytes that are refused: name -> (bytes, code of the refusal).
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "picture_empty"),
    "svg with script": (
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        "picture_not_known",
    ),
    "svg behind white space": (lambda: b"   \n<?xml version='1.0'?><svg/>", "picture_not_known"),
    "web page": (lambda: b"<!doctype html><script>alert(1)</script>", "picture_not_known"),
    "gif of many frames": (
        lambda: written(picture(64, 64), "GIF", save_all=True, append_images=[picture(64, 64)] * 50),
        "picture_not_known",
    ),
    "web page called GIF": (lambda: b"GIF89a/*<script>*/=1;", "picture_not_known"),
    "bmp": (lambda: written(picture(), "BMP"), "picture_not_known"),
    "tiff": (lambda: written(picture(), "TIFF"), "picture_not_known"),
    "icon": (lambda: written(picture(64, 64), "ICO"), "picture_not_known"),
    "postscript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run", "picture_not_known"),
    "pdf": (lambda: b"%PDF-1.7\n%%EOF", "picture_not_known"),
    "mp4": (lambda: b"\0\0\0\x18ftypmp42" + bytes(64), "picture_not_known"),
    "avif": (lambda: written(picture(), "AVIF"), "picture_not_known"),
    "program": (lambda: b"\x7fELF" + bytes(200), "picture_not_known"),
    "zip": (lambda: b"PK\x03\x04" + bytes(200), "picture_not_known"),
    "png bomb of 89 megapixels": (lambda: png_bomb(9430, 9430), "picture_too_many_pixels"),
    "png bomb of 4 gigapixels": (lambda: png_bomb(65_500, 65_500)[:60_000], "picture_too_many_pixels"),
    "jpeg that claims 4 gigapixels": (lambda: claims(65_500, 65_500), "picture_too_many_pixels"),
    "jpeg of 41 megapixels": (
        lambda: written(Image.new("L", (6410, 6400)), "JPEG", quality=20),
        "picture_too_many_pixels",
    ),
    "text bomb in a png": (png_text_bomb, "picture_damaged"),
    "truncated jpeg": (lambda: written(picture(), "JPEG")[:-2000], "picture_damaged"),
    "truncated png": (lambda: written(picture(), "PNG")[:-600], "picture_damaged"),
    "truncated webp": (lambda: written(picture(), "WEBP")[:-700], "picture_damaged"),
    "truncated heic": (lambda: written(picture(), "HEIF")[:-700], "picture_damaged"),
    "only a jpeg's first bytes": (lambda: b"\xff\xd8\xff\xe0" + bytes(40), "picture_damaged"),
    "only a png's first bytes": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(40), "picture_damaged"),
    "only a webp's first bytes": (lambda: b"RIFF\x10\0\0\0WEBP" + bytes(40), "picture_damaged"),
    "only a heic's first bytes": (lambda: b"\0\0\0\x18ftypheic" + bytes(40), "picture_damaged"),
    "png with a wrong checksum": (lambda: _with_wrong_checksum(), "picture_damaged"),
    "noise behind a jpeg's first bytes": (
        lambda: b"\xff\xd8\xff" + random.Random(4).randbytes(5000),
        "picture_damaged",
    ),
    "noise behind a heic's first bytes": (
        lambda: b"\0\0\0\x18ftypheic" + random.Random(5).randbytes(5000),
        "picture_damaged",
    ),
    "15 MB and a byte": (lambda: b"\xff\xd8\xff" + bytes(15_000_000 - 2), "picture_too_heavy"),
}


def _with_chunk(body: bytes) -> bytes:
    whole = written(picture(), "PNG")
    return whole[:33] + png_chunk(b"prVt", body) + whole[33:]


def _with_wrong_checksum() -> bytes:
    whole = bytearray(written(picture(), "PNG"))
    whole[30] ^= 0xFF
    return bytes(whole)


def signature(*, blank: bool = False) -> bytes:
    """What a drawing field sends: black on nothing."""
    field = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    if not blank:
        ImageDraw.Draw(field).line(
            [(20, 150), (120, 40), (200, 160), (420, 60)], fill=(10, 10, 10, 255), width=4
        )
    return written(field, "PNG", pnginfo=info_text())


def as_data_url(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()
