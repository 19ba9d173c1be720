"""A drawn page is kept by the tag that names everything it shows."""

import pytest

from repairshop.web.bodies import Bodies, tag_of


def test_a_tag_is_drawn_once():
    drawn = []

    def draw() -> str:
        drawn.append(1)
        return f"body {len(drawn)}"

    bodies = Bodies()

    assert [bodies.get("a", draw), bodies.get("a", draw), bodies.get("b", draw)] == [
        "body 1",
        "body 1",
        "body 2",
    ]


def test_the_one_nobody_read_lately_falls_out():
    bodies = Bodies(most=2)
    for tag in ("a", "b", "a", "c"):
        bodies.get(tag, lambda tag=tag: f"first {tag}")

    assert bodies.get("a", lambda: "anew") == "first a"
    assert bodies.get("b", lambda: "anew") == "anew"


def test_a_page_that_fails_to_draw_is_not_kept():
    bodies = Bodies()

    with pytest.raises(ZeroDivisionError):
        bodies.get("a", lambda: str(1 / 0))

    assert bodies.get("a", lambda: "body") == "body"


def test_what_belongs_to_one_reading_is_not_kept():
    bodies = Bodies()

    first = bodies.get(
        "a", lambda: "<token-of-ann><token-of-ann><once-1>", passing=("token-of-ann", "once-1")
    )
    second = bodies.get("a", lambda: "drawn anew", passing=("token-of-ben", "once-2"))

    assert first == "<token-of-ann><token-of-ann><once-1>"
    assert second == "<token-of-ben><token-of-ben><once-2>"


def test_a_tag_names_every_fact():
    assert tag_of("a", 1) == tag_of("a", 1)
    assert len({tag_of("a", 1), tag_of("a", 2), tag_of("a", "1"), tag_of("a1")}) == 4
