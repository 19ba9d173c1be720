"""Photos of a form that comes back with an error: taken once, carried signed, never asked for again."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import FileStorage

from repairshop.errors import Refused
from repairshop.intake.rules import MOST_PHOTOS, TooManyPhotos
from repairshop.media.rules import MAX_PHOTO_BYTES, MediaKind, ReceivedPicture
from repairshop.media.service import receive_photo


def read_kept(text: str) -> list[ReceivedPicture]:
    """The photos an earlier sending of the same form brought; what we did not sign is left out."""
    try:
        rows = _signer().loads(text) if text else []
    except BadSignature:
        return []
    return [ReceivedPicture(**{**row, "kind": MediaKind(row["kind"])}) for row in rows]


def write_kept(photos: Sequence[ReceivedPicture]) -> str:
    return str(_signer().dumps([asdict(photo) for photo in photos])) if photos else ""


def receive_all(
    files: Iterable[FileStorage], kept: Sequence[ReceivedPicture]
) -> tuple[list[ReceivedPicture], list[Refused]]:
    """Every photo that can be taken, after those kept, and a refusal for each that cannot."""
    received, refusals = list(kept), []
    for file in files:
        if not file.filename:
            continue  # an empty file field still sends one part
        try:
            if len(received) >= MOST_PHOTOS:
                raise TooManyPhotos(field="photos", most=MOST_PHOTOS)
            received.append(receive_photo(file.read(MAX_PHOTO_BYTES + 1)))
        except Refused as refusal:
            refusal.field = "photos"
            refusals.append(refusal)
    return received, refusals


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="intake-photos")
