import pytest

from repairshop.media import service as media
from repairshop.transaction import transaction
from tests.media import corpus


@pytest.fixture
def photos(app_context):
    """Six kept photos; returns their ids."""
    ids = []
    for number in range(6):
        received = media.receive_photo(corpus.written(corpus.picture(640, 480 + number), "JPEG"))
        with transaction():
            ids.append(media.store_picture(received))
    return ids


@pytest.fixture
def hand(app_context):
    """A kept signature; returns its id."""
    received = media.receive_signature(corpus.signature())
    with transaction():
        return media.store_picture(received)
