"""What a form of photos brought: opened before the transaction, each refusal at its own field."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from werkzeug.datastructures import FileStorage

from repairshop.errors import Refused
from repairshop.media.rules import MAX_PHOTO_BYTES, ReceivedPicture
from repairshop.media.service import receive_photo
from repairshop.shots import service
from repairshop.shots.forms import ShotFiles
from repairshop.shots.rules import Shot
from repairshop.staff.rules import Actor


@dataclass(frozen=True, kw_only=True)
class Received:
    """The good ones are kept whatever became of the others: nobody photographs twice for another's fault."""

    shots: dict[Shot, ReceivedPicture] = field(default_factory=dict)
    others: list[ReceivedPicture] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)


def files_in(form: ShotFiles, shots: tuple[Shot, ...]) -> Iterator[tuple[Shot | None, FileStorage]]:
    for shot in shots:
        file = form.file_of(shot)
        if file is not None:
            yield shot, file
    for file in form.others():
        yield None, file


def receive_all(form: ShotFiles, shots: tuple[Shot, ...]) -> Received:
    received = Received()
    for shot, file in files_in(form, shots):
        try:
            picture = receive_photo(file.read(MAX_PHOTO_BYTES + 1))
        except Refused as refusal:
            refusal.field = "photos" if shot is None else f"shot-{shot.value}"
            received.refusals.append(refusal)
        else:
            if shot is None:
                received.others.append(picture)
            else:
                received.shots[shot] = picture
    return received


def keep(received: Received, reference: str, *, by: Actor) -> None:
    """Inside the caller's transaction."""
    for shot, picture in received.shots.items():
        service.keep_shot(reference, shot, picture, by=by)
    if received.others:
        service.keep_other_photos(reference, received.others, by=by)


def size_of(file: FileStorage) -> int:
    """Bytes, without reading them: they lie in memory or a temporary file already."""
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    return size
