"""Every text a person reads from the seeds stands where the translators' tool finds it."""

from pathlib import Path

from repairshop.privacy import standard
from repairshop.privacy.rules import DETAILS, TaskKind

TEMPLATES = Path(__file__).parents[2] / "templates" / "privacy"


def test_the_seeds_are_listed_for_translation():
    listed = (TEMPLATES / "_words.html").read_text()

    assert [text for text in standard.list_texts() if f'_("{text}")' not in listed] == []


def test_every_kind_and_every_detail_has_words(app):
    with app.test_request_context():
        words = app.jinja_env.get_template("privacy/_words.html").module

        assert all(words.task_name(kind) for kind in TaskKind)
        for details in DETAILS.values():
            for name, values in details.items():
                assert words.detail_name(name)
                assert all(words.detail_value(name, value) for value in values)
