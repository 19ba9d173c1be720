"""Managers word the notices: versions, figures, trials and tests on themselves, each shop for itself."""

import re

import pytest
from sqlalchemy import select

from repairshop import clock
from repairshop.database import db
from repairshop.notifications.filling import OwnWords
from repairshop.notifications.models import OwnText
from repairshop.notifications.previews import preview
from repairshop.notifications.rules import Channel, Notice, State
from repairshop.notifications.service import queue_notice
from repairshop.staff.models import Shop
from repairshop.tickets.stages import Stage, Verb
from repairshop.transaction import transaction
from repairshop.wording.service import TextName, save_text
from tests.builders import get_ticket, make_ticket
from tests.wording.pages import MAIL, MAIL_FIELDS, OWN, THERE, said, versions


def tell(app, browser, *, event):
    """What a new ticket's customer is told when it is ready."""
    with app.app_context():
        reference = make_ticket(browser.actor, stage=Stage.READY)
        with transaction():
            return [row.text for row in queue_notice(Notice.READY, get_ticket(reference), event_key=event)]


@pytest.mark.both_databases
def test_own_words_are_sent_from_the_next_message_on(app, mira):
    before = tell(app, mira, event="before")
    answer = mira.send(THERE, {"text": OWN})
    told = tell(app, mira, event="after")[0]

    assert answer.status_code == 302
    assert before[0].startswith("Fixwell: R-1, your phone is ready to collect")
    assert told == "Fixwell: R-2, your phone shines again. {link}"


def test_a_language_without_own_words_is_told_in_ours(app, mira, shop):
    mira.send(THERE, {"text": OWN})

    page = said(mira.get("/texts"))

    assert "These are in your words in one language and in the standard ones in another:" in page
    assert re.search(
        r"Ready to collect, Text, <span lang=\"es\">Español</span></a>: the standard text is sent", page
    )
    assert "E-mail, <span" not in page
    with app.app_context():
        reference = make_ticket(mira.actor, stage=Stage.FINAL_CHECKS)
        with transaction():
            customer = get_ticket(reference).visit.customer
            customer.contact_points[0].language = "es"
            (row,) = queue_notice(Notice.READY, get_ticket(reference), event_key="spanish")
            assert row.text.startswith("Fixwell: R-1, ya puedes recoger tu teléfono")


@pytest.mark.both_databases
def test_every_version_is_kept_with_who_and_restored_as_a_new_one(app, mira, olga):
    mira.send(THERE, {"text": OWN})
    olga.send(THERE, {"text": OWN.replace("shines", "sings"), "version": "1"})
    mira.send(THERE + "/ours", {"version": "2"})
    mira.send(THERE + "/versions/1/restore", {"version": "3"})

    rows = versions(app)
    page = said(mira.get(THERE))

    assert [(row.version, row.is_ours, row.restored_from) for row in rows] == [
        (1, False, None),
        (2, False, None),
        (3, True, None),
        (4, False, 1),
    ]
    assert [row.text for row in rows] == [OWN, OWN.replace("shines", "sings"), "", OWN]
    for line in ("4: version 1 again", "3: back to the standard text", "2: own words", "Standard text"):
        assert line in page
    assert page.count("Olga") == 1


def test_saving_what_is_in_force_makes_no_version(app, mira):
    mira.send(THERE, {"text": OWN})
    mira.send(THERE, {"text": OWN, "version": "1"})

    assert len(versions(app)) == 1


