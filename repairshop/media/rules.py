"""What may be kept as a picture, and how large. Formats are told by content, never by name."""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from repairshop.errors import Refused

MediaId = NewType("MediaId", int)

MEGABYTE = 1_000_000
MAX_PHOTO_BYTES = 15 * MEGABYTE
MAX_SIGNATURE_BYTES = 2 * MEGABYTE
MAX_LOGO_BYTES = 5 * MEGABYTE
MAX_LOGO_PIXELS = 20_000_000
MAX_PHOTO_PIXELS = 40_000_000
MAX_SIGNATURE_PIXELS = 4_000_000
PHOTO_EDGE = 2000  # pixels of the longer side that are kept: enough to read a serial on a board
SCREEN_EDGE = 1280  # as wide as a phone draws, or a page in the middle of a desk's screen
THUMBNAIL_EDGE = 400
SIGNATURE_EDGE = 1200
LOGO_EDGE = 720  # pixels: 60 mm on paper at 300 to the inch
MAX_LOGO_FILE_BYTES = 100_000  # as kept: it goes along in every document


class MediaKind(StrEnum):
    PHOTO = "photo"
    SIGNATURE = "signature"
    LOGO = "logo"


PNG_KINDS = frozenset({MediaKind.SIGNATURE, MediaKind.LOGO})  # lines, which JPEG would blur


class PictureFormat(StrEnum):
    """The formats that are opened at all; the value is the name Pillow knows it by."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    HEIC = "HEIF"


class Size(StrEnum):
    """Which of a photo's kept sizes; a signature and a logo have the full one only.

    A photo whose longer side is at most SCREEN_EDGE has no file of that size: its full one is it.
    """

    FULL = "full"
    SCREEN = "screen"
    THUMBNAIL = "thumbnail"


class PictureEmpty(Refused):
    """No bytes arrived."""


class PictureTooHeavy(Refused):
    """More bytes than are taken; `megabytes` is the limit."""


class PictureTooManyPixels(Refused):
    """The header announces more pixels than are opened; `megapixels` is the limit."""


class PictureNotKnown(Refused):
    """The content is none of the formats that are opened."""


class PictureDamaged(Refused):
    """It begins like a picture and cannot be read to its end."""


class PictureTookTooLong(Refused):
    """Opening it passed the time or memory limit."""


class SignatureBlank(Refused):
    """The drawing holds no stroke."""


class LogoBlank(Refused):
    """The picture is nothing but white."""


class MediaStoreFull(Refused):
    """The store has no room, or cannot be reached, so nothing was kept."""


@dataclass(frozen=True, kw_only=True)
class PictureLimits:
    """What one kind of picture may cost, and the sides it is reduced to."""

    bytes: int
    pixels: int
    edge: int


LIMITS: dict[MediaKind, PictureLimits] = {
    MediaKind.PHOTO: PictureLimits(bytes=MAX_PHOTO_BYTES, pixels=MAX_PHOTO_PIXELS, edge=PHOTO_EDGE),
    MediaKind.SIGNATURE: PictureLimits(
        bytes=MAX_SIGNATURE_BYTES, pixels=MAX_SIGNATURE_PIXELS, edge=SIGNATURE_EDGE
    ),
    MediaKind.LOGO: PictureLimits(bytes=MAX_LOGO_BYTES, pixels=MAX_LOGO_PIXELS, edge=LOGO_EDGE),
}

# ISO base media brands of HEIC (ISO/IEC 23008-12 annex B); AVIF's are left out on purpose.
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})
_DATA_URL = re.compile(r"data:image/(?:png|jpeg|webp);base64,([A-Za-z0-9+/=\s]+)")


def find_format(data: bytes) -> PictureFormat | None:
    """The format the first bytes announce, or None when it is not one that is opened."""
    if data.startswith(b"\xff\xd8\xff"):
        return PictureFormat.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureFormat.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PictureFormat.WEBP
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return PictureFormat.HEIC
    return None


def require_picture(data: bytes, *, kind: MediaKind) -> PictureFormat:
    """The format, after every check that needs no decoding."""
    limits = LIMITS[kind]
    if not data:
        raise PictureEmpty(field=kind.value)
    if len(data) > limits.bytes:
        raise PictureTooHeavy(field=kind.value, megabytes=limits.bytes // MEGABYTE)
    found = find_format(data)
    if found is None:
        raise PictureNotKnown(field=kind.value)
    return found


def drawn_signature(data_url: str) -> bytes:
    """The picture inside the data address that a drawing field sends."""
    match = _DATA_URL.fullmatch(data_url.strip())
    if match is None:
        raise PictureNotKnown(field=MediaKind.SIGNATURE.value)
    try:
        return base64.b64decode(match[1], validate=False)
    except binascii.Error as error:
        raise PictureDamaged(field=MediaKind.SIGNATURE.value) from error


@dataclass(frozen=True, kw_only=True)
class ReceivedPicture:
    """A picture checked, written anew and already in the store, which no row names yet."""

    key: str
    kind: MediaKind
    content_type: str
    width: int
    height: int
    size_bytes: int
    sha256: str  # of the picture that is kept
    original_sha256: str  # of the bytes that came; they themselves are gone


def has_screen_size(width: int, height: int) -> bool:
    """Whether a photo of these full sides is kept in the size of a screen too."""
    return max(width, height) > SCREEN_EDGE


def width_within(width: int, height: int, *, edge: int) -> int:
    """The width of a picture of these sides that is reduced until neither passes `edge`; in pixels."""
    longer = max(width, height)
    return width if longer <= edge else round(width * edge / longer)


def file_name(key: str, *, kind: MediaKind, size: Size) -> str:
    """The name in the store, spread over 256 folders by the key's first two characters."""
    if kind in PNG_KINDS:
        return f"{key[:2]}/{key}.png"
    return f"{key[:2]}/{key}-{size.value}.jpg"


def key_of(name: str) -> str:
    """The key in a name made by `file_name`."""
    return name.rpartition("/")[2].partition(".")[0].partition("-")[0]
