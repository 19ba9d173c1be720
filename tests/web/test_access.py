"""The way back after signing in stays on this site."""

import pytest

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
