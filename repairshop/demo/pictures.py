"""Drawn stand-ins for photos of damaged devices: no real device, no licence to keep."""

from collections.abc import Callable, Mapping
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFilter

_SIZE = (1200, 1600)
_TABLE, _FRAME, _GLASS = (196, 188, 176), (38, 40, 44), (22, 26, 34)
_SCREEN = (290, 230, 910, 1370)


def _phone() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", _SIZE, _TABLE)
    draw = ImageDraw.Draw(picture)
    for row in range(0, _SIZE[1], 4):  # the grain of a workbench
        shade = 6 * (row // 4 % 5)
        draw.line((0, row, _SIZE[0], row), fill=tuple(channel - shade for channel in _TABLE), width=2)
    shadow = Image.new("RGB", _SIZE, _TABLE)
    ImageDraw.Draw(shadow).rounded_rectangle((270, 220, 950, 1430), radius=90, fill=(120, 112, 100))
    picture = Image.blend(picture, shadow.filter(ImageFilter.GaussianBlur(30)), 0.5)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((250, 190, 950, 1410), radius=90, fill=_FRAME)
    draw.rounded_rectangle(_SCREEN, radius=60, fill=_GLASS)
    return picture, draw


def draw_cracked() -> bytes:
    """Glass cracked from a lower corner."""
    picture, draw = _phone()
    rng = Random(7)  # noqa: S311 - a drawing
    for _ in range(26):
        x, y = 330.0, 1290.0
        step = rng.uniform(-1.5, 0.15)
        for _ in range(rng.randrange(5, 16)):
            step += rng.uniform(-0.35, 0.35)
            reach = rng.uniform(40, 110)
            following = x + reach * (1 - min(0.9, abs(step))), y + reach * step
            draw.line((x, y, *following), fill=(180, 190, 200), width=rng.randrange(1, 4))
            x, y = following
            if not (_SCREEN[0] < x < _SCREEN[2] and _SCREEN[1] < y < _SCREEN[3]):
                break
    return _jpeg(picture)


def draw_lines() -> bytes:
    """A screen with lines from top to bottom."""
    picture, draw = _phone()
    draw.rectangle((_SCREEN[0], 300, _SCREEN[2], 1300), fill=(70, 110, 150))
    for x, colour in (
        (420, (60, 220, 120)),
        (430, (60, 220, 120)),
        (640, (230, 80, 160)),
        (790, (240, 240, 240)),
    ):
        draw.line((x, _SCREEN[1] + 30, x, _SCREEN[3] - 30), fill=colour, width=5)
    return _jpeg(picture)


def _jpeg(picture: Image.Image) -> bytes:
    output = BytesIO()
    picture.save(output, "JPEG", quality=82)
    return output.getvalue()


PICTURES: Mapping[str, Callable[[], bytes]] = {"cracked": draw_cracked, "lines": draw_lines}
