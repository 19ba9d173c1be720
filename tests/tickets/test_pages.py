"""What hangs on a ticket, from the form to the row: notes, photos, assignment, custody, answers, the link."""

import io
import re
from typing import Any

import pytest
from flask import Flask

from repairshop.tickets import queries, service
from repairshop.tickets.attachments import ask_question
from repairshop.tickets.rules import Holder, PhotoStep
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.cast import Browser
from tests.media.corpus import picture as picture_of_a_screen
from tests.media.corpus import written


@pytest.fixture
def reference(app: Flask, tess: Browser) -> str:
    with app.app_context():
        return make_ticket(tess.actor, stage=Stage.IN_REPAIR, accessories=("Case",))


def ticket_id(reference: str) -> int:
    return get_ticket(reference).id


def test_a_note_is_kept_once_however_often_it_is_sent(app: Flask, reference: str, tess: Browser) -> None:
    fields = {"text": "Screws of two lengths", "once": "one-sending"}

    answers = [tess.send(f"/tickets/{reference}/note", fields) for _ in range(2)]

    assert {answer.location for answer in answers} == {f"/tickets/{reference}"}
    with app.app_context():
        notes = queries.list_notes(ticket_id(reference))
    assert [(note.text, note.for_customer, note.staff_name) for note in notes] == [
        ("Screws of two lengths", False, "Tess")
    ]


def test_an_empty_note_is_refused_at_its_field(reference: str, tess: Browser) -> None:
    answer = tess.send(f"/tickets/{reference}/note", {"text": " ", "for_customer": "y"})

    assert answer.status_code == 422
    assert "Write the note" in answer.get_data(as_text=True)
    assert re.search(r'<input [^>]*\bchecked [^>]*name="for_customer"', answer.get_data(as_text=True))


def photo(name: str = "a.jpg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(written(picture_of_a_screen(), "JPEG")), name


def test_photos_are_kept_for_their_step_and_shown_to_this_shop_only(
    app: Flask, reference: str, tess: Browser, theo: Browser
) -> None:
    page = tess.get(f"/tickets/{reference}/photos").get_data(as_text=True)
    fields: dict[str, Any] = {"photos": [photo(), photo("b.jpg")], "step": "repair", "caption": "Board"}

    answer = tess.send(f"/tickets/{reference}/photos", fields, content_type="multipart/form-data")

    assert re.search(r'value="repair"[^>]* checked|checked[^>]* value="repair"', page)
    assert answer.location == f"/tickets/{reference}"
    with app.app_context():
        kept = queries.list_photos(ticket_id(reference))
    assert [(row.step, row.caption) for row in kept] == [(PhotoStep.REPAIR, "Board")] * 2
    small = f"/tickets/{reference}/photos/{kept[0].id}/thumbnail"
    assert small in tess.get(f"/tickets/{reference}").get_data(as_text=True)
    assert tess.get(small).content_type == "image/jpeg"
    assert tess.get(f"/tickets/{reference}/photos/{kept[0].id}").status_code == 200
    assert theo.get(small).status_code == 404


def test_the_story_opens_photos_as_wide_as_a_screen(app: Flask, reference: str, tess: Browser) -> None:
    large = io.BytesIO(written(picture_of_a_screen(2400, 1800), "JPEG"))
    tess.send(
        f"/tickets/{reference}/photos",
        {"photos": [(large, "a.jpg")], "step": "repair"},
        content_type="multipart/form-data",
    )
    with app.app_context():
        kept = queries.list_photos(ticket_id(reference))[0]
    there = f"/tickets/{reference}/photos/{kept.id}"

    page = tess.get(f"/tickets/{reference}").get_data(as_text=True)

    assert f'href="{there}/screen"' in page
    assert f"{there}/full" not in page
    assert len(tess.get(f"{there}/screen").data) < len(tess.get(f"{there}/full").data)


def test_a_photo_belongs_to_its_own_ticket(app: Flask, reference: str, tess: Browser) -> None:
    with app.app_context():
        other = make_ticket(tess.actor)
    tess.send(
        f"/tickets/{reference}/photos",
        {"photos": [photo()], "step": "repair"},
        content_type="multipart/form-data",
    )
    with app.app_context():
        kept = queries.list_photos(ticket_id(reference))[0]

    assert tess.get(f"/tickets/{other}/photos/{kept.id}/full").status_code == 404


def test_what_is_no_picture_is_refused_and_the_caption_stays(reference: str, tess: Browser) -> None:
    fields: dict[str, Any] = {"photos": [(io.BytesIO(b"MZ"), "x.jpg")], "step": "repair", "caption": "Board"}

    answer = tess.send(f"/tickets/{reference}/photos", fields, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert "This is not a picture we can open" in answer.get_data(as_text=True)
    assert 'value="Board"' in answer.get_data(as_text=True)


def test_a_job_can_be_taken_given_and_left(app: Flask, reference: str, tess: Browser, frank: Browser) -> None:
    for staff_id in (tess.actor.id, frank.actor.id, ""):
        answer = tess.send(f"/tickets/{reference}/assign", {"staff_id": staff_id})
        assert answer.location == f"/tickets/{reference}"
        with app.app_context():
            assert get_ticket(reference).assignee_id == (staff_id or None)


def test_people_of_other_shops_and_leavers_cannot_be_chosen(
    reference: str, tess: Browser, theo: Browser, dora: Browser
) -> None:
    for stranger in (theo, dora):
        answer = tess.send(f"/tickets/{reference}/assign", {"staff_id": stranger.actor.id})
        assert answer.status_code == 422


def test_the_device_is_passed_on_and_the_page_says_where_it_is(
    app: Flask, reference: str, tess: Browser
) -> None:
    fields = {"item": "device", "to": "specialist", "label": "Board Doctors"}

    answer = tess.send(f"/tickets/{reference}/pass-on", fields)

    assert answer.location == f"/tickets/{reference}"
    assert "At Board Doctors" in tess.get(f"/tickets/{reference}").get_data(as_text=True)
    with app.app_context():
        assert get_ticket(reference).holder is Holder.SPECIALIST


def test_an_accessory_travels_without_the_device(app: Flask, reference: str, tess: Browser) -> None:
    tess.send(f"/tickets/{reference}/pass-on", {"item": "Case", "to": "customer"})

    with app.app_context():
        assert get_ticket(reference).holder is Holder.PLACE
        assert queries.list_custody(ticket_id(reference))[0].item == "Case"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"item": "device"}, "Choose who holds it now"),
        ({"item": "device", "to": "carrier"}, "Enter the name"),
        ({"item": "device", "to": "recycler"}, "Not a valid choice"),
    ],
)
def test_custody_says_what_is_missing(
    reference: str, tess: Browser, fields: dict[str, str], words: str
) -> None:
    answer = tess.send(f"/tickets/{reference}/pass-on", fields)

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_nothing_is_passed_on_once_the_job_is_over(app: Flask, tess: Browser) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.HANDED_OVER)

    answer = tess.send(f"/tickets/{reference}/pass-on", {"item": "device", "to": "place"})

    assert answer.status_code == 422
    assert "We do not have this device" in answer.get_data(as_text=True)


