"""The flood brake: public pages only, shared between processes through Redis."""

import pytest
from flask import Flask

from config import load_config
from repairshop.app import create_app
from tests.counting import counted_queries

LIMIT = 240


def ask(app: Flask, path: str, times: int) -> list[int]:
    client = app.test_client()
    return [client.get(path).status_code for _ in range(times)]


def test_a_flood_of_one_address_is_told_to_wait(app: Flask) -> None:
    codes = ask(app, "/find-my-repair", LIMIT + 1)

    assert set(codes[:LIMIT]) == {200}
    assert codes[LIMIT] == 429


def test_a_refused_page_costs_the_database_nothing(app: Flask) -> None:
    client = app.test_client()
    ask(app, "/find-my-repair", LIMIT)

    with counted_queries(app) as asked:
        refused = client.get("/find-my-repair")

    assert refused.status_code == 429
    assert asked.count == 0


def test_signs_of_life_are_never_refused(app: Flask) -> None:
    assert set(ask(app, "/healthz", LIMIT + 10)) == {200}


def test_two_processes_share_one_count(settings: dict[str, str], redis_url: str) -> None:
    config = load_config({**settings, "REDIS_URL": redis_url})
    one, other = create_app(config), create_app(config)

    ask(one, "/find-my-repair", LIMIT)

    assert ask(other, "/find-my-repair", 1) == [429]


@pytest.mark.parametrize("address", ["redis://127.0.0.1:1/0"])
def test_nobody_is_locked_out_while_redis_is_away(settings: dict[str, str], address: str) -> None:
    app = create_app(load_config({**settings, "REDIS_URL": address}))

    assert ask(app, "/find-my-repair", 1) == [200]
