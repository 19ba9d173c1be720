"""How long a text is for the networks: GSM-7 or UCS-2, in how many parts (3GPP TS 23.038 and 23.040)."""

import unicodedata
from dataclasses import dataclass

# The basic table has one unit a sign, the extension table two.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS2_SINGLE, _UCS2_PART = 70, 67

# A link as long as any: https, a host of 24 signs, a token of 30. A longer host is made known at start-up.
_LINK_LENGTH = len("https://") + 24 + len("/t/") + 30
_TOKEN_LENGTH = 30
_link_lengths = {"longest": _LINK_LENGTH}

# Spaces that cannot be seen and come from number formats as often as from keys.
_SPACES: dict[str, str | int | None] = {
    "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
    "\N{THIN SPACE}": " ",
    "\N{SOFT HYPHEN}": "",
    "\N{ZERO WIDTH SPACE}": "",
}
# Signs that typists and calendars use, as the basic table has them.
_FOLDS = str.maketrans(
    _SPACES
    | {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{BULLET}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "ª": "a",
        "º": "o",
        "œ": "oe",
        "Œ": "OE",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
        "ç": "c",
    }
)


@dataclass(frozen=True, kw_only=True)
class Length:
    """`units` are septets in GSM-7 and UTF-16 code units in UCS-2; `left` fit into the last part."""

    units: int
    parts: int
    left: int
    is_gsm: bool


def folded(text: str) -> str:
    """The text with signs the basic table lacks put as their nearest: an accent costs more than half a text.

    Letters of other scripts and emoji stay as they are.
    """
    return "".join(_folded_sign(sign) for sign in unicodedata.normalize("NFC", text).translate(_FOLDS))


def _folded_sign(sign: str) -> str:
    if sign in _BASIC or sign in _EXTENSION:
        return sign
    bare = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    return bare if bare and all(part in _BASIC for part in bare) else sign


def plain_spaces(text: str) -> str:
    """The text with its accents, but without spaces that cost and cannot be seen."""
    return unicodedata.normalize("NFC", text).translate(str.maketrans(_SPACES))


def costly_signs(text: str) -> tuple[str, ...]:
    """The signs, each once, for which the whole text leaves GSM-7: it then takes more than twice the room."""
    return tuple(dict.fromkeys(sign for sign in text if sign not in _BASIC and sign not in _EXTENSION))


def know_address(public_url: str) -> None:
    """Measure links with this installation's address where it is longer than most."""
    length = len(public_url.rstrip("/")) + len("/t/") + _TOKEN_LENGTH
    _link_lengths["longest"] = max(_LINK_LENGTH, length)


def longest_link() -> str:
    """As long as a link of this installation can get."""
    return "h" * _link_lengths["longest"]


def length_of(text: str) -> Length:
    """The length as the networks count it; a text of no signs still takes one part."""
    if all(sign in _BASIC or sign in _EXTENSION for sign in text):
        sizes = [2 if sign in _EXTENSION else 1 for sign in text]
        return _length(sizes, single=_GSM_SINGLE, part=_GSM_PART, is_gsm=True)
    sizes = [len(sign.encode("utf-16-be")) // 2 for sign in text]
    return _length(sizes, single=_UCS2_SINGLE, part=_UCS2_PART, is_gsm=False)


def _length(sizes: list[int], *, single: int, part: int, is_gsm: bool) -> Length:
    units = sum(sizes)
    if units <= single:
        return Length(units=units, parts=1, left=single - units, is_gsm=is_gsm)
    # A sign of two units is never cut in two: what does not fit goes to the next part.
    parts, filled = 1, 0
    for size in sizes:
        if filled + size > part:
            parts, filled = parts + 1, 0
        filled += size
    return Length(units=units, parts=parts, left=part - filled, is_gsm=is_gsm)