def asked(reference: str) -> int:
    with transaction():
        ticket = get_ticket(reference)
        return ask_question(ticket, "Is it safe?", by=service.actor_for_customer(ticket)).id


def test_a_question_is_answered_once(app: Flask, reference: str, tess: Browser, frank: Browser) -> None:
    with app.app_context():
        question = asked(reference)
    address = f"/tickets/{reference}/questions/{question}"

    first = tess.send(address, {"text": "It is sealed in a bag"})
    second = frank.send(address, {"text": "Yes, quite safe"})

    assert first.location == f"/tickets/{reference}"
    assert second.status_code == 422
    assert "Yes, quite safe" in second.get_data(as_text=True)
    with app.app_context():
        assert queries.list_questions(ticket_id(reference))[0].answer == "It is sealed in a bag"


def test_a_question_belongs_to_its_ticket(app: Flask, reference: str, tess: Browser) -> None:
    with app.app_context():
        question = asked(make_ticket(tess.actor))

    assert tess.get(f"/tickets/{reference}/questions/{question}").status_code == 404
    assert tess.send(f"/tickets/{reference}/questions/{question}", {"text": "No"}).status_code == 404


def test_the_link_is_shown_on_purpose_and_can_be_ended(app: Flask, reference: str, tess: Browser) -> None:
    page = tess.send(f"/tickets/{reference}/link")
    found = re.search(r'value="(http[^"]+/t/\w+)"', page.get_data(as_text=True))
    assert found
    token = found[1].rpartition("/")[2]

    assert page.headers["Cache-Control"] == "no-store"
    assert token not in tess.get(f"/tickets/{reference}").get_data(as_text=True)
    assert "shown to staff" in tess.get(f"/tickets/{reference}").get_data(as_text=True)

    tess.send(f"/tickets/{reference}/links/end")
    again = re.search(
        r'value="(http[^"]+/t/\w+)"', tess.send(f"/tickets/{reference}/link").get_data(as_text=True)
    )
    assert again
    assert again[1] != found[1]
