"""The customer's photos: which they see, what is said of each, and which two belong together."""

from datetime import UTC, datetime, timedelta

import pytest

from repairshop.catalogue.rules import FaultFamily
from repairshop.database import db
from repairshop.diagnostics import service as diagnostics
from repairshop.diagnostics.rules import RunKind, TestAnswer, Verdict
from repairshop.media.models import Media
from repairshop.media.service import receive_photo, store_picture
from repairshop.portal.gallery import GalleryPhoto, list_gallery, pair_up
from repairshop.tickets.attachments import add_photo
from repairshop.tickets.models import TicketPhoto
from repairshop.tickets.rules import PhotoStep
from repairshop.tickets.service import get_ticket_for_change, mark_changed
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.counting import counted_queries
from tests.media import corpus
from tests.portal.guests import come_in

pytestmark = pytest.mark.usefixtures("shop")

THEN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def photo(number: int, **facts: object) -> GalleryPhoto:
    usual = {
        "id": number,
        "step": PhotoStep.INTAKE,
        "caption": "",
        "at": THEN + timedelta(minutes=number),
        "width": 2000,
        "height": 1500,
    }
    return GalleryPhoto(**{**usual, **facts})


BEFORE = {"test_key": "display", "run": RunKind.BEFORE}
AFTER = {"test_key": "display", "run": RunKind.AFTER}


@pytest.mark.parametrize(
    ("photos", "pairs"),
    [
        ([], []),
        ([photo(1), photo(2, step=PhotoStep.FINAL_CHECKS)], []),  # nobody said what they show
        ([photo(1, **BEFORE), photo(2, **AFTER)], [(1, 2)]),
        ([photo(1, **BEFORE), photo(2, **BEFORE)], []),
        ([photo(1, **BEFORE), photo(2, test_key="boot", run=RunKind.AFTER)], []),
        ([photo(3, **AFTER), photo(1, **BEFORE), photo(2, **BEFORE), photo(4, **AFTER)], [(2, 4)]),
        ([photo(1, caption="Port"), photo(2, caption=" port", step=PhotoStep.REPAIR)], [(1, 2)]),
        ([photo(1, caption="Port"), photo(2, caption="Port", step=PhotoStep.DIAGNOSIS)], []),
        ([photo(1, **BEFORE, step=PhotoStep.REPAIR), photo(2, **AFTER)], [(1, 2)]),  # the run decides
    ],
)
def test_two_photos_of_the_same_make_a_pair(photos, pairs):
    assert [(pair.before.id, pair.after.id) for pair in pair_up(photos)] == pairs


@pytest.mark.parametrize(
    ("width", "height", "expected"), [(2000, 1500, 400), (1500, 2000, 300), (300, 200, 300)]
)
def test_a_small_picture_says_how_wide_it_is(width, height, expected):
    assert photo(1, width=width, height=height).thumbnail_width == expected


def test_a_large_picture_says_how_wide_it_is_for_a_screen():
    assert photo(1, width=2000, height=1500).screen_width == 1280
    assert photo(1, width=1500, height=2000).screen_width == 960
    assert photo(1, width=900, height=600).screen_width == 900


@pytest.fixture
def add(app, tess):
    def added(reference, *, step=PhotoStep.INTAKE, caption="", staff_only=False):
        received = receive_photo(corpus.written(corpus.picture(), "JPEG", exif=corpus.exif()))
        with transaction():
            ticket = get_ticket_for_change(reference, by=tess.actor)
            row = add_photo(ticket, store_picture(received), step=step, by=tess.actor, staff_only=staff_only)
            row.caption = caption
            db.session.flush()
            return row.id

    with app.app_context():
        yield added


@pytest.fixture
def reference(app, tess):
    with app.app_context():
        return make_ticket(tess.actor)


def test_each_photo_has_a_page_with_its_neighbours_and_what_it_shows(app, reference, add):
    first, second, third = add(reference), add(reference, caption="Scratch below the camera"), add(reference)
    browser = come_in(app, reference)

    page = browser.get(f"/repair/{reference}/photos/{second}").text

    assert "Photo 2 of 3" in page
    assert "<b>Scratch below the camera</b>" in page
    assert "When you handed it in" in page
    for other in (first, third):
        assert f'href="/repair/{reference}/photos/{other}"' in page
    ends = [browser.get(f"/repair/{reference}/photos/{end}").text for end in (first, third)]
    assert ["rel=" + word in page for page in ends for word in ('"prev"', '"next"')] == [
        False,
        True,
        True,
        False,
    ]


