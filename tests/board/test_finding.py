"""What a typed or scanned text may mean."""

import pytest

from repairshop.board.finding import LONGEST, Wanted, read_wanted
from repairshop.codes import Scan, ScanKind, check_character

CODE = "K7QP3M2X" + check_character("K7QP3M2X")
BROKEN = CODE[:-1] + ("A" if CODE[-1] != "A" else "B")


def read(text: str) -> Wanted:
    return read_wanted(text, number_prefix="R-")


@pytest.mark.parametrize(
    "text", [f"RST{CODE}", f"rst{CODE.lower()}", f"RST-{CODE[:4]}-{CODE[4:8]}-{CODE[8]}"]
)
def test_a_label_is_the_ticket_and_nothing_else(text: str) -> None:
    assert read(text) == Wanted(text=text, scan=Scan(kind=ScanKind.TICKET, text=CODE))


@pytest.mark.parametrize("text", [f"RST{BROKEN}", f"RST{CODE[:-1]}", f"RST{CODE}{CODE}", "RST7", "RSTK7QP3M"])
def test_a_label_read_wrongly_means_nothing(text: str) -> None:
    assert read(text) == Wanted(text=text, is_broken_scan=True)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (CODE, "code", CODE),
        (f"{CODE[:4]}-{CODE[4:8]}-{CODE[8]}".lower(), "code", CODE),
        (BROKEN, "code", None),
        ("R-4821", "number", 4821),
        ("r-4821", "number", 4821),
        ("4821", "number", 4821),
        ("4821", "phone_end", "4821"),
        ("R-0", "number", None),
        ("99999999999", "number", None),
        ("4294967296", "number", None),
        ("07700 900123", "phone_end", "7700900123"),
        ("Carl@Example.com", "mail", "carl@example.com"),
        ("49-015420-323751-8", "imei", "490154203237518"),
        ("f2l-xq0 abc", "serial", "F2LXQ0ABC"),
        ("Zoë  Ångström", "name", "zoe angstrom"),
        ("rst", "name", "rst"),
        ("Rstlnova", "name", "rstlnova"),
        ("x", "name", None),
        ("4821", "name", None),
    ],
)
def test_a_text_may_mean_several_things(text: str, field: str, value: object) -> None:
    assert getattr(read(text), field) == value


def test_a_long_text_is_cut() -> None:
    assert len(read("x" * 10_000).text) == LONGEST
