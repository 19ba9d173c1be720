"""Tests share an application; they must not notice."""

from flask import Flask

from tests import apps


def _flood(app: Flask) -> list[int]:
    visitor = app.test_client()
    return [visitor.get("/find-my-repair").status_code for _ in range(241)]


def test_a_flood_in_one_test_is_not_the_next_ones(settings: dict[str, str]) -> None:
    with apps.lend(settings) as app:
        assert _flood(app)[-1] == 429

    with apps.lend(settings) as again:
        assert again is app
        assert _flood(again)[0] == 200
