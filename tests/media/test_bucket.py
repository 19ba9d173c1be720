"""The same promises from a bucket: a real S3 server, moto's, on the loopback."""

from datetime import UTC, datetime

import pytest

from repairshop.media import service
from repairshop.media.jobs import sweep_media
from repairshop.media.queries import get_picture, read_picture
from repairshop.media.rules import MediaStoreFull, Size
from repairshop.media.store import FileMissing, open_store, use_store
from repairshop.transaction import transaction
from tests.media import corpus


def test_files_are_put_read_listed_and_removed(bucket):
    bucket.put("ab/abc-full.jpg", b"picture")

    assert bucket.get("ab/abc-full.jpg") == b"picture"
    (file,) = bucket.list_files()
    assert file.name == "ab/abc-full.jpg"
    assert abs((datetime.now(UTC) - file.modified_at).total_seconds()) < 60
    bucket.delete("ab/abc-full.jpg")
    bucket.delete("ab/abc-full.jpg")
    with pytest.raises(FileMissing):
        bucket.get("ab/abc-full.jpg")


def test_a_photo_lives_in_the_bucket_from_receipt_to_erasure(app, bucket):
    use_store(bucket)
    received = service.receive_photo(corpus.written(corpus.picture(), "JPEG"))
    with transaction():
        media_id = service.store_picture(received)

    picture = get_picture(media_id)
    assert read_picture(picture, size=Size.THUMBNAIL).startswith(b"\xff\xd8")
    assert len(list(bucket.list_files())) == 2

    with transaction():
        service.erase_picture(media_id, at=datetime.now(UTC))
    assert sweep_media() == 1
    assert list(bucket.list_files()) == []


def test_a_bucket_that_does_not_answer_is_a_refusal(app, tmp_path):
    use_store(open_store("s3://k:s@shop-media?endpoint=http://127.0.0.1:9&region=x", data=tmp_path))

    with pytest.raises(MediaStoreFull):
        service.receive_photo(corpus.written(corpus.picture(64, 64), "JPEG"))


@pytest.mark.parametrize("address", ["http://example.com/x", "s3:///no-bucket", "ftp://example.com"])
def test_an_address_that_is_no_store_is_named(tmp_path, address):
    with pytest.raises(ValueError, match="MEDIA_URL"):
        open_store(address, data=tmp_path)


def test_a_file_address_names_a_folder(tmp_path):
    store = open_store(f"file://{tmp_path}/photos%20of%20the%20shop", data=tmp_path)

    store.put("ab/x.jpg", b"x")

    assert (tmp_path / "photos of the shop" / "ab" / "x.jpg").read_bytes() == b"x"
