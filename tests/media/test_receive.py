"""What happens to pictures strangers send."""

import io

import pytest
from PIL import Image

from repairshop.database import db
from repairshop.errors import Refused
from repairshop.media import rules, service
from repairshop.media.decoder import decode_picture
from repairshop.media.queries import get_picture, read_picture
from repairshop.media.rules import MediaKind, Size, drawn_signature, find_format
from repairshop.transaction import transaction
from tests.media import corpus


def keep(data, *, receive=service.receive_photo):
    received = receive(data)
    with transaction():
        return service.store_picture(received)


@pytest.mark.parametrize("name", corpus.HONEST)
def test_a_picture_is_written_anew_and_nothing_but_pixels_survives(app, store, name):
    data = corpus.HONEST[name]()

    picture = get_picture(keep(data))

    kept = [read_picture(picture, size=size) for size in Size]
    for file in kept:
        opened = Image.open(io.BytesIO(file))
        opened.load()
        assert opened.format == "JPEG"
        assert opened.mode == "RGB"
        assert not opened.getexif()
        assert set(opened.info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }
        assert corpus.SECRET not in file
        assert file.endswith(b"\xff\xd9")
    assert data not in kept
    sides = [max(Image.open(io.BytesIO(file)).size) for file in kept]
    assert [a <= b for a, b in zip(sides, (2000, 1280, 400), strict=True)] == [True] * 3
    sizes = [size for size in Size if size is not Size.SCREEN or sides[0] > 1280]
    assert {file.name for file in store.list_files()} == {
        rules.file_name(picture.key, kind=MediaKind.PHOTO, size=size) for size in sizes
    }


@pytest.mark.parametrize("name", corpus.HOSTILE)
def test_what_is_no_sound_picture_is_refused_and_leaves_nothing_behind(app, store, name):
    make, code = corpus.HOSTILE[name]

    with pytest.raises(Refused) as refusal:
        service.receive_photo(make())

    assert refusal.value.code == code
    assert refusal.value.field == "photo"
    assert list(store.list_files()) == []


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_kept_upright(app, orientation):
    sideways = corpus.picture()
    if orientation > 1:
        back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
        sideways = sideways.transpose(Image.Transpose(back))
    data = corpus.written(sideways, "JPEG", exif=corpus.exif(orientation=orientation))

    picture = get_picture(keep(data))

    kept = Image.open(io.BytesIO(read_picture(picture)))
    assert kept.size == (640, 480) == (picture.width, picture.height)
    red, green, _ = kept.getpixel((20, 20))
    assert red > 150
    assert green < 60


def test_a_large_photo_is_reduced_to_2000_pixels(app):
    picture = get_picture(keep(corpus.written(corpus.picture(4032, 3024), "JPEG")))

    assert (picture.width, picture.height) == (2000, 1500)
    assert max(Image.open(io.BytesIO(read_picture(picture, size=Size.THUMBNAIL))).size) == 400


def test_transparency_becomes_white_paper(app):
    data = corpus.written(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG")

    kept = Image.open(io.BytesIO(read_picture(get_picture(keep(data)))))

    assert min(kept.getpixel((25, 25))) > 250


def test_wide_colours_become_ordinary_ones(app):
    """The profile's red is not sRGB's red, so its numbers must change when the profile goes."""
    swapped = bytearray(corpus.profile())
    red, green = swapped.index(b"rXYZ", 128), swapped.index(b"gXYZ", 128)
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    data = corpus.written(Image.new("RGB", (64, 64), (255, 0, 0)), "PNG", icc_profile=bytes(swapped))

    kept = Image.open(io.BytesIO(read_picture(get_picture(keep(data)))))

    red_value, green_value, _ = kept.getpixel((32, 32))
    assert green_value > red_value


def test_a_signature_is_kept_as_a_grey_png(app):
    data = drawn_signature(corpus.as_data_url(corpus.signature()))

    picture = get_picture(keep(data, receive=service.receive_signature))

    file = read_picture(picture)
    opened = Image.open(io.BytesIO(file))
    assert (opened.format, opened.mode, opened.size) == ("PNG", "L", (600, 200))
    assert corpus.SECRET not in file
    assert opened.info == {}


def test_a_blank_signature_is_refused(app):
    with pytest.raises(rules.SignatureBlank):
        service.receive_signature(corpus.signature(blank=True))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:text/html;base64,AAAA",
        "javascript:1",
        "data:image/png,AAAA",
    ],
)
def test_a_drawing_field_takes_pictures_only(text):
    with pytest.raises(rules.PictureNotKnown):
        drawn_signature(text)


def test_a_picture_that_takes_too_long_is_given_up(app):
    data = corpus.written(corpus.picture(4000, 4000), "PNG")

    with pytest.raises(rules.PictureTookTooLong):
        decode_picture(data, kind=MediaKind.PHOTO, found=find_format(data), time_limit_seconds=0.05)


def test_pictures_are_not_opened_inside_a_transaction(app):
    with pytest.raises(RuntimeError, match="transaction"), transaction():
        service.receive_photo(corpus.written(corpus.picture(), "JPEG"))

    assert not db.session().in_transaction()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/../../x", "..", "a//b", "a\\..\\b", "photo\u202egpj.exe\0", ""]
)
def test_the_folder_gives_nothing_outside_itself(store, name):
    from repairshop.media.store import FileMissing

    with pytest.raises(FileMissing):
        store.get(name)


def test_a_photo_is_kept_in_the_size_of_a_screen_too_and_that_is_light(app):
    picture = get_picture(keep(corpus.written(corpus.picture(3024, 4032), "JPEG", exif=corpus.exif())))

    screen = read_picture(picture, size=Size.SCREEN)
    opened = Image.open(io.BytesIO(screen))
    assert opened.size == (960, 1280)
    assert not opened.getexif()
    assert corpus.SECRET not in screen
    assert len(screen) < len(read_picture(picture))


def test_a_small_photo_is_its_own_size_for_screens(app):
    picture = get_picture(keep(corpus.written(corpus.picture(1280, 960), "JPEG")))

    assert read_picture(picture, size=Size.SCREEN) == read_picture(picture)
