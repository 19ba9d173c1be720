"""A line in the log, for people: all its fields, on one line whatever they hold."""

import sys

import pytest
import structlog

from repairshop.web.logs import configure_logging


@pytest.fixture
def log(capsys):
    """Writes a line and gives back what stands after its time."""
    before = structlog.get_config()
    configure_logging(level="info", as_json=False)
    structlog.contextvars.clear_contextvars()
    logger = structlog.get_logger("tests")

    def write(level="info", event="request", **fields):
        capsys.readouterr()
        getattr(logger, level)(event, **fields)
        return capsys.readouterr().err.partition(" ")[2]

    yield write
    structlog.configure(**before)


def test_the_fields_stand_by_name_after_the_event(log):
    line = log(status=304, rule="/repair", milliseconds=0.2, method="GET")

    assert line == (
        "[info     ] request                        method=GET milliseconds=0.2 rule=/repair status=304\n"
    )


def test_a_line_without_fields_ends_with_its_event(log):
    assert log(level="warning", event="nothing to do") == "[warning  ] nothing to do\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("Zoë", "Zoë"),
        ("two words", "'two words'"),
        ("a=b", "'a=b'"),
        ("first\nsecond status=200", "'first\\nsecond status=200'"),
        ("first\x1b[2Ksecond", "'first\\x1b[2Ksecond'"),
        ("first\x85second", "'first\\x85second'"),
        (None, "None"),
        ([1, "two"], "[1, 'two']"),
    ],
)
def test_no_value_can_be_taken_for_another_field_or_line(log, value, shown):
    assert log(value=value).endswith(f" value={shown}\n")


def test_what_went_wrong_stands_below(log):
    try:
        raise ValueError("broken")
    except ValueError:
        line = log(level="error", event="failed", exc_info=sys.exc_info(), path="/x")

    first, below = line.split("\n", 1)
    assert first.split() == ["[error", "]", "failed", "path=/x"]
    assert below.startswith("Traceback")
    assert below.endswith("ValueError: broken\n")
