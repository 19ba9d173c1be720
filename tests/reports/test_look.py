"""A shop's logo and colour on its papers."""

import io

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from repairshop.database import db
from repairshop.errors import Conflict
from repairshop.media import service as media
from repairshop.media.models import Media
from repairshop.media.queries import get_picture, read_picture
from repairshop.media.rules import MAX_LOGO_FILE_BYTES, LogoBlank, MediaId, PictureNotKnown
from repairshop.reports import documents, service
from repairshop.reports.looks import change_look, find_look
from repairshop.reports.models import ShopLook
from repairshop.reports.rules import (
    PLAIN,
    AccentNotRead,
    AccentTooPale,
    Logo,
    Look,
    accent_of,
    contrast_on_white,
)
from repairshop.staff.rules import Role
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.reports import samples
from tests.reports.verapdf import broken_rules, tag_counts

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><rect width="9" height="9"/></svg>'


def drawn_logo(*, size=(600, 200), ink=(180, 40, 40, 255)):
    """A bar in the middle of a see-through ground, as PNG."""
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    edge = (size[0] // 4, size[1] // 4, size[0] * 3 // 4 - 1, size[1] * 3 // 4 - 1)
    ImageDraw.Draw(picture).rectangle(edge, fill=ink)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#ffffff", 1), ("#000000", 21), ("#767676", 4.54), ("#777777", 4.48)]
)
def test_contrast_is_the_accessibility_guidelines(colour, ratio):
    assert contrast_on_white(colour) == pytest.approx(ratio, abs=0.01)


@given(st.integers(0, 0xFFFFFF))
def test_a_colour_is_taken_exactly_when_it_can_be_read(number):
    colour = f"#{number:06x}"
    if contrast_on_white(colour) >= 4.5:
        assert accent_of(colour.upper()) == colour
    else:
        with pytest.raises(AccentTooPale) as refused:
            accent_of(colour)
        assert float(refused.value.values["ratio"]) < 4.5


@pytest.mark.parametrize("typed", ["red", "#fff", "#12345g", "0a5560", "#0a5560;}", "#0a55600", "url(x)"])
def test_what_is_no_colour_is_refused(typed):
    with pytest.raises(AccentNotRead):
        accent_of(typed)


def test_no_colour_is_ink():
    assert accent_of(" ") == ""


@pytest.mark.usefixtures("app_context")
class TestKeptLogo:
    def test_is_cut_to_its_ink_on_white(self):
        received = media.receive_logo(drawn_logo())

        assert (received.content_type, received.width, received.height) == ("image/png", 300, 100)

    def test_stays_light_whatever_is_in_it(self):
        noise = Image.effect_noise((900, 900), 90).convert("RGB")
        buffer = io.BytesIO()
        noise.save(buffer, "PNG")

        received = media.receive_logo(buffer.getvalue())

        assert received.size_bytes <= MAX_LOGO_FILE_BYTES

    def test_of_nothing_but_white_is_refused(self):
        with pytest.raises(LogoBlank):
            media.receive_logo(drawn_logo(ink=(255, 255, 255, 255)))

    def test_as_vector_drawing_is_refused(self):
        with pytest.raises(PictureNotKnown):
            media.receive_logo(SVG)


@pytest.fixture
def boss(app_context):
    return make_staff(make_shop(), Role.MANAGER, first_name="Mira")


def with_logo(by, **changes):
    received = media.receive_logo(drawn_logo())
    with transaction():
        change_look(
            **{"accent": "#0a5560", "logo": received, "drops_logo": False, "expected_version": None}
            | changes,
            by=by,
        )
    return find_look(by.shop_id)


@pytest.mark.both_databases
def test_a_new_logo_takes_the_place_of_the_old_one(database, boss):
    first = with_logo(boss).logo.media_id
    second = with_logo(boss).logo.media_id
    with_logo(boss, logo=None, drops_logo=True, accent="")

    assert find_look(boss.shop_id) == PLAIN
    assert first != second
    assert [row.erased_at is not None for row in db.session.query(Media).order_by(Media.id)] == [True, True]


def test_two_managers_at_once_do_not_overwrite_each_other(boss):
    with_logo(boss, expected_version=0)

    with pytest.raises(Conflict):
        with_logo(boss, expected_version=0)


