"""Photos from before there was a size for screens."""

import io

import pytest
from PIL import Image

from repairshop import clock
from repairshop.media import service
from repairshop.media.jobs import add_screen_sizes, sweep_media
from repairshop.media.queries import get_picture, read_picture
from repairshop.media.rules import MediaKind, Size, file_name
from repairshop.transaction import transaction
from tests.media import corpus

LARGE = corpus.written(corpus.picture(1600, 1200), "JPEG", exif=corpus.exif())


def keep_as_before(store, data=LARGE):
    received = service.receive_photo(data)
    with transaction():
        media_id = service.store_picture(received)
    store.delete(file_name(received.key, kind=MediaKind.PHOTO, size=Size.SCREEN))
    return get_picture(media_id)


def test_an_old_photo_is_shown_whole_until_its_night_has_come(app, store):
    old = keep_as_before(store)
    assert read_picture(old, size=Size.SCREEN) == read_picture(old)

    assert add_screen_sizes() == 1

    screen = read_picture(old, size=Size.SCREEN)
    assert Image.open(io.BytesIO(screen)).size == (1280, 960)
    assert corpus.SECRET not in screen
    assert add_screen_sizes() == 0
    assert sweep_media() == 0


def test_a_night_does_so_many_and_the_next_goes_on(app, store):
    for _ in range(3):
        keep_as_before(store)

    assert [add_screen_sizes(most=2), add_screen_sizes(most=2), add_screen_sizes(most=2)] == [2, 1, 0]


def test_small_and_erased_photos_are_left_alone(app, store):
    keep_as_before(store, corpus.written(corpus.picture(800, 600), "JPEG"))
    erased = keep_as_before(store)
    with transaction():
        service.erase_picture(erased.id, at=clock.now())

    assert add_screen_sizes() == 0


@pytest.mark.parametrize("harm", ["gone", "damaged"])
def test_a_photo_that_cannot_be_opened_stops_no_other(app, store, harm):
    broken, sound = keep_as_before(store), keep_as_before(store)
    name = file_name(broken.key, kind=MediaKind.PHOTO, size=Size.FULL)
    store.delete(name)
    if harm == "damaged":
        store.put(name, b"\xff\xd8\xff no picture")

    assert add_screen_sizes() == 1
    assert read_picture(sound, size=Size.SCREEN) != read_picture(sound)


def test_erasing_takes_every_size(app, store):
    received = service.receive_photo(LARGE)
    with transaction():
        media_id = service.store_picture(received)
    assert len(list(store.list_files())) == 3
    with transaction():
        service.erase_picture(media_id, at=clock.now())

    assert sweep_media() == 1
    assert list(store.list_files()) == []
