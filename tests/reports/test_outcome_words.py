"""Why a repair ended so, as the report tells it: in words, never by the name the program has for it."""

from dataclasses import replace

import pytest
from flask import Flask, render_template_string

from repairshop.diagnostics.rules import Barrier
from repairshop.reports import documents
from repairshop.workshop.rules import ReturnReason
from tests.reports import samples
from tests.reports.test_content import text_of

WORDS = '{% import "reports/_words.html" as own %}{{ own.outcome_reason(key) }}'


@pytest.mark.parametrize(
    "key", [*(each for each in ReturnReason if each is not ReturnReason.OTHER), *Barrier]
)
def test_what_the_shop_chose_is_a_sentence(app: Flask, key: str) -> None:
    with app.test_request_context():
        said = render_template_string(WORDS, key=key).strip()

    assert said.endswith(".")
    assert key not in said


@pytest.mark.parametrize("key", ["other", "too_expensive", "", "something an import brought"])
def test_what_nobody_has_words_for_is_left_out(app: Flask, key: str) -> None:
    with app.test_request_context():
        assert render_template_string(WORDS, key=key).strip() == ""


@pytest.mark.documents
@pytest.mark.usefixtures("app_context")
def test_the_reason_follows_the_days_with_a_space() -> None:
    report = replace(samples.REPORT, outcome="not_repairable", outcome_reason="parts_not_available")

    text = text_of(documents.report_pdf(report, at=samples.LATER, check_address=samples.CHECK))

    assert "2026. The part is not available." in text
    assert "parts_not_available" not in text
