"""What staff read of a decided claim, also once its reason has been erased."""

from types import SimpleNamespace

import pytest
from flask import Flask, render_template_string

PAGE = '{% from "warranty/_words.html" import decided with context %}{{ decided(claim) }}'


@pytest.mark.parametrize(
    ("covered", "because", "said"),
    [
        (None, "", "Not decided yet"),
        (True, "the same solder joint", "Covered: the same solder joint"),
        (True, "", "Covered"),
        (False, "", "Not covered"),
        (False, "it fell again", "Not covered: it fell again"),
    ],
)
def test_no_colon_stands_before_nothing(app: Flask, covered, because, said):
    claim = SimpleNamespace(covered=covered, because=because, about="", no_cover=False, comeback=False)
    with app.test_request_context():
        assert render_template_string(PAGE, claim=claim).strip() == said
