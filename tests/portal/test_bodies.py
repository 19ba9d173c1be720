"""A drawn page is kept by the tag that names everything it shows."""

import pytest

from repairshop.portal.bodies import Bodies


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
