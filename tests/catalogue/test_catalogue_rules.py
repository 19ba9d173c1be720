"""Names, words and ranges of the catalogue."""

import pytest

from repairshop.catalogue.rules import (
    DaysUpsideDown,
    NameMissing,
    PriceRange,
    PriceRangeUpsideDown,
    preset_key,
    require_days,
    require_name,
    search_text,
    search_words,
)
from repairshop.money import Money


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Galaxy S21+ 5G", ["galaxy", "s21+", "5g"]),
        ("SM-G991B", ["sm", "g991b"]),
        ("  Pokémon   édition ", ["pokemon", "edition"]),
        ("100% _|\\", ["100"]),
        ("", []),
        ("携帯", ["携帯"]),
    ],
)
def test_a_name_becomes_the_words_people_type(text: str, words: list[str]) -> None:
    assert search_words(text) == words


def test_each_word_stands_once_behind_a_space() -> None:
    assert search_text("Apple", "Apple Watch SE", "Watch5,9|Watch5,10") == " apple watch se watch5 9 10"


def test_a_name_is_trimmed_and_an_empty_one_refused() -> None:
    assert require_name("  Steam \n Deck ", field="name") == "Steam Deck"
    with pytest.raises(NameMissing) as refusal:
        require_name(" \t", field="name")
    assert refusal.value.field == "name"


@pytest.mark.parametrize(("days_from", "days_to"), [(3, 2), (-1, 2)])
def test_days_that_run_backwards_are_refused(days_from: int, days_to: int) -> None:
    with pytest.raises(DaysUpsideDown):
        require_days(days_from=days_from, days_to=days_to)


@pytest.mark.parametrize(("starts_at", "at_most"), [(200, 100), (-1, 100)])
def test_prices_that_run_backwards_are_refused(starts_at: int, at_most: int) -> None:
    with pytest.raises(PriceRangeUpsideDown):
        PriceRange(
            starts_at=Money(minor=starts_at, currency="GBP"), at_most=Money(minor=at_most, currency="GBP")
        )


def test_a_shops_own_fault_gets_a_key_that_fits_its_column() -> None:
    assert preset_key("Crémaillère bloquée") == "own_cremaillere_bloquee"
    assert len(preset_key("very " * 30)) <= 40
