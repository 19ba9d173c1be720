"""The photos of one repair that its customer may see, what each shows, and which two belong together."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from repairshop.catalogue.rules import FaultFamily
from repairshop.database import db
from repairshop.diagnostics.models import Finding, FindingPhoto, TestPhoto, TestResult, TestRun
from repairshop.diagnostics.rules import RunKind
from repairshop.errors import NotFound
from repairshop.media.models import Media
from repairshop.media.rules import SCREEN_EDGE, THUMBNAIL_EDGE, width_within
from repairshop.shots.models import GuidedShot
from repairshop.shots.rules import Shot
from repairshop.tickets.models import TicketPhoto
from repairshop.tickets.rules import PhotoStep

_AFTER_THE_WORK = frozenset({PhotoStep.REPAIR, PhotoStep.FINAL_CHECKS, PhotoStep.HANDOVER})


@dataclass(frozen=True, kw_only=True)
class GalleryPhoto:
    """One photo with what is known of it; sides in pixels of the full size."""

    id: int
    step: PhotoStep
    caption: str
    at: datetime
    width: int
    height: int
    shot: Shot | None = None
    finding: str = ""  # what the technician saw, in their words
    section: FaultFamily | None = None
    test: str = ""  # the check's name, for the filter `translated`
    test_key: str = ""
    run: RunKind | None = None

    @property
    def thumbnail_width(self) -> int:
        return width_within(self.width, self.height, edge=THUMBNAIL_EDGE)

    @property
    def screen_width(self) -> int:
        return width_within(self.width, self.height, edge=SCREEN_EDGE)

    @property
    def is_named(self) -> bool:
        """Whether anything is known of what it shows, beyond the step it was taken in."""
        return bool(self.caption or self.test or self.section or self.shot)

    @property
    def is_after(self) -> bool:
        """Whether it shows the device with the work done, or under way."""
        return self.run is RunKind.AFTER if self.run else self.step in _AFTER_THE_WORK

    @property
    def subject(self) -> Hashable:
        """What two photos have in common that show the same; None where nobody said what it shows."""
        if self.test_key:
            return ("test", self.test_key)
        return ("caption", self.caption.strip().casefold()) if self.caption.strip() else None


@dataclass(frozen=True, kw_only=True)
class Pair:
    before: GalleryPhoto
    after: GalleryPhoto


@dataclass(frozen=True, kw_only=True)
class Place:
    """One photo among the others: where it stands, counted from 1, and its neighbours."""

    photo: GalleryPhoto
    number: int
    count: int
    previous: GalleryPhoto | None
    next: GalleryPhoto | None
    pair: Pair | None


def pair_up(photos: Iterable[GalleryPhoto]) -> tuple[Pair, ...]:
    """The same check before and after the work, or the same caption; the newest photo of each side counts."""
    before: dict[Hashable, GalleryPhoto] = {}
    after: dict[Hashable, GalleryPhoto] = {}
    for photo in sorted(photos, key=lambda photo: photo.id):
        if photo.subject is not None:
            (after if photo.is_after else before)[photo.subject] = photo
    return tuple(
        Pair(before=photo, after=after[subject]) for subject, photo in before.items() if subject in after
    )


def list_gallery(ticket_id: int) -> list[GalleryPhoto]:
    """In the order they were taken, in one query; without those kept among staff, removed or erased."""
    rows = db.session.execute(
        select(
            TicketPhoto.id,
            TicketPhoto.step,
            TicketPhoto.caption,
            TicketPhoto.at,
            Media.width,
            Media.height,
            GuidedShot.shot,
            Finding.seen.label("finding"),
            Finding.section,
            TestResult.label.label("test"),
            TestResult.key.label("test_key"),
            TestRun.kind.label("run"),
        )
        .join(Media, Media.id == TicketPhoto.media_id)
        .outerjoin(GuidedShot, GuidedShot.photo_id == TicketPhoto.id)
        .outerjoin(FindingPhoto, FindingPhoto.photo_id == TicketPhoto.id)
        .outerjoin(Finding, (Finding.id == FindingPhoto.finding_id) & Finding.removed_at.is_(None))
        .outerjoin(TestPhoto, TestPhoto.photo_id == TicketPhoto.id)
        .outerjoin(TestResult, TestResult.id == TestPhoto.result_id)
        .outerjoin(TestRun, TestRun.id == TestResult.run_id)
        .where(
            TicketPhoto.ticket_id == ticket_id,
            TicketPhoto.removed_at.is_(None),
            TicketPhoto.staff_only.is_(False),
            Media.erased_at.is_(None),
        )
        .order_by(TicketPhoto.id, FindingPhoto.finding_id)
    )
    found: dict[int, GalleryPhoto] = {}
    for row in rows:
        words = {name: value or "" for name, value in row._mapping.items() if name in _WORDS}
        found.setdefault(row.id, GalleryPhoto(**{**row._mapping, **words}))
    return list(found.values())


_WORDS = frozenset({"finding", "test", "test_key"})


def get_place(ticket_id: int, photo_id: int) -> Place:
    """NotFound for every photo that `list_gallery` does not give."""
    photos = list_gallery(ticket_id)
    index = next((index for index, photo in enumerate(photos) if photo.id == photo_id), None)
    if index is None:
        raise NotFound
    photo = photos[index]
    return Place(
        photo=photo,
        number=index + 1,
        count=len(photos),
        previous=photos[index - 1] if index else None,
        next=photos[index + 1] if index + 1 < len(photos) else None,
        pair=next((pair for pair in pair_up(photos) if photo in (pair.before, pair.after)), None),
    )