def test_whoever_saves_second_is_told_who_was_first_and_keeps_what_they_typed(app, mira, olga):
    olga.send(THERE, {"text": OWN, "version": "0"})

    answer = mira.send(THERE, {"text": OWN + " Mine", "version": "0"})
    again = mira.send(THERE, {"text": OWN + " Mine", "version": "1"})

    assert answer.status_code == 422
    assert "Olga saved another version since you opened this page" in said(answer)
    assert OWN + " Mine" in said(answer)
    assert re.search(r'<input[^>]*name="version"[^>]*value="1"', answer.text)
    assert again.status_code == 302
    assert len(versions(app)) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "{shop} {ticket} {fault} {link}",
            "{fault} is not known here. Use: {ticket}, {link}, {shop}, {device}, {name}, {price}.",
        ),
        ("{shop} {ticket}", "Put in {link}, outside double brackets"),
        ("{shop} {link}", "Put in {ticket}, outside double brackets"),
        ("{shop} {ticket} {link!r}", "Curly brackets only stand round a name. Change “{link!r}”"),
        ("{shop} {ticket} {link} {price}", "{price} is not always known"),
        ("{shop} {ticket} {link} [[x]]", "Double brackets come in pairs"),
        ("{ticket} {link} " + "é" * 580, "It takes 5 texts with the longest values. Use 4 or fewer."),
        ("x" * 10_000, "Use 600 characters or fewer"),
        ("{ticket} {link} bell\x07 nul\x00", "Remove the characters that cannot be printed"),
        ("", "Write the words"),
    ],
)
def test_words_that_cannot_be_used_are_an_error_at_the_field_and_stay(app, mira, text, sentence):
    for address in (THERE, THERE + "/check", THERE + "/test"):
        answer = mira.send(address, {"text": text})

        assert answer.status_code == 422
        assert "Error:" in said(answer)
        assert sentence in said(answer)
        assert 'aria-invalid="true"' in answer.text
        assert text.partition("\x07")[0] in said(answer)
    assert versions(app) == []


def test_a_line_end_in_a_subject_is_refused(app, mira):
    answer = mira.send(MAIL, MAIL_FIELDS | {"subject": "{ticket}\r\nBcc: everybody@example.com"})

    assert answer.status_code == 422
    assert versions(app) == []


def test_signs_that_turn_the_reading_direction_are_dropped(app, mira):
    mira.send(THERE, {"text": OWN + " \u202egpj.exe\u2066"})

    assert [row.text for row in versions(app)] == [OWN + " gpj.exe"]


def test_check_shows_the_figures_and_saves_nothing(app, mira):
    page = said(mira.send(THERE + "/check", {"text": OWN + " ✨"}))
    figures = said(mira.send(THERE + "/check", {"text": OWN + " ✨"}, headers={"X-Requested-With": "fetch"}))

    assert versions(app) == []
    for shown in (page, figures):
        assert "<b>2 texts</b> · 1" in shown
        assert "These characters cost more than half of the room:" in shown
        assert "✨" in shown
    assert "<html" not in figures
    assert figures.strip() in page


def test_a_text_is_tried_on_a_real_ticket_of_the_shop_alone(app, mira, theo, other_shop):
    with app.app_context():
        make_ticket(mira.actor, stage=Stage.READY)
        make_ticket(theo.actor, stage=Stage.READY, name="Other Customer")
        theirs = get_ticket(make_ticket(theo.actor, stage=Stage.READY)).code

    known = said(mira.send(THERE + "/check", {"text": OWN, "ticket": "r-1"}))
    unknown = said(mira.send(THERE + "/check", {"text": OWN, "ticket": "R-2"}))
    foreign = said(mira.send(THERE + "/check", {"text": OWN, "ticket": theirs}))

    assert "As R-1 would get it" in known
    assert "Fixwell: R-1, your phone shines again. •••/t/•••" in known
    for answer in (unknown, foreign):
        assert "There is no ticket of this number" in answer
        assert 'aria-invalid="true"' in answer


def test_a_mail_is_drawn_in_both_lights_by_a_page_in_which_nothing_runs(mira):
    light = mira.send(MAIL + "/mail?light=light", MAIL_FIELDS | {"text": "<b>Come</b>"})
    dark = mira.send(MAIL + "/mail?light=dark", MAIL_FIELDS)
    stored = mira.get(MAIL + "/mail")
    broken = mira.send(MAIL + "/mail", MAIL_FIELDS | {"text": "{nothing}"})

    assert "&lt;b&gt;Come&lt;/b&gt;" in light.text
    assert "@media not all" in light.text
    assert "@media all" in dark.text
    assert "is ready to collect" in stored.text
    assert "These words cannot be used yet" in broken.text
    for answer in (light, dark, stored, broken):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'self'" in policy


