"""The guided photos: at the counter, left out with a reason, taken again, and brought by a phone."""

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.errors import Refused
from repairshop.shots import rules, service
from repairshop.shots.models import PhotoLink
from repairshop.shots.queries import list_shots
from repairshop.shots.rules import SHOTS, LinkFacts, Shot, require_room
from repairshop.tickets.models import TicketPhoto
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.media.corpus import GPS_SECRET, exif, picture, written

NOW = clock.now()


def photo(data: bytes | None = None) -> tuple[io.BytesIO, str]:
    return io.BytesIO(data if data is not None else written(picture(64, 48), "JPEG")), "../\u202egpj.jpg"


@pytest.fixture
def reference(app, frank):
    with app.app_context():
        return make_ticket(frank.actor)


def standing(app, reference):
    with app.app_context():
        ticket = get_ticket(reference)
        return {row.shot: row for row in list_shots(ticket.id, ticket.device_type)}


def photos(app):
    with app.app_context():
        return list(db.session.scalars(select(TicketPhoto).order_by(TicketPhoto.id)))


def phone_address(frank, reference):
    frank.send(f"/tickets/{reference}/shots/phone", {})
    page = frank.get(f"/tickets/{reference}/shots").text
    return re.search(r'href="[^"]*(/p/[0-9A-Za-z]+)"', page)[1]


@pytest.mark.parametrize("device_type", DeviceType)
def test_every_device_has_six_different_shots(device_type):
    assert len(set(SHOTS[device_type])) == 6


@pytest.mark.parametrize(
    ("changes", "sizes", "refusal"),
    [
        ({}, [1], None),
        ({"expires_at": NOW}, [1], "phone_link_over"),
        ({"ended_at": NOW}, [1], "phone_link_over"),
        ({"photos": rules.MOST_PHOTOS_BY_PHONE - 1}, [1], None),
        ({"photos": rules.MOST_PHOTOS_BY_PHONE - 1}, [1, 1], "phone_link_full"),
        ({"size_bytes": rules.MOST_BYTES_BY_PHONE}, [1], "phone_link_full"),
    ],
)
def test_a_link_lets_through_a_bounded_number_for_a_bounded_time(changes, sizes, refusal):
    facts = {"expires_at": NOW + timedelta(minutes=1), "ended_at": None, "photos": 0, "size_bytes": 0}
    link = LinkFacts(**{**facts, **changes})

    if refusal is None:
        require_room(link, sizes=sizes, at=NOW)
    else:
        with pytest.raises(Refused) as refused:
            require_room(link, sizes=sizes, at=NOW)
        assert refused.value.code == refusal


def test_shots_are_kept_and_a_lit_screen_stays_with_the_staff(app, frank, reference):
    answer = frank.send(
        f"/tickets/{reference}/shots", {"shot-front_on": photo(), "shot-back": photo(), "photos": [photo()]}
    )

    rows, kept = standing(app, reference), {one.id: one for one in photos(app)}
    assert answer.status_code == 302
    assert kept[rows[Shot.FRONT_ON].photo_id].staff_only
    assert not kept[rows[Shot.BACK].photo_id].staff_only
    assert len(kept) == 3


def test_a_shot_taken_again_puts_the_old_photo_away(app, frank, reference):
    frank.send(f"/tickets/{reference}/shots", {"shot-back": photo()})
    frank.send(f"/tickets/{reference}/shots", {"shot-back": photo()})

    old, new = photos(app)
    assert (old.removed_because, new.removed_at) == ("retaken", None)
    assert standing(app, reference)[Shot.BACK].photo_id == new.id


def test_a_shot_is_left_out_with_a_reason_until_there_is_a_photo(app, frank, reference):
    frank.send(f"/tickets/{reference}/shots", {"why-front_on": "The screen is dead"})
    assert standing(app, reference)[Shot.FRONT_ON].reason == "The screen is dead"

    frank.send(f"/tickets/{reference}/shots", {"shot-front_on": photo()})
    assert standing(app, reference)[Shot.FRONT_ON].reason == ""