def test_the_larger_one_is_the_kept_picture_in_its_own_size(app, reference, add):
    number = add(reference)
    browser = come_in(app, reference)

    fitting = browser.get(f"/repair/{reference}/photos/{number}").text
    large = browser.get(f"/repair/{reference}/photos/{number}?size=large").text

    assert f"photos/{number}?size=large" in fitting
    assert "srcset=" in fitting
    assert f'src="/repair/photos/{number}/screen"' in fitting
    assert "/full" not in fitting  # nobody loads it who did not ask for it
    assert "srcset=" not in large
    assert f'src="/repair/photos/{number}/full"' in large
    assert 'width="640" height="480"' in large


@pytest.mark.parametrize("size", ["full", "screen", "thumbnail"])
def test_no_size_says_where_it_was_taken(app, reference, add, size):
    picture = come_in(app, reference).get(f"/repair/photos/{add(reference)}/{size}")

    assert picture.status_code == 200
    assert corpus.SECRET not in picture.data
    assert b"Exif" not in picture.data


def _of_another_ticket(app, tess, add):
    return add(make_ticket(tess.actor, name="Dana Diaz", phone="07700 900456"))


def test_no_page_for_what_the_customer_may_not_see(app, tess, reference, add):
    shown, hidden, removed, erased = (add(reference, staff_only=number == 1) for number in range(4))
    foreign = _of_another_ticket(app, tess, add)
    with transaction():
        db.session.get_one(TicketPhoto, removed).removed_at = THEN
        row = db.session.get_one(TicketPhoto, erased)
        db.session.get_one(Media, row.media_id).erased_at = THEN
        mark_changed(get_ticket(reference))
    browser = come_in(app, reference)

    statuses = {
        number: browser.get(f"/repair/{reference}/photos/{number}").status_code
        for number in (shown, hidden, removed, erased, foreign)
    }

    assert [number for number, status in statuses.items() if status == 200] == [shown]
    page = browser.get(f"/repair/{reference}/photos").text
    assert f"/photos/{shown}/thumbnail" in page
    assert not any(f"/photos/{number}/" in page for number in (hidden, removed, erased, foreign))


def test_before_and_after_stand_side_by_side(app, tess, add):
    reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
    shot = corpus.written(corpus.picture(), "JPEG")
    for kind, verdict in ((RunKind.BEFORE, Verdict.FAIL), (RunKind.AFTER, Verdict.PASS)):
        picture = receive_photo(shot)
        with transaction():
            diagnostics.record_tests(
                reference,
                kind,
                {"display": TestAnswer(verdict=verdict)},
                by=tess.actor,
                photos={"display": [picture]},
            )
    before, after = list_gallery(get_ticket(reference).id)
    db.session.rollback()
    browser = come_in(app, reference)

    everything = browser.get(f"/repair/{reference}/photos").text
    one = browser.get(f"/repair/{reference}/photos/{after.id}").text

    for page in (everything, one):
        assert "Before and after" in page
        assert f'alt="Before: {before.test}' in page
        assert f'alt="After: {after.test}' in page


def test_a_findings_words_stand_below_its_photo(app, tess, add):
    reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
    picture = receive_photo(corpus.written(corpus.picture(), "JPEG"))
    with transaction():
        diagnostics.add_finding(
            reference,
            section=FaultFamily.CHARGING,
            seen="The port is <burnt>",
            by=tess.actor,
            photos=[picture],
        )
    [found] = list_gallery(get_ticket(reference).id)
    db.session.rollback()
    browser = come_in(app, reference)

    page = browser.get(f"/repair/{reference}/photos/{found.id}").text

    assert "<b>Charging</b><br>The port is &lt;burnt&gt;" in page
    assert f'href="/repair/{reference}/photos/{found.id}"' in browser.get("/repair").text


def test_more_photos_ask_no_more_of_the_database(app, reference, add):
    def questions():
        db.session.rollback()
        with counted_queries(app) as counted:
            browser.get(f"/repair/{reference}/photos/{number}")
        return counted.count

    number = add(reference)
    browser = come_in(app, reference)
    few = questions()
    for _ in range(5):
        add(reference)

    assert questions() == few <= 12
