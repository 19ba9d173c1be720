"""How pictures leave the shop."""

import pytest

from repairshop.media import service
from repairshop.media.queries import get_picture
from repairshop.media.rules import Size
from repairshop.media.serving import picture_response
from repairshop.transaction import transaction
from tests.media import corpus


@pytest.fixture
def picture(app):
    received = service.receive_photo(corpus.written(corpus.picture(), "JPEG"))
    with transaction():
        media_id = service.store_picture(received)
    return get_picture(media_id)


def test_a_picture_is_only_ever_a_picture(app, picture):
    with app.test_request_context():
        response = picture_response(picture)

    assert response.mimetype == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response.headers["Content-Disposition"] == f'inline; filename="photo-{picture.id}.jpg"'


def test_a_browser_that_has_it_gets_no_bytes_and_the_store_is_left_alone(app, store, picture):
    with app.test_request_context():
        tag = picture_response(picture, size=Size.THUMBNAIL).headers["ETag"]
    service.remove_files(picture.key, kind=picture.kind)

    with app.test_request_context(headers={"If-None-Match": tag}):
        response = picture_response(picture, size=Size.THUMBNAIL)

    assert response.status_code == 304
    assert response.data == b""
    assert response.headers["X-Content-Type-Options"] == "nosniff"
