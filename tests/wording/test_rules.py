"""What may stand in a shop's own text: a fixed list of placeholders, and nothing that is a program."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repairshop.notifications.filling import OwnWords, filled
from repairshop.notifications.longest import longest_facts
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.texts import languages, render_words, shipped, values_of
from repairshop.notifications.texts import words as words_of
from repairshop.wording.measuring import Setting, find_all_problems, measure
from repairshop.wording.rules import (
    WRITTEN_CHANNELS,
    Change,
    differences,
    find_problems,
    list_keys,
    list_placeholders,
    notice_of,
)

GB = Setting(shop_name="Fixwell", country="GB", currency="GBP", keeps_accents=False, prices={})
GOOD = "{shop}: {ticket}, your {device} is done. {link}"


def codes(
    words: OwnWords, *, key: str = "ready", channel: Channel = Channel.SMS
) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.field) for problem in find_problems(key, channel, words)]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("channel", WRITTEN_CHANNELS)
@pytest.mark.parametrize("key", list_keys())
def test_our_own_texts_keep_the_rules(key: str, channel: Channel, language: str) -> None:
    assert find_all_problems(key, channel, language, shipped(key, channel, language), GB) == []


def test_every_text_about_a_repair_can_be_edited_and_no_other() -> None:
    not_worded = {
        Notice.STAFF_ALERT.value,
        Notice.DAY_HEAD.value,
        Notice.DEVICE_LOST.value,
        Notice.HELP.value,
        Notice.LOW_SCORE.value,
        Notice.OLDER_COPY.value,
    }

    assert set(list_keys()) == set(words_of(Channel.SMS, "en")) - {"device"} - not_worded
    assert {notice_of(key).value for key in list_keys()} <= set(Notice)


@pytest.mark.parametrize("key", list_keys())
def test_no_placeholder_names_the_fault_or_the_data(key: str) -> None:
    for channel in WRITTEN_CHANNELS:
        names = {one.name for one in list_placeholders(key, channel)}

        assert names <= {
            *("ticket", "shop", "device", "count", "name", "link", "from", "to"),
            *("part_date", "answer_by", "price", "code"),
        }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD, []),
        ("", [("words_missing", "text"), ("placeholder_missing", "text"), ("placeholder_missing", "text")]),
        ("{shop}: {ticket} done", [("placeholder_missing", "text")]),
        ("{shop}: done {link}", [("placeholder_missing", "text")]),
        ("{ticket}[[ {price} {link}]]", [("placeholder_missing", "text")]),
        (GOOD + " {fault}", [("placeholder_unknown", "text")]),
        (GOOD + " {answer_by}", [("placeholder_unknown", "text")]),
        (GOOD + " {price}", [("placeholder_may_be_empty", "text")]),
        (GOOD + "[[, {price}]]", []),
        (GOOD + "[[, {price}", [("piece_not_understood", "text")]),
        (GOOD + " {price}]]", [("piece_not_understood", "text")]),
        (GOOD + "[[ a [[ {price} ]] ]]", [("piece_not_understood", "text")]),
        (GOOD + "[[ nothing ]]", [("piece_not_understood", "text")]),
        (GOOD + " {0.__class__}", [("placeholder_not_understood", "text")]),
        (GOOD + " {shop.__class__.__mro__}", [("placeholder_not_understood", "text")]),
        (GOOD + " {link!r}", [("placeholder_not_understood", "text")]),
        (GOOD + " {price:>99999999}", [("placeholder_not_understood", "text")]),
        (GOOD + " {}", [("placeholder_not_understood", "text")]),
        (GOOD + " { shop }", [("placeholder_not_understood", "text")]),
        (GOOD + " {{ config }}", [("placeholder_not_understood", "text")] * 3),
        (GOOD + " {% raw %}", [("placeholder_not_understood", "text")]),
        (GOOD + " }", [("placeholder_not_understood", "text")]),
        (GOOD + " {", [("placeholder_not_understood", "text")]),
        (GOOD + " %s %(shop)s $shop ${IFS}", [("placeholder_not_understood", "text")]),
        (GOOD + " %s %(shop)s $shop <b>", []),
    ],
)
def test_a_text_that_cannot_be_used_says_why(text: str, expected: list[tuple[str, str]]) -> None:
    found = codes(OwnWords(text=text))

    assert found[: len(expected)] == expected
    assert bool(found) == bool(expected)


def test_a_mail_needs_the_number_in_its_subject_and_its_button_holds_the_link() -> None:
    words = OwnWords(subject="Done", heading="{device}", text="Come. {link}")

    assert codes(words, channel=Channel.EMAIL) == [
        ("placeholder_unknown", "text"),
        ("placeholder_missing", "subject"),
    ]


def test_a_code_must_be_in_its_text() -> None:
    assert codes(OwnWords(text="{shop} {ticket}"), key="code") == [("placeholder_missing", "text")]
    assert codes(OwnWords(text="{code} {ticket} {link}"), key="code") == [("placeholder_unknown", "text")]


def test_an_endless_text_is_refused_with_its_parts() -> None:
    words = OwnWords(text=GOOD + " " + "é" * 700)

    (problem,) = find_all_problems("ready", Channel.SMS, "en", words, GB)

    assert (problem.code, problem.values["most"]) == ("text_takes_too_many_parts", 4)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_words_are_refused_or_render_to_words(text: str) -> None:
    words = OwnWords(text=text)

    if find_problems("ready", Channel.SMS, words):
        return
    facts = longest_facts("ready", "en")
    assert "{link}" in render_words(words, "ready", Channel.SMS, facts, language="en").text


@settings(deadline=None)
@given(st.text(alphabet="{}[]% .!:ab_link", max_size=60))
def test_brackets_in_any_order_never_break_the_filling(text: str) -> None:
    words = OwnWords(text=GOOD + text)
    facts = longest_facts("ready", "en")

    if not find_problems("ready", Channel.SMS, words):
        rendered = render_words(words, "ready", Channel.SMS, facts, language="en").text
        assert not set("{}") & set(rendered.replace("{link}", ""))


@pytest.mark.parametrize(
    "hostile", ["{code}", "{link!r}", "{{ 7*7 }}", "%s", "[[x]]", "\\1", "{0.__class__}"]
)
def test_a_value_is_never_read_as_a_text(hostile: str) -> None:
    values = dict.fromkeys(("shop", "ticket", "code"), "secret") | {"shop": hostile}

    assert filled("{shop} {ticket}", values) == f"{hostile} secret"


def test_a_subject_is_one_line_whatever_its_values_hold() -> None:
    facts = longest_facts("ready", "en", shop_name="Fix\r\nBcc: everybody@example.com\x00\u2028x")
    words = OwnWords(subject="{ticket} {shop}", heading="{shop}", text="{shop}")

    rendered = render_words(words, "ready", Channel.EMAIL, facts, language="en")

    assert rendered.subject.splitlines() == [rendered.subject]
    assert "\x00" not in rendered.subject


def test_markup_in_own_words_stays_words() -> None:
    words = OwnWords(
        subject="{ticket} <b>", heading="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>\n\n&"
    )

    html = render_words(words, "ready", Channel.EMAIL, longest_facts("ready", "en"), language="en").html

    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_the_meter_measures_with_the_longest_values() -> None:
    meter = measure("ready", Channel.SMS, "en", OwnWords(text=GOOD), GB)

    # 20 of the shop, 10 of the number, 8 of "computer" or "handheld", 65 of the link, and the words between.
    assert meter.length.units == 20 + 2 + 10 + 7 + 8 + 10 + 65
    assert (meter.length.parts, meter.length.is_gsm, meter.costly) == (1, True, ())
    assert values_of(longest_facts("ready", "en"), "en")["device"] in {"computer", "handheld"}


def test_the_meter_names_what_costs_and_what_is_folded() -> None:
    text = GOOD + " Está listo → 🔧\u200d"

    meter = measure("ready", Channel.SMS, "es", OwnWords(text=text), GB)
    kept = measure(
        "ready",
        Channel.SMS,
        "es",
        OwnWords(text=text),
        Setting(shop_name="F", country="GB", currency="GBP", keeps_accents=True, prices={}),
    )

    assert meter.costly == ("→", "🔧", "U+200D")
    assert not meter.length.is_gsm
    assert ("á", "a") in meter.folded
    assert kept.costly == ("á", "→", "🔧", "U+200D")
    assert kept.folded == ()


def test_accents_are_kept_where_the_shop_says_so() -> None:
    facts = longest_facts("ready", "es")
    words = shipped("ready_unrepaired", Channel.SMS, "es")

    folded_text = render_words(words, "ready", Channel.SMS, facts, language="es").text
    kept = render_words(words, "ready", Channel.SMS, facts, language="es", keeps_accents=True).text

    assert "á" not in folded_text
    assert "\u00a0" not in kept


def test_a_piece_for_which_there_is_no_room_is_counted() -> None:
    long = GOOD + "[[ It costs {price}, to be paid in cash or by card when you come]]"

    meter = measure("ready", Channel.SMS, "en", OwnWords(text=long), GB)

    assert (meter.length.parts, meter.left_out) == (1, 1)


def test_each_country_with_a_price_has_its_cost_and_the_shops_own_stands_first() -> None:
    setting = Setting(
        shop_name="F",
        country="GB",
        currency="GBP",
        keeps_accents=False,
        prices={"ES": 700, "GB": 407, "DE": 0},
    )

    meter = measure("ready", Channel.SMS, "es", OwnWords(text=GOOD + " " + "x" * 150), setting)

    assert meter.length.parts == 2
    assert meter.costs == (("GB", 814), ("DE", 0), ("ES", 1400))


def test_two_versions_are_told_apart_word_by_word() -> None:
    pieces = differences("Your phone is ready now", "Your tablet is ready")

    assert [(piece.change, piece.text) for piece in pieces] == [
        (Change.SAME, "Your "),
        (Change.GONE, "phone"),
        (Change.NEW, "tablet"),
        (Change.SAME, " is ready"),
        (Change.GONE, " now"),
    ]


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_the_pieces_hold_both_versions_whole(before: str, after: str) -> None:
    pieces = differences(before, after)

    assert "".join(piece.text for piece in pieces if piece.change is not Change.NEW) == before
    assert "".join(piece.text for piece in pieces if piece.change is not Change.GONE) == after
