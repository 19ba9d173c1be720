"""The repair form as customers hold it: twelve fields in their order, none blank, in their language."""

import re
from dataclasses import replace

import pypdf
import pytest

from repairshop.customers.models import Customer, Device
from repairshop.database import db
from repairshop.quotes.repair_form import NOTHING_SAID
from repairshop.staff.models import Shop
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import make_ticket, open_day
from tests.quotes.builders import AFTERMARKET, ORIGINAL, RESCUE, draft, service
from tests.quotes.test_repair_form import SAID, give_forms
from tests.reports.verapdf import broken_rules, tag_counts


def send_form(by, *, language="en", shop=(), device=(), **changes) -> str:
    """The path of a form that was given, without its ending."""
    give_forms()
    reference = make_ticket(by, stage=Stage.DIAGNOSING)
    with transaction():
        for model, facts in ((Customer, {"language": language}), (Shop, dict(shop)), (Device, dict(device))):
            for row in db.session.query(model):
                for name, value in facts.items():
                    setattr(row, name, value)
    draft(reference, by=by, earliest=open_day(7), latest=open_day(10), **changes)
    with transaction():
        service.send_quote(reference, by=by)
    return f"/tickets/{reference}/quotes/1/repair-form"


def test_the_fields_stand_in_their_order_and_none_is_blank(app, tess) -> None:
    with app.app_context():
        path = send_form(
            tess.actor,
            shop={"street": "", "city": "", "phone": "", "email": ""},
            device={"serial": None, "imei": None},
            form=replace(NOTHING_SAID, replacement=False),
        )

    page = tess.get(path).text

    fields = re.findall(r'<div class="field[^"]*"><h2>(\d+)\. [^<]+</h2><div>(.*?)</div></div>', page, re.S)
    assert [int(number) for number, _ in fields] == list(range(1, 13))
    for number, said in fields:
        assert re.sub(r"<[^>]+>", "", said).strip(), number
    assert "No street and town given" in fields[1][1]
    assert "/find-my-repair" in fields[1][1]
    assert "No number read" in fields[2][1]
    assert "Nothing else" in fields[11][1]


@pytest.mark.parametrize(
    ("language", "rate", "year"),
    [
        ("en", "7.7", r"\d \w+ 20\d\d and"),
        ("de", "7,7", r"\d\. \w+ 20\d\d und"),
        ("fr", "7,7", r"20\d\d et le"),
    ],
)
def test_dates_and_rates_are_whole_and_in_the_customers_language(app, tess, language, rate, year) -> None:
    with app.app_context():
        path = send_form(tess.actor, language=language, form=SAID, shop={"tax_rate_basis_points": 770})

    page = tess.get(path).text

    assert f'<html lang="{language}"' in page
    assert re.search(rf"\b{rate}\s%", page)
    assert re.search(year, page)


@pytest.mark.documents
def test_three_ways_in_german_stay_on_one_sheet_that_conforms(app, tess, tmp_path) -> None:
    with app.app_context():
        path = send_form(
            tess.actor,
            language="de",
            shop={
                "street": "Kopfsteinpflasterstraße 12 b",
                "city": "10999 Berlin",
                "phone": "+49 30 555 0100",
            },
            options=(ORIGINAL, AFTERMARKET, RESCUE),
            form=replace(SAID, more="Ćwikłowska\nسارة الأحمد"),
        )

    sheet = tmp_path / "form.pdf"
    sheet.write_bytes(tess.get(f"{path}.pdf").data)

    for standard in ("PDF/UA-1", "PDF/A-3a"):
        assert broken_rules(sheet, standard) == {}, standard
    assert len(pypdf.PdfReader(sheet).pages) == 1
    counts = tag_counts(sheet)
    assert (counts["H1"], counts["H2"], counts["Table"]) == (1, 12, 3)