def test_another_shop_keeps_its_own_look(boss):
    with_logo(boss)
    other = make_staff(make_shop("Pixel Hospital", slug="pixel"), Role.MANAGER, first_name="Theo")

    assert find_look(other.shop_id) == PLAIN


@pytest.mark.documents
@pytest.mark.parametrize("name", ["receipt", "report"])
def test_papers_with_a_logo_conform_and_name_the_shop_in_its_place(tmp_path, boss, name):
    look = with_logo(boss)
    document = (
        documents.receipt_pdf(samples.RECEIPT, link=None, look=look)
        if name == "receipt"
        else documents.report_pdf(samples.REPORT, at=samples.LATER, check_address=None, look=look)
    )
    path = tmp_path / document.name
    path.write_bytes(document.pdf)

    assert broken_rules(path, "PDF/UA-1") == {}
    assert broken_rules(path, "PDF/A-3a") == {}
    assert tag_counts(path)["Figure"] == 1
    assert "Fixwell" in pypdf.PdfReader(path).pages[0].extract_text()


@pytest.mark.documents
def test_a_logo_erased_since_leaves_the_name(app_context):
    look = Look(accent="#0a5560", logo=Logo(media_id=4711, key="0" * 32, content_type="image/png"))

    page = documents.report_pdf(samples.REPORT, at=samples.LATER, check_address=None, look=look)

    assert "Fixwell" in pypdf.PdfReader(io.BytesIO(page.pdf)).pages[0].extract_text()


@pytest.mark.documents
def test_a_new_look_is_no_new_report(boss):
    reference = make_ticket(boss, stage=Stage.READY)
    with transaction():
        before = service.issue_report(reference, by=boss)
    plain = documents.report_for_ticket(get_ticket(reference).id)

    with_logo(boss)

    with transaction():
        assert service.issue_report(reference, by=boss).id == before.id
    again = documents.report_for_ticket(get_ticket(reference).id)
    assert again.pdf != plain.pdf
    attached = [pypdf.PdfReader(io.BytesIO(pdf)).attachments for pdf in (plain.pdf, again.pdf)]
    assert attached[0] == attached[1]


def send(manager, **data):
    return manager.send("/shop/papers", {"accent": "#14201d", **data})


def upload(data, name):
    return io.BytesIO(data), name


@pytest.mark.documents
def test_a_manager_gives_the_papers_their_look(app, mira, frank):
    with app.app_context():
        reference = make_ticket(frank.actor, stage=Stage.RECEIVED)

    assert send(mira, accent="#0A5560", logo=upload(drawn_logo(), "logo.png")).status_code == 303

    page = mira.get("/shop/papers").get_data(as_text=True)
    assert "Papers from now on look like this" in page
    assert 'value="#0a5560"' in page
    picture = mira.get("/shop/papers/logo")
    assert picture.mimetype == "image/png"
    receipt = frank.get(f"/tickets/{reference}/receipt").get_data(as_text=True)
    assert 'alt="Fixwell"' in receipt
    assert "/papers/0a5560.css" in receipt
    assert " style=" not in receipt
    assert "<style" not in receipt
    assert frank.get("/papers/0a5560.css").data == b"body{--accent:#0a5560}\n"
    assert frank.get("/papers/0a5560;.css").status_code == 404


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(app, mira):
    pale = send(mira, accent="#f2c14e")
    vector = send(mira, accent="#0a5560", logo=upload(SVG, "logo.png"))

    words = pale.get_data(as_text=True)
    assert pale.status_code == 422
    assert "its contrast is 1.6, and 4.5 is needed" in words
    assert 'href="#accent"' in words
    assert 'value="#f2c14e"' in words
    words = vector.get_data(as_text=True)
    assert vector.status_code == 422
    assert "not a picture we can open" in words
    assert 'href="#logo"' in words
    assert 'value="#0a5560"' in words
    with app.app_context():
        assert db.session.query(ShopLook).count() == 0


def test_the_kept_logo_holds_nothing_of_the_file_it_came_in(app_context):
    picture = Image.open(io.BytesIO(drawn_logo()))
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", comment=b"taken at home", exif=b"Exif\x00\x00MM\x00*")

    received = media.receive_logo(buffer.getvalue())
    with transaction():
        kept = media.store_picture(received)

    data = read_picture(get_picture(MediaId(kept)))
    assert b"taken at home" not in data
    assert b"Exif" not in data
