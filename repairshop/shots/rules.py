"""Which six photos a device is checked in with, and what a phone may do that scanned the counter's code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from repairshop.catalogue.rules import DeviceType
from repairshop.errors import Refused


class Shot(StrEnum):
    """One guided photo; names and instructions stand in templates/shots/_words.html."""

    FRONT_ON = "front_on"  # the screen lit
    FRONT = "front"  # switched off, so that scratches show
    BACK = "back"
    LEFT_TOP = "left_top"  # two edges in one photo
    RIGHT_BOTTOM = "right_bottom"
    LEFT = "left"
    RIGHT = "right"
    KEYBOARD = "keyboard"
    LID = "lid"
    PORTS = "ports"
    CONTENTS = "contents"  # the case, and what came along
    LABEL = "label"  # where the serial number stands


# A lit screen may show the customer's data: such a photo never leaves the shop's own pages.
STAFF_ONLY = frozenset({Shot.FRONT_ON})

_SLAB = (Shot.FRONT_ON, Shot.FRONT, Shot.BACK, Shot.LEFT_TOP, Shot.RIGHT_BOTTOM, Shot.LABEL)
_BOX = (Shot.FRONT_ON, Shot.FRONT, Shot.PORTS, Shot.LEFT, Shot.RIGHT, Shot.LABEL)
SHOTS: Mapping[DeviceType, tuple[Shot, ...]] = {
    DeviceType.PHONE: _SLAB,
    DeviceType.TABLET: _SLAB,
    DeviceType.HANDHELD: _SLAB,
    DeviceType.WATCH: _SLAB,
    DeviceType.CAMERA: _SLAB,
    DeviceType.LAPTOP: (Shot.FRONT_ON, Shot.KEYBOARD, Shot.LID, Shot.LEFT, Shot.RIGHT, Shot.LABEL),
    DeviceType.DESKTOP: _BOX,
    DeviceType.CONSOLE: _BOX,
    DeviceType.HEADPHONES: (Shot.FRONT, Shot.BACK, Shot.LEFT, Shot.RIGHT, Shot.CONTENTS, Shot.LABEL),
    DeviceType.OTHER: _BOX,
}


def shots_of(device_type: DeviceType) -> tuple[Shot, ...]:
    """The six photos, in the order they are taken with the fewest turns of the device."""
    return SHOTS[device_type]


LINK_LIFE = timedelta(minutes=10)
MOST_PHOTOS_BY_PHONE = 24  # six shots, each taken again, and as many besides; refused ones count too
MOST_BYTES_BY_PHONE = 150_000_000


class ShotNotOfDevice(Refused):
    """This photo is not asked for with this type of device."""


class ShotReasonMissing(Refused):
    """A shot is left out and nobody said why."""


class ShotTaken(Refused):
    """There is a photo already, so it cannot be called impossible."""


class PhoneLinkOver(Refused):
    """The code was scanned too long ago, ended at the counter, or replaced by a newer one."""


class PhoneLinkFull(Refused):
    """More photos or bytes than one code lets through; `most` is the number of photos."""


class PhoneBusy(Refused):
    """Two sendings came at the same moment; this one can be sent again."""


@dataclass(frozen=True, kw_only=True)
class LinkFacts:
    """What decides whether a phone's photos are taken."""

    expires_at: datetime
    ended_at: datetime | None
    photos: int
    size_bytes: int


def is_open(link: LinkFacts, *, at: datetime) -> bool:
    return link.ended_at is None and at < link.expires_at


def require_room(link: LinkFacts, *, sizes: Iterable[int], at: datetime) -> None:
    """Refuse unless photos of these sizes may still come by this link."""
    coming = list(sizes)
    if not is_open(link, at=at):
        raise PhoneLinkOver
    if (
        link.photos + len(coming) > MOST_PHOTOS_BY_PHONE
        or link.size_bytes + sum(coming) > MOST_BYTES_BY_PHONE
    ):
        raise PhoneLinkFull(most=MOST_PHOTOS_BY_PHONE)
