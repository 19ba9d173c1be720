"""Which characters this machine's fonts can draw.

A paper that names a glyph no font has is no PDF/A (ISO 19005-3 6.2.11.8), so a stranger's newest emoji would
spoil it. The same holds for private signs, which mean nothing outside the font they come from.
"""

import ctypes
import unicodedata
from collections.abc import Callable
from contextlib import suppress

_LIBRARIES = ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll")
_REPLACEMENT = "\ufffd"
_PRIVATE_OR_NONE = {"Co", "Cn", "Cs"}
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs", "Mn"}  # drawn as nothing, or with the sign before them


class _FontSet(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_int),
        ("room", ctypes.c_int),
        ("fonts", ctypes.POINTER(ctypes.c_void_p)),
    )


class Glyphs:
    """Looks once at the fonts; each character is then asked about once."""

    def __init__(self) -> None:
        self._has = _coverage()
        self._known: dict[str, str] = {}

    def drawable(self, text: str) -> str:
        """The text with the replacement sign for what no font can draw."""
        unusual = {sign for sign in set(text) if sign > "\u024f"}
        for sign in unusual - self._known.keys():
            self._known[sign] = sign if self._may_stand(sign) else _REPLACEMENT
        changed = {ord(sign): self._known[sign] for sign in unusual if self._known[sign] != sign}
        return text.translate(changed) if changed else text

    def _may_stand(self, sign: str) -> bool:
        category = unicodedata.category(sign)
        if category in _PRIVATE_OR_NONE:
            return False
        return category in _UNSEEN or self._has(ord(sign))


def _coverage() -> Callable[[int], bool]:
    """Whether any font has this code point; yes to all where fontconfig cannot be asked."""
    library = _load()
    if library is None:
        return lambda _point: True
    charsets = _list_charsets(library)
    return lambda point: any(library.FcCharSetHasChar(charset, point) for charset in charsets)


def _load() -> ctypes.CDLL | None:
    for name in _LIBRARIES:
        with suppress(OSError):
            return ctypes.CDLL(name)
    return None


def _list_charsets(library: ctypes.CDLL) -> list[ctypes.c_void_p]:
    """Owned by the font set, which is kept for the life of the process."""
    library.FcPatternCreate.restype = ctypes.c_void_p
    library.FcObjectSetBuild.restype = ctypes.c_void_p
    library.FcFontList.restype = ctypes.POINTER(_FontSet)
    library.FcFontList.argtypes = (ctypes.c_void_p,) * 3
    library.FcPatternGetCharSet.argtypes = (
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_void_p),
    )
    library.FcCharSetHasChar.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    found = library.FcFontList(None, library.FcPatternCreate(), library.FcObjectSetBuild(b"charset", None))
    charsets = []
    for number in range(found.contents.count):
        charset = ctypes.c_void_p()
        font = ctypes.c_void_p(found.contents.fonts[number])
        if library.FcPatternGetCharSet(font, b"charset", 0, ctypes.byref(charset)) == 0:
            charsets.append(charset)
    return charsets
