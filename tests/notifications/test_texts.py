"""The words: complete in every language, short enough for one text, plain enough for the networks."""

import re
from dataclasses import replace
from datetime import date

import pytest

from repairshop.catalogue.rules import DeviceType
from repairshop.notifications.filling import with_link
from repairshop.notifications.lengths import (
    costly_signs,
    folded,
    know_address,
    length_of,
    longest_link,
)
from repairshop.notifications.longest import longest_day
from repairshop.notifications.longest import longest_facts as facts_as_long_as_they_get
from repairshop.notifications.rules import (
    SHARED_NOTICES,
    STAGE_NOTICES,
    WRITTEN_BY_HAND,
    Channel,
    Notice,
    notice_for_move,
)
from repairshop.notifications.texts import (
    PLACEHOLDERS,
    TextFacts,
    day_in_words,
    languages,
    most_parts,
    render,
    words,
)
from repairshop.tickets.stages import Stage, Verb

NOTICES = [notice for notice in Notice if notice not in WRITTEN_BY_HAND]
KEYS = [notice.value for notice in NOTICES] + [f"{notice.value}_many" for notice in sorted(SHARED_NOTICES)]
LANGUAGES = ["de", "en", "es", "fr"]
WRITTEN = [Channel.SMS, Channel.EMAIL]
# "today", reply words and beggary, in each language.
NEVER = re.compile(
    r"\b(today|tomorrow|hoy|mañana|heute|aujourd.hui|demain)\b"
    r"|\b(reply|respond|responde|text|antworten sie mit|répondez) (yes|no|stop|sí|alto|ja|oui|non)\b"
    r"|\b(please|sorry|oops|invalid|por favor|lo sentimos|bitte|leider|entschuldig\w*|désolés?)\b"
    r"|s.il vous plaît"
    r"|!"
)


def longest_facts(device_type: DeviceType = DeviceType.DESKTOP) -> TextFacts:
    day = longest_day("en", "GB")
    return TextFacts(
        shop="S" * 20,
        tickets=("ABCD123456",),
        device_type=device_type,
        device_label="Samsung Galaxy S24 Ultra",
        customer_name="Carl",
        place="12 High Street, Manchester",
        phone="0161 496 0000",
        price_minor=129_900,
        from_date=day,
        to_date=day,
        part_date=day,
        answer_by=day,
        code="123456",
    )


def notice_of(key: str) -> Notice:
    return Notice(key.removesuffix("_many"))


def test_there_are_four_languages() -> None:
    assert languages() == ("de", "en", "es", "fr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", WRITTEN)
def test_every_notice_has_its_words_and_no_words_are_left_over(channel: Channel, language: str) -> None:
    written = set(words(channel, language)) - {"device", "action", "greeting", "footer", "unsubscribe"}

    assert written == set(KEYS)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