@pytest.mark.both_databases
def test_prices_are_shown_before_a_move_and_kept_with_the_message(app, mira, shop):
    with app.app_context():
        reference = make_ticket(mira.actor, stage=Stage.APPROVED, phone="07700 900123")
        unknown = preview(reference, Verb.START_REPAIR, by=mira.actor).messages[0].cost

    answer = mira.send("/texts/settings", {"price_GB": "0.0407", "country": "ES", "price": "0,07"})

    assert answer.status_code == 302
    with app.app_context():
        assert db.session.get_one(Shop, shop.id).part_prices == {"GB": 407, "ES": 700}
        known = preview(reference, Verb.START_REPAIR, by=mira.actor).messages[0].cost
    assert (unknown.parts, unknown.hundredths) == (1, None)
    assert (known.parts, known.hundredths) == (1, 407)
    mira.send(f"/tickets/{reference}/start-repair", {})
    page = said(mira.get(THERE))
    assert "Each costs at most £0.0407 (United Kingdom)" in page


def test_a_price_that_cannot_be_read_is_an_error_at_its_field(mira):
    answer = mira.send("/texts/settings", {"price_GB": "cheap", "keeps_accents": "y"})

    assert answer.status_code == 422
    assert 'value="cheap"' in answer.text
    assert 'name="price_GB"' in answer.text


def test_accents_are_kept_when_the_shop_says_so(app, mira):
    text = "{shop}: {ticket}, ¡está! {link}"
    mira.send(THERE, {"text": text})
    plain = said(mira.get(THERE))

    mira.send("/texts/settings", {"keeps_accents": "y", "country": ""})
    kept = said(mira.get(THERE))

    assert "Sent without what costs room:" in plain
    assert "esta!" in plain
    assert "These characters cost more than half of the room:" in kept
    assert "está!" in kept


def test_the_month_sums_what_providers_accepted(app, mira, shop):
    mira.send("/texts/settings", {"price_GB": "0.04", "country": ""})
    with app.app_context():
        reference = make_ticket(mira.actor, stage=Stage.READY, phone="07700 900123", email="carl@example.com")
        with transaction():
            for number, provider in enumerate(("twilio", "outbox")):
                for row in queue_notice(Notice.LINK, get_ticket(reference), event_key=f"month:{number}"):
                    row.state, row.provider, row.accepted_at = State.SENT, provider, clock.now()

    page = said(mira.get("/texts/costs"))

    cells = re.findall(r"<tr><th scope=row>(.*?)</th>(.*?)</tr>", page.replace('scope="row"', "scope=row"))
    figures = {name: re.findall(r"<td[^>]*>(.*?)</td>", row) for name, row in cells[:2]}
    assert figures["Text"] == ["1", "1", "£0.04", "0"]
    assert figures["E-mail"][0] == "1"


def test_another_shops_words_are_its_own(app, mira, theo, other_shop, shop):
    mira.send(THERE, {"text": OWN})

    with app.app_context():
        texts = [row.shop_id for row in db.session.scalars(select(OwnText))]
        reference = make_ticket(theo.actor, stage=Stage.READY)
        with transaction():
            (row,) = queue_notice(Notice.READY, get_ticket(reference), event_key="theirs")
            assert "shines" not in row.text
    assert texts == [shop.id]


@pytest.mark.parametrize(
    "address",
    [
        "/texts/nothing/sms/en",
        "/texts/staff_alert/sms/en",
        "/texts/ready/call/en",
        "/texts/ready/fax/en",
        "/texts/ready/sms/xx",
        "/texts/ready/sms/en/mail",
        "/texts/ready/sms/en/versions/7",
        "/texts/ready/sms/en/versions/0",
    ],
)
def test_what_is_no_text_of_the_shop_is_not_there(mira, address):
    assert mira.get(address).status_code == 404


def test_the_difference_between_two_versions_is_shown(mira):
    mira.send(THERE, {"text": OWN})
    mira.send(THERE, {"text": OWN.replace("shines", "sings"), "version": "1"})

    page = said(mira.get(THERE + "/versions/2"))

    assert re.search(r"<del>.*shines</del>", page)
    assert re.search(r"<ins>.*sings</ins>", page)


@pytest.mark.both_databases
def test_two_who_save_in_the_same_moment_make_two_versions(app, mira, olga):
    name = TextName(key="ready", channel=Channel.SMS, language="en")
    with app.app_context():
        for number in range(3):
            with transaction():
                save_text(name, OwnWords(text=f"{OWN} {number}"), by=mira.actor, expected_version=None)

    assert [row.version for row in versions(app)] == [1, 2, 3]
