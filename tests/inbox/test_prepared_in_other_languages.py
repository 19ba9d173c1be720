"""Prepared replies beside a conversation: those in the customer's language, or else the others at once."""

from types import SimpleNamespace

import pytest
from flask import Flask, render_template_string

PAGE = '{% from "inbox/_pane.html" import prepared with context %}{{ prepared(replies, "de") }}'


@pytest.mark.parametrize(("languages", "stands_open"), [(["en"], True), (["en", "de"], False)])
def test_the_others_stand_open_where_none_is_in_their_language(app: Flask, languages, stands_open):
    replies = [SimpleNamespace(id=number, name=one, language=one) for number, one in enumerate(languages)]
    with app.test_request_context():
        page = render_template_string(PAGE, replies=replies, reply_values=lambda reply: reply.name)

    assert ('<details class="more" open>' in page) is stands_open
    assert '<ul class="chips" aria-labelledby="prepared-title">\n  </ul>' not in page
