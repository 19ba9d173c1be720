"""Erasing and sweeping."""

import os
from datetime import timedelta

import pytest

from repairshop import clock
from repairshop.errors import NotFound
from repairshop.media import rules, service
from repairshop.media.jobs import sweep_media
from repairshop.media.queries import find_pictures, get_picture
from repairshop.transaction import transaction
from tests.media import corpus

PHOTO = corpus.written(corpus.picture(80, 60), "JPEG")


def keep():
    received = service.receive_photo(PHOTO)
    with transaction():
        return service.store_picture(received)


def keep_and_fail(received):
    with transaction():
        service.store_picture(received)
        raise ZeroDivisionError  # what the picture belonged to could not be saved


def age(store, *, days):
    then = (clock.now() - timedelta(days=days)).timestamp()
    for file in store.list_files():
        os.utime(store.folder / file.name, (then, then))


def test_an_erased_picture_is_unreadable_at_once_and_its_files_go_with_the_sweep(app, store):
    erased, stays = keep(), keep()

    with transaction():
        service.erase_picture(erased, at=clock.now())

    assert list(find_pictures([erased, stays])) == [stays]
    with pytest.raises(NotFound):
        get_picture(erased)
    assert sweep_media() == 1
    assert len(list(store.list_files())) == 2
    assert sweep_media() == 0


def test_files_whose_row_never_came_are_swept_after_a_day(app, store):
    keep()
    received = service.receive_photo(PHOTO)
    with pytest.raises(ZeroDivisionError):
        keep_and_fail(received)

    age(store, days=0.5)
    assert sweep_media() == 0
    age(store, days=2)
    assert sweep_media() == 2

    assert len(list(store.list_files())) == 2


def test_a_full_disk_is_a_refusal_and_leaves_no_half_file(app, store, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("repairshop.media.store.os.fsync", full)

    with pytest.raises(rules.MediaStoreFull):
        service.receive_photo(PHOTO)

    assert list(store.list_files()) == []


def test_the_folder_is_closed_to_other_users(app, store):
    keep()

    for file in store.list_files():
        assert (store.folder / file.name).stat().st_mode & 0o077 == 0
        assert (store.folder / file.name).parent.stat().st_mode & 0o077 == 0
