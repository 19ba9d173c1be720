"""Every route, asked for by everybody: the access matrix is the law, and it knows every route."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from repairshop.web.access import UnmarkedRoute, public, require_marks, staff_only
from tests.access_world import PARAMETERS, PRINCIPALS, World, build_world
from tests.databases import SqliteFiles

MATRIX = tomllib.loads((Path(__file__).parent / "access_matrix.toml").read_text())
# A form may come back with its errors, or be in conflict with the state the thing is in.
_FORM_ANSWERS = {400, 409, 410, 413, 415, 422, 429}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> Iterator[World]:
    world = build_world(tmp_path_factory.mktemp("access"), sqlite_files)
    yield world
    world.restore()


def expected(endpoint: str) -> dict[str, str]:
    entry = MATRIX["routes"][endpoint]
    row = {"group": entry} if isinstance(entry, str) else dict(entry)
    return {**MATRIX["groups"][row.pop("group")], **row}


def rules_of(app: Flask, endpoint: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]


def address(world: World, rule: Rule) -> str:
    values = {}
    for name in rule.arguments:
        find = PARAMETERS.get(f"{rule.endpoint}:{name}") or PARAMETERS.get(name)
        assert find is not None, f"tests/access_world.py does not say what <{name}> of {rule.endpoint} is"
        values[name] = find(world)
    with world.app.test_request_context():
        from flask import url_for

        return url_for(rule.endpoint, **values)


def answer(response: TestResponse) -> str:
    """What the response means in the words of the matrix."""
    if response.status_code == 401:
        return "sign-in"
    if 300 <= response.status_code < 400 and response.status_code != 304:
        return "sign-in" if urlsplit(response.location).path == "/sign-in" else "ok"
    if response.status_code < 400 or response.status_code in _FORM_ANSWERS:
        return "ok"
    return str(response.status_code)


@pytest.mark.parametrize("endpoint", sorted(MATRIX["routes"]))
def test_a_route_answers_everybody_as_the_matrix_says(world: World, endpoint: str) -> None:
    rules = rules_of(world.app, endpoint)
    assert rules, f"the matrix names {endpoint}, which does not exist"
    wanted = expected(endpoint)

    found = {}
    for rule in rules:
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found[f"{method} {rule.rule}"] = _ask_as_everybody(world, rule, method)

    assert found == dict.fromkeys(found, wanted)


def _ask_as_everybody(world: World, rule: Rule, method: str) -> dict[str, str]:
    path = address(world, rule)
    answers = {}
    for principal in PRINCIPALS:
        if method != "GET":
            world.restore()  # each finds the thing untouched by the one before
        browser = world.browser(principal)
        response = browser.get(path) if method == "GET" else browser.send(path, method=method)
        answers[principal] = answer(response)
    return answers


def test_every_route_is_in_the_matrix(world: World) -> None:
    routes = {rule.endpoint for rule in world.app.url_map.iter_rules()} - {"static"}

    assert routes == set(MATRIX["routes"])


def test_every_group_speaks_of_everybody() -> None:
    for name, group in MATRIX["groups"].items():
        assert set(group) == set(PRINCIPALS), name


def test_a_route_without_a_mark_stops_the_program() -> None:
    app = Flask(__name__)
    app.add_url_rule("/open", "open", public(lambda: ""))
    app.add_url_rule("/forgotten", "forgotten", lambda: "")

    with pytest.raises(UnmarkedRoute, match="forgotten"):
        require_marks(app)


def test_a_view_cannot_carry_two_marks() -> None:
    from repairshop.staff.rules import Right

    with pytest.raises(UnmarkedRoute):
        public(staff_only(Right.OWN)(lambda: ""))
