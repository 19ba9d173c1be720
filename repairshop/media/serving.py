"""The answer that carries a picture; views of features that own pictures call it after their object check."""

from flask import Response, request

from repairshop.media.queries import PictureRow, read_picture
from repairshop.media.rules import PNG_KINDS, Size

# A picture never changes under its address, and only the person who asked may keep a copy.
_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def picture_response(picture: PictureRow, *, size: Size = Size.FULL) -> Response:
    """The picture inline; 304 without reading the store when the browser already has it."""
    tag = f"{picture.sha256[:32]}-{size.value}"
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        response = Response(read_picture(picture, size=size), mimetype=picture.content_type)
        ending = "png" if picture.kind in PNG_KINDS else "jpg"
        response.headers["Content-Disposition"] = (
            f'inline; filename="{picture.kind.value}-{picture.id}.{ending}"'
        )
    response.set_etag(tag)
    response.headers.update(_HEADERS)
    return response
