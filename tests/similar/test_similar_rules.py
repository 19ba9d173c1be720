"""Which words a past repair is found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.catalogue.rules import DeviceType
from repairshop.similar.rules import MOST_WORDS, Scope, asked_words, index_text, plain_words, scoped

PHONE = Scope(shop_id=1, device_type=DeviceType.PHONE, model="Apple iPhone 12")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "The U2 chip was corroded; U2 replaced.",
            ["the", "u2", "chip", "was", "corroded", "u2", "replaced"],
        ),
        ("Batería hinchada", ["bateria", "hinchada"]),
        ("Galaxy S21+ 5G", ["galaxy", "s21", "5g"]),
        ("'; DROP TABLE x; -- \" * NOT (", ["drop", "table", "x", "not"]),
        ("№ ½ ﬁlm", ["no", "1", "2", "film"]),
        ("", []),
    ],
)
def test_words_are_letters_and_digits_without_accents(text, words) -> None:
    assert plain_words(text) == words


def test_each_word_stands_once_behind_each_scope() -> None:
    assert index_text(PHONE, ["New screen", "screen, battery"]).split() == [
        PHONE.type_word,
        PHONE.model_word,
        *(scoped(PHONE.type_word, word) for word in ("new", "screen", "battery")),
        *(scoped(PHONE.model_word, word) for word in ("new", "screen", "battery")),
    ]


def test_scopes_differ_by_shop_type_and_model_and_not_by_spelling() -> None:
    others = [
        Scope(shop_id=2, device_type=DeviceType.PHONE, model="Apple iPhone 12"),
        Scope(shop_id=1, device_type=DeviceType.TABLET, model="Apple iPhone 12"),
        Scope(shop_id=1, device_type=DeviceType.PHONE, model="Apple iPhone 12 Pro"),
    ]

    assert len({scope.model_word for scope in (PHONE, *others)}) == 4
    assert len({scope.type_word for scope in (PHONE, *others)}) == 3
    assert (
        Scope(shop_id=1, device_type=DeviceType.PHONE, model="apple  IPHONE-12").model_word
        == PHONE.model_word
    )


def test_a_question_is_a_few_words() -> None:
    assert asked_words("one two two three four five six seven") == [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
    ]
    assert len(asked_words("a " * 900)) <= MOST_WORDS


@given(st.text())
def test_no_word_holds_a_sign_of_either_engines_language(text) -> None:
    assert all(word.isalnum() for word in plain_words(text))
