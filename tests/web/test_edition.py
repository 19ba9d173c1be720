"""What names the shape of all pages: a browser's copy must not outlive it."""

from pathlib import Path

import pytest
from flask import Flask

from repairshop.web.page import edition


@pytest.mark.parametrize(
    "file", ["templates/page.html", "translations/de/messages.mo", "repairshop/static/built/manifest.json"]
)
def test_a_new_template_catalogue_or_style_is_a_new_edition(tmp_path: Path, file: str) -> None:
    app = Flask("repairshop", root_path=str(tmp_path / "repairshop"))
    changed = tmp_path / file
    changed.parent.mkdir(parents=True)
    with app.app_context():
        changed.write_text("before")
        before = edition.__wrapped__()
        changed.write_text("after")

        assert edition.__wrapped__() != before
