"""`flask shop`."""

import re

from flask import Flask

from tests.cast import Browser


def create(app: Flask, name: str = "Fixwell") -> str:
    arguments = f"shop create --name {name} --country GB --currency GBP --time-zone Europe/London"
    result = app.test_cli_runner().invoke(args=arguments.split())
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_the_owner_opens_the_shop_by_the_printed_link(app: Flask, anonymous: Browser) -> None:
    link = create(app)
    assert re.fullmatch(r"http://localhost:8000/join/[\w-]{32}", link)

    anonymous.send(
        link.removeprefix("http://localhost:8000"),
        {"first_name": "Olga", "email": "olga@example.com", "password": "three red bicycles"},
    )

    assert anonymous.get("/staff").status_code == 200


def test_a_lost_link_can_be_made_anew(app: Flask, anonymous: Browser) -> None:
    create(app)

    result = app.test_cli_runner().invoke(args=["shop", "owner-link", "Fixwell"])

    assert anonymous.get(result.output.strip().removeprefix("http://localhost:8000")).status_code == 200


def test_a_second_shop_of_the_same_name_is_refused(app: Flask) -> None:
    create(app)

    arguments = "shop create --name Fixwell --country GB --currency GBP --time-zone Europe/London"
    result = app.test_cli_runner().invoke(args=arguments.split())

    assert result.exit_code == 1
    assert "Another shop is called Fixwell" in result.output


def test_a_time_zone_nobody_knows_is_refused(app: Flask) -> None:
    arguments = "shop create --name Fixwell --country GB --currency GBP --time-zone Mars/Base"
    result = app.test_cli_runner().invoke(args=arguments.split())

    assert result.exit_code == 1
    assert "Europe/London" in result.output
