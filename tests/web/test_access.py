"""The way back after signing in stays on this site; what strangers may send is small."""

import pytest
from flask import Flask

from repairshop.web.access import safe_next


@pytest.mark.parametrize("target", ["/", "/counter", "/tickets/K7QP3M2X5/quote?from=bench#lines"])
def test_plain_paths_are_kept(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "counter",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\x00",
        " //evil.example",
        "/" + "a" * 2001,
    ],
)
def test_everything_else_is_forgotten(target: str | None) -> None:
    assert safe_next(target) is None


@pytest.mark.parametrize("path", ["/find-my-repair", "/sign-in", "/callbacks/twilio/status"])
def test_strangers_cannot_make_us_read_much(app: Flask, path: str) -> None:
    answer = app.test_client().post(path, data={"code": "a" * 600_000})

    assert answer.status_code == 413
