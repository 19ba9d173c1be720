import pytest
from hypothesis import given
from hypothesis import strategies as st

from repairshop.tickets.links import parse_token, token_for, token_is_true

KEY = "links-of-the-test-shop-0123456789abc"


@given(st.integers(1, 2**40), st.integers(1, 100))
def test_a_token_names_its_link_and_proves_it(link_id, version):
    parsed = parse_token(token_for(link_id, version=version, key=KEY))

    assert parsed is not None
    assert parsed.link_id == link_id
    assert token_is_true(parsed, version=version, key=KEY)
    assert not token_is_true(parsed, version=version + 1, key=KEY)
    assert not token_is_true(parsed, version=version, key=KEY + "x")


@given(st.text(max_size=60))
def test_other_text_is_never_an_error(text):
    parsed = parse_token(text)

    assert parsed is None or not token_is_true(parsed, version=1, key=KEY)


@pytest.mark.parametrize("text", ["", "a" * 22, "é" * 30, "1" + "a" * 21 + "-"])
def test_what_cannot_be_a_token_is_none(text):
    assert parse_token(text) is None


def test_a_token_is_short_and_has_nothing_a_phone_would_cut():
    token = token_for(4821, version=1, key=KEY)

    assert len(token) == 25
    assert token.isalnum()
