"""The words: complete in every language, short enough for one text, plain enough for the networks."""

import re
from dataclasses import replace
from datetime import date

import pytest

from repairshop.catalogue.rules import DeviceType
from repairshop.notifications.lengths import folded, length_of
from repairshop.notifications.rules import SHARED_NOTICES, STAGE_NOTICES, Channel, Notice
from repairshop.notifications.texts import (
    PLACEHOLDERS,
    TextFacts,
    languages,
    render,
    words,
)

HOST, TOKEN = "h" * 24, "k" * 30
LINK = f"https://{HOST}/t/{TOKEN}"
SEPTEMBER = date(2026, 9, 30)  # "Wed 30 Sep", as long as days get
KEYS = [notice.value for notice in Notice] + [f"{notice.value}_many" for notice in sorted(SHARED_NOTICES)]


def longest_facts(device_type: DeviceType = DeviceType.DESKTOP) -> TextFacts:
    return TextFacts(
        shop="S" * 20,
        tickets=("ABCD123456",),
        device_type=device_type,
        device_label="Samsung Galaxy S24 Ultra",
        customer_name="Carl",
        place="12 High Street, Manchester",
        phone="0161 496 0000",
        price_minor=129_900,
        from_date=SEPTEMBER,
        to_date=SEPTEMBER,
        part_date=SEPTEMBER,
        answer_by=SEPTEMBER,
        code="123456",
    )


def test_there_is_english_and_spanish() -> None:
    assert languages() == ("en", "es")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_every_notice_has_its_words_and_no_words_are_left_over(channel: Channel, language: str) -> None:
    written = set(words(channel, language)) - {"device", "action", "greeting", "footer"}

    assert written == set(KEYS)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_device_type_has_its_word(language: str) -> None:
    assert set(words(Channel.SMS, language)["device"]) == {type_.value for type_ in DeviceType}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_only_the_fixed_placeholders_are_used(channel: Channel, language: str) -> None:
    text = str(words(channel, language))

    assert set(re.findall(r"\{(\w+)\}", text)) <= PLACEHOLDERS


@pytest.mark.parametrize("device_type", list(DeviceType))
@pytest.mark.parametrize("notice", list(Notice))
def test_an_english_text_is_one_part_with_the_longest_values(notice: Notice, device_type: DeviceType) -> None:
    text = render(notice, Channel.SMS, longest_facts(device_type), language="en").text.replace("{link}", LINK)

    length = length_of(text)
    assert (length.parts, length.is_gsm) == (1, True), f"{length.units}: {text}"


@pytest.mark.parametrize("notice", sorted(SHARED_NOTICES))
def test_an_english_text_about_two_tickets_is_one_part(notice: Notice) -> None:
    facts = replace(longest_facts(), tickets=("ABCD123456", "ABCD123457"))

    text = render(notice, Channel.SMS, facts, language="en").text.replace("{link}", LINK)

    assert length_of(text).parts == 1
    assert "ABCD123457" in text


@pytest.mark.parametrize("device_type", list(DeviceType))
@pytest.mark.parametrize("notice", list(Notice))
def test_a_spanish_text_is_two_parts_at_most_and_plain(notice: Notice, device_type: DeviceType) -> None:
    facts = longest_facts(device_type)

    text = render(notice, Channel.SMS, facts, language="es", max_parts=2).text.replace("{link}", LINK)

    length = length_of(text)
    assert length.parts <= 2
    assert length.is_gsm, text


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("notice", sorted(STAGE_NOTICES))
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_a_stage_is_told_with_number_type_and_link(channel: Channel, notice: Notice, language: str) -> None:
    rendered = render(notice, channel, longest_facts(DeviceType.PHONE), language=language, max_parts=2)

    type_word = words(Channel.SMS, language)["device"]["phone"]
    assert "ABCD123456" in rendered.text + rendered.subject
    assert folded(type_word) in folded(rendered.text)
    assert "{link}" in rendered.text
    assert "[[" not in rendered.text + rendered.subject + rendered.html


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("key", KEYS)
def test_no_text_says_today_or_asks_for_a_reply_word(key: str, language: str) -> None:
    for channel in (Channel.SMS, Channel.EMAIL):
        text = str(words(channel, language)[key]).lower()

        assert not re.search(r"\b(today|tomorrow|hoy|mañana)\b", text)
        assert not re.search(r"\b(reply|respond|responde|text)\s+(yes|no|stop|sí|alto)\b", text)
        assert not re.search(r"\b(please|sorry|oops|invalid|por favor|lo sentimos)\b|!", text)


