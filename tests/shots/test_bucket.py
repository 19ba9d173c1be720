"""A phone's photo in a bucket: brought by its key, shown after a look at who asks, and erased."""

from repairshop import clock
from repairshop.media.jobs import sweep_media
from repairshop.media.service import erase_picture
from repairshop.media.store import use_store
from repairshop.transaction import transaction
from tests.builders import make_ticket
from tests.shots.test_shots import phone_address, photo, photos


def test_a_phones_photo_lives_in_the_bucket(app, frank, anonymous, bucket):
    with app.app_context():
        reference, other = make_ticket(frank.actor), make_ticket(frank.actor)
    use_store(bucket)

    sent = anonymous.post(
        phone_address(frank, reference), data={"shot-back": photo()}, content_type="multipart/form-data"
    )

    assert sent.status_code == 302
    assert len(list(bucket.list_files())) == 2
    (kept,) = photos(app)
    address = f"/tickets/{reference}/photos/{kept.id}"
    assert frank.get(address).data.startswith(b"\xff\xd8")
    assert len(frank.get(f"{address}?size=thumbnail").data) < len(frank.get(address).data) + 1
    assert anonymous.get(address).status_code != 200
    assert frank.get(f"/tickets/{other}/photos/{kept.id}").status_code == 404

    with app.app_context():
        with transaction():
            erase_picture(kept.media_id, at=clock.now())
        sweep_media()
    assert list(bucket.list_files()) == []
    assert frank.get(address).status_code == 404