@pytest.mark.parametrize("key", KEYS)
def test_no_notice_is_left_in_english(key: str, language: str) -> None:
    english, translated = words(Channel.EMAIL, "en")[key], words(Channel.EMAIL, language)[key]

    assert words(Channel.SMS, language)[key] != words(Channel.SMS, "en")[key]
    assert {name: translated[name] for name in english if translated[name] == english[name]} == {}
    assert set(translated) == set(english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_device_type_has_its_word(language: str) -> None:
    assert set(words(Channel.SMS, language)["device"]) == {type_.value for type_ in DeviceType}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", WRITTEN)
def test_only_the_fixed_placeholders_are_used(channel: Channel, language: str) -> None:
    text = str(words(channel, language))

    assert set(re.findall(r"\{(\w+)\}", text)) <= PLACEHOLDERS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_a_text_keeps_to_its_parts_with_the_longest_values(key: str, language: str) -> None:
    facts = facts_as_long_as_they_get(key, language)

    text = with_link(render(notice_of(key), Channel.SMS, facts, language=language).text)

    length = length_of(text)
    assert length.is_gsm, costly_signs(text)
    assert length.parts <= most_parts(language), f"{length.units}: {text}"


def test_english_takes_one_part_and_the_others_two_at_most() -> None:
    assert {language: most_parts(language) for language in LANGUAGES} == {"de": 2, "en": 1, "es": 2, "fr": 2}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", NOTICES)
def test_every_device_fits(notice: Notice, language: str) -> None:
    for device_type in DeviceType:
        facts = longest_facts(device_type)

        text = with_link(render(notice, Channel.SMS, facts, language=language).text)

        assert length_of(text).parts <= most_parts(language)


def test_the_longest_values_are_as_long_as_promised() -> None:
    facts = facts_as_long_as_they_get("ready", "de")

    assert len(facts.shop) == 20
    assert len(longest_link()) >= len("https://") + 24 + len("/t/") + 22
    assert re.fullmatch(r"\w\w\., \d\d\. Sept\.", day_in_words(facts.to_date, "de", "GB"))
    assert facts.device_type is DeviceType.HEADPHONES
    assert facts_as_long_as_they_get("ready", "en", shop_name="N" * 33).shop == "N" * 33


def test_an_installation_with_a_long_address_measures_with_it() -> None:
    know_address("https://repairs.of-a-shop-with-a-long-name.example.com/")
    try:
        assert len(longest_link()) == len("https://repairs.of-a-shop-with-a-long-name.example.com/t/") + 30
    finally:
        know_address("https://short.example")
    assert len(longest_link()) == 65


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notice", sorted(STAGE_NOTICES))
@pytest.mark.parametrize("channel", WRITTEN)
def test_a_stage_is_told_with_number_type_and_link(channel: Channel, notice: Notice, language: str) -> None:
    rendered = render(notice, channel, longest_facts(DeviceType.PHONE), language=language)

    type_word = words(Channel.SMS, language)["device"]["phone"]
    assert "ABCD123456" in rendered.text + rendered.subject
    assert folded(type_word) in folded(rendered.text)
    assert "{link}" in rendered.text
    assert "[[" not in rendered.text + rendered.subject + rendered.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_no_text_says_today_or_asks_for_a_reply_word(key: str, language: str) -> None:
    for channel in WRITTEN:
        text = str(words(channel, language)[key]).lower()

        assert not NEVER.search(text)


def test_a_price_is_named_only_where_there_is_one() -> None:
    quiet = replace(longest_facts(), price_minor=None)

    assert "£" not in render(Notice.READY, Channel.SMS, quiet, language="en").text
    assert "£1,299.00" in render(Notice.READY, Channel.SMS, longest_facts(), language="en").text


@pytest.mark.parametrize(
    ("language", "nothing", "price"),
    [
        ("en", "You pay nothing for this repair", "highest price"),
        ("es", "No pagas nada por esta reparación", "precio más alto"),
        ("de", "Sie zahlen nichts für diese Reparatur", "höchsten Preis"),
        ("fr", "Vous ne payez rien pour cette réparation", "prix le plus haut"),
    ],
)
def test_a_repair_under_warranty_is_told_without_a_price(language: str, nothing: str, price: str) -> None:
    notice = notice_for_move(Verb.PROCEED_UNDER_WARRANTY, target=Stage.APPROVED, outcome=None)
    assert notice is Notice.WITHOUT_CHARGE

    mail = render(notice, Channel.EMAIL, longest_facts(), language=language)

    assert nothing in mail.text
    assert nothing in mail.html
    assert price not in mail.text
    assert price in render(Notice.APPROVED, Channel.EMAIL, longest_facts(), language=language).text


def test_a_missing_date_leaves_a_whole_sentence() -> None:
    facts = TextFacts(shop="Fixwell", tickets=("R-1",), device_type=DeviceType.PHONE)

    text = render(Notice.APPROVED, Channel.SMS, facts, language="en").text

    assert text == "Fixwell: R-1, your phone is next for the bench. {link}"


def test_the_first_of_a_month_is_counted_in_french() -> None:
    assert day_in_words(date(2026, 9, 1), "fr", "FR") == "mar. 1er sept."
    assert day_in_words(date(2026, 9, 2), "fr", "FR") == "mer. 2 sept."


def test_americans_read_the_month_first() -> None:
    facts = replace(longest_facts(), country="US", to_date=date(2026, 9, 30))

    assert "Wed Sep 30" in render(Notice.APPROVED, Channel.SMS, facts, language="en").text


def test_a_language_without_words_is_told_in_english_and_a_region_in_its_base() -> None:
    facts = longest_facts()

    assert render(Notice.READY, Channel.SMS, facts, language="it").language == "en"
    assert render(Notice.READY, Channel.SMS, facts, language="es-MX").language == "es"


def test_a_short_month_that_ends_in_a_full_stop_does_not_end_in_two() -> None:
    text = render(Notice.BOOKED, Channel.SMS, facts_as_long_as_they_get("booked", "de"), language="de").text

    assert re.search(r"\d\d\. Sept\. \{link\}", text)
    assert ".." not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_no_sentence_has_two_ends_or_a_gap(key: str, language: str) -> None:
    for facts in (facts_as_long_as_they_get(key, language), bare_facts(key)):
        for channel in WRITTEN:
            said = render(notice_of(key), channel, facts, language=language)
            for text in (said.text, said.subject):
                assert not re.search(r"\.\.|  | \.| ,|,\.|\(\)|\[\[|\]\]", text), text


def bare_facts(key: str) -> TextFacts:
    """No date, no price, no name."""
    tickets = ("R-1", "R-2") if key.endswith("_many") else ("R-1",)
    return TextFacts(shop="Fixwell", tickets=tickets, device_type=DeviceType.PHONE, code="123456")


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
