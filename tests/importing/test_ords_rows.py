"""Rows of the Open Repair Data Standard, one by one. All people and repairs are invented."""

from datetime import date

import pytest

from repairshop.catalogue.rules import DeviceType
from repairshop.diagnostics.rules import Barrier
from repairshop.importing.reading import read_lines
from repairshop.importing.rules import Fault, NotOpenRepairData, Problem, Record
from repairshop.tickets.stages import Outcome

TODAY = date(2026, 3, 2)
V3 = (
    "id,data_provider,country,partner_product_category,product_category,product_category_id,brand,"
    "year_of_manufacture,product_age,repair_status,repair_barrier_if_end_of_life,group_identifier,event_date,"
    "problem"
)
V2 = V3.replace("product_category_id,", "").replace("product_age,", "")
GOOD = "tryout_1,Try Out,GBR,Phone,Mobile,19,Samsung,2019,4.5,Fixed,,Hall,2024-05-31,Screen stays dark"


def read(*rows: str, header: str = V3) -> list[Record | Problem]:
    return list(read_lines([f"{line}\n" for line in (header, *rows)], today=TODAY))


def with_cell(name: str, text: str) -> str:
    cells = dict(zip(V3.split(","), GOOD.split(","), strict=True)) | {name: text}
    return ",".join(cells.values())


def the_record(*rows: str, header: str = V3) -> Record:
    (record,) = read(*rows, header=header)
    assert isinstance(record, Record)
    return record


def the_problem(*rows: str) -> Problem:
    (problem,) = read(*rows)
    assert isinstance(problem, Problem)
    return problem


def test_a_row_of_version_0_3_becomes_a_record() -> None:
    assert the_record(GOOD) == Record(
        id="tryout_1",
        provider="Try Out",
        country="GBR",
        partner_category="Phone",
        category="Mobile",
        device_type=DeviceType.PHONE,
        brand="Samsung",
        made_in_year=2019,
        product_age_years="4.5",
        outcome=Outcome.REPAIRED,
        barrier=None,
        group="Hall",
        event_date=date(2024, 5, 31),
        problem="Screen stays dark",
    )


def test_a_row_of_version_0_2_1_lacks_two_columns_and_may_not_know_the_year() -> None:
    row = "tryout_2,Try Out,NLD,PC,Laptop,Unknown,????,End of life,Lack of equipment,7,2019-01-05,"

    record = the_record(row, header=V2)

    assert (record.device_type, record.brand, record.made_in_year) == (DeviceType.LAPTOP, "", None)
    assert (record.outcome, record.barrier) == (Outcome.NOT_REPAIRABLE, Barrier.NO_EQUIPMENT)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("Fixed", Outcome.REPAIRED),
        ("Repairable", Outcome.RETURNED_UNREPAIRED),
        ("End of life", Outcome.NOT_REPAIRABLE),
        ("Unknown", None),
    ],
)
def test_the_status_becomes_an_outcome(status: str, outcome: Outcome | None) -> None:
    assert the_record(with_cell("repair_status", status)).outcome is outcome


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Too worn out", Barrier.TOO_WORN_OUT),
        ("No way to open the product", Barrier.NO_WAY_TO_OPEN),
        ("", None),
    ],
)
def test_older_wordings_of_a_barrier_become_the_present_one(written: str, kept: Barrier | None) -> None:
    row = with_cell("repair_barrier_if_end_of_life", written).replace("Fixed", "End of life")

    assert the_record(row).barrier is kept


def test_products_we_do_not_take_in_become_other_devices_and_keep_their_name() -> None:
    record = the_record(with_cell("product_category", "Toaster"))

    assert (record.device_type, record.category) == (DeviceType.OTHER, "Toaster")


@pytest.mark.parametrize(
    ("column", "text", "fault"),
    [
        ("id", "", Fault.MISSING),
        ("id", "7", Fault.RECORD_ID),
        ("data_provider", " ", Fault.MISSING),
        ("country", "GB", Fault.COUNTRY),
        ("repair_status", "Mended", Fault.STATUS),
        ("repair_barrier_if_end_of_life", "Rained", Fault.BARRIER),
        ("repair_barrier_if_end_of_life", "Lack of equipment", Fault.BARRIER_WITHOUT_END),
        ("event_date", "31/05/2024", Fault.DATE),
        ("event_date", "2024-02-30", Fault.DATE),
        ("event_date", "20240531", Fault.DATE),
        ("event_date", "2026-03-03", Fault.FUTURE),
        ("year_of_manufacture", "19", Fault.YEAR),
        ("year_of_manufacture", "2999", Fault.YEAR),
        ("product_age", "old", Fault.AGE),
        ("problem", "x" * 2001, Fault.LENGTH),
        ("brand", "x" * 81, Fault.LENGTH),
        ("problem", "a\x00b", Fault.CHARACTERS),
        ("problem", "a\udcffb", Fault.CHARACTERS),
    ],
)
def test_a_wrong_cell_names_its_line_and_reason(column: str, text: str, fault: Fault) -> None:
    good, wrong = read(GOOD, with_cell(column, text))

    assert isinstance(good, Record)
    assert isinstance(wrong, Problem)
    assert (wrong.line, wrong.fault) == (3, fault)


def test_a_row_with_too_few_or_too_many_cells_is_a_problem() -> None:
    assert the_problem("tryout_1,Try Out").fault is Fault.COLUMNS
    assert the_problem(f"{GOOD},more").fault is Fault.COLUMNS


def test_a_text_may_run_over_lines_and_hold_quotes_and_other_scripts() -> None:
    row = with_cell("problem", '"He said ""off""\nÜber 電池 🙂"')

    record, following = read(*row.split("\n"), GOOD)

    assert isinstance(record, Record)
    assert record.problem == 'He said "off"\nÜber 電池 🙂'
    assert isinstance(following, Record)


def test_a_stray_quote_costs_only_its_own_line() -> None:
    rows = [GOOD, with_cell("problem", '"never closed'), GOOD.replace("_1", "_2"), GOOD.replace("_1", "_3")]

    found = read(*rows)

    assert [row.id for row in found if isinstance(row, Record)] == ["tryout_1", "tryout_2", "tryout_3"]
    assert [row.line for row in found if isinstance(row, Problem)] == [3]


def test_a_stray_quote_before_more_text_than_csv_allows_costs_only_its_own_line() -> None:
    long = [with_cell("problem", "x" * 1900).replace("_1", f"_{number}") for number in range(2, 102)]

    found = read(with_cell("problem", '"never closed'), *long)

    assert len([row for row in found if isinstance(row, Record)]) == 100
    assert [row.fault for row in found if isinstance(row, Problem)] == [Fault.QUOTING]


def test_empty_lines_and_a_missing_last_line_end_are_nothing() -> None:
    lines = [f"{V3}\r\n", "\r\n", f"{GOOD}\r\n", "\r\n", GOOD.replace("_1", "_2")]

    assert len(list(read_lines(lines, today=TODAY))) == 2


@pytest.mark.parametrize("header", ["", "id,problem", "\x00"])
def test_another_files_first_line_is_refused_with_what_it_lacks(header: str) -> None:
    with pytest.raises(NotOpenRepairData) as refusal:
        read(GOOD, header=header)

    assert "repair_status" in str(refusal.value.values["columns"])