def test_a_price_is_named_only_where_there_is_one() -> None:
    quiet = replace(longest_facts(), price_minor=None)

    assert "£" not in render(Notice.READY, Channel.SMS, quiet, language="en").text
    assert "£1,299.00" in render(Notice.READY, Channel.SMS, longest_facts(), language="en").text


def test_a_missing_date_leaves_a_whole_sentence() -> None:
    facts = TextFacts(shop="Fixwell", tickets=("R-1",), device_type=DeviceType.PHONE)

    text = render(Notice.APPROVED, Channel.SMS, facts, language="en").text

    assert text == "Fixwell: R-1, your phone is next for the bench. {link}"


def test_americans_read_the_month_first() -> None:
    facts = replace(longest_facts(), country="US")

    assert "Wed Sep 30" in render(Notice.APPROVED, Channel.SMS, facts, language="en").text


def test_a_language_without_words_is_told_in_english_and_a_region_in_its_base() -> None:
    facts = longest_facts()

    assert render(Notice.READY, Channel.SMS, facts, language="fr").language == "en"
    assert render(Notice.READY, Channel.SMS, facts, language="es-MX", max_parts=2).language == "es"


def test_facts_come_back_from_storage_as_they_were() -> None:
    facts = longest_facts()

    assert TextFacts.from_json(facts.as_json()) == facts


def test_what_people_typed_is_words_in_the_mail_and_never_markup() -> None:
    facts = replace(
        longest_facts(),
        shop="<script>alert(1)</script>",
        customer_name="<img src=x>",
        device_label='"><b>',
        place="{link}",
    )

    html = render(Notice.READY, Channel.EMAIL, facts, language="en").html

    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_the_mail_stands_alone_in_both_lights() -> None:
    html = render(Notice.READY, Channel.EMAIL, longest_facts(), language="en").html

    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"src=|url\(|@import", html)
    assert html.count('href="{link}"') == 1
    assert 'lang="en"' in html


@pytest.mark.parametrize(
    ("text", "units", "parts", "is_gsm"),
    [
        ("", 0, 1, True),
        ("a" * 160, 160, 1, True),
        ("a" * 161, 161, 2, True),
        ("a" * 306, 306, 2, True),
        ("a" * 307, 307, 3, True),
        ("€" * 80, 160, 1, True),
        ("€" * 81, 162, 2, True),
        ("a" * 152 + "€" + "a" * 152, 306, 3, True),  # the euro does not fit the first part's last place
        ("é" * 160, 160, 1, True),
        ("ç", 1, 1, False),
        ("ж" * 70, 70, 1, False),
        ("ж" * 71, 71, 2, False),
        ("😀" * 35, 70, 1, False),
        ("😀" * 36, 72, 2, False),
        ("ж" * 66 + "😀" + "ж" * 67, 135, 3, False),  # an emoji is never cut in two
    ],
)
def test_length_as_the_networks_count_it(text: str, units: int, parts: int, is_gsm: bool) -> None:
    length = length_of(text)

    assert (length.units, length.parts, length.is_gsm) == (units, parts, is_gsm)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1\u00a0299\u202f£", "1 299 £"),
        ("“Carl’s” phone – it’s here…", "\"Carl's\" phone - it's here..."),
        ("Señor Muñoz está aquí", "Señor Muñoz esta aqui"),
        ("Łukasz Đorđe, façade, œuvre", "Lukasz Dorde, facade, oeuvre"),
        ("Zoë, naïve, Åse, Ø", "Zoe, naive, Åse, Ø"),
        ("Ирина", "Ирина"),
        ("e\u0301", "é"),
    ],
)
def test_signs_a_text_cannot_hold_are_put_as_their_nearest(text: str, plain: str) -> None:
    assert folded(text) == plain