def test_a_bad_file_is_said_at_its_shot_and_the_good_one_is_kept(app, frank, reference):
    answer = frank.send(
        f"/tickets/{reference}/shots", {"shot-back": photo(), "shot-front": photo(b"<svg onload=x/>")}
    )

    assert answer.status_code == 422
    assert 'id="shot-front-error"' in answer.text
    assert standing(app, reference)[Shot.BACK].photo_id


def test_the_counter_sees_what_arrived_only_when_something_did(frank, reference):
    address = f"/tickets/{reference}/shots/arrived"
    tag = frank.get(address).headers["ETag"]

    before = frank.get(address, headers={"If-None-Match": tag})
    frank.send(f"/tickets/{reference}/shots", {"shot-back": photo()})
    after = frank.get(address, headers={"If-None-Match": tag})

    assert (before.status_code, after.status_code) == (304, 200)


def test_a_phone_adds_photos_without_a_session_and_reads_nothing(app, frank, reference, anonymous):
    address = phone_address(frank, reference)
    page = anonymous.get(address).text

    answer = anonymous.post(
        address,
        data={"shot-back": photo(written(picture(), "JPEG", exif=exif()))},
        content_type="multipart/form-data",
    )

    assert answer.status_code == 302
    assert standing(app, reference)[Shot.BACK].photo_id
    for secret in ("Carl", "07700", reference, "iPhone"):
        assert secret not in page + anonymous.get(address).text
    assert "/tickets/" not in page
    kept = frank.get(f"/tickets/{reference}/photos/{photos(app)[0].id}")
    assert GPS_SECRET.encode() not in kept.data
    assert "sandbox" in kept.headers["Content-Security-Policy"]


@pytest.mark.parametrize("how", ["ended", "too late", "replaced", "changed", "a repair's link"])
def test_a_key_that_opens_nothing_is_no_page(app, frank, reference, anonymous, monkeypatch, how):
    address = phone_address(frank, reference)
    if how == "ended":
        frank.send(f"/tickets/{reference}/shots/phone/end", {})
    if how == "replaced":
        frank.send(f"/tickets/{reference}/shots/phone", {})
    if how == "too late":
        late = clock.now() + timedelta(minutes=11)
        monkeypatch.setattr(clock, "now", lambda: late)
    if how == "changed":
        address = address[:-1] + ("a" if address[-1] != "a" else "b")
    if how == "a repair's link":
        from repairshop.tickets.links import token_for

        address = "/p/" + token_for(1, version=0, key=app.extensions["repairshop_config"].link_key)

    assert anonymous.get(address).status_code == 404
    assert anonymous.post(address, data={"shot-back": photo()}).status_code == 404
    assert photos(app) == []


def test_refused_photos_count_against_the_link_too(app, frank, reference, anonymous):
    address = phone_address(frank, reference)
    anonymous.post(address, data={"shot-back": photo(b"nothing")}, content_type="multipart/form-data")

    with app.app_context():
        assert db.session.scalars(select(PhotoLink.photos)).one() == 1
        with transaction():
            db.session.scalars(select(PhotoLink)).one().photos = rules.MOST_PHOTOS_BY_PHONE
    full = anonymous.post(address, data={"shot-back": photo()}, content_type="multipart/form-data")

    assert full.status_code == 422
    assert photos(app) == []


@pytest.mark.both_databases
def test_what_a_phone_sends_is_counted(app, frank, reference):
    with app.app_context():
        with transaction():
            link = service.open_phone_link(reference, by=frank.actor)
            db.session.flush()
            link_id = link.id
        with transaction():
            service.claim_room(link_id, sizes=[10, 20])
        link = db.session.get_one(PhotoLink, link_id)
        assert (link.photos, link.size_bytes) == (2, 30)
