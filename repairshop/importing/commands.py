"""`flask import ords FILE`."""

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from repairshop import clock
from repairshop.errors import Refused
from repairshop.importing import service
from repairshop.importing.reading import read_file
from repairshop.importing.rules import NotOpenRepairData, Problem, Record
from repairshop.staff.rules import ShopId
from repairshop.transaction import transaction

importing = AppGroup("import", help="Take over records of the past.")

# One commit for so many records: an import that is stopped goes on there, and others get their turn to write.
_BATCH = 2000


@importing.command("ords")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--shop", "shop_name", help="Made when there is none of that name. Left out: the only shop there is."
)
@click.option("--country", default="GB", show_default=True, help="Of a shop that is made; ISO 3166 code.")
@click.option("--currency", default="GBP", show_default=True, help="Of a shop that is made; ISO 4217 code.")
@click.option("--time-zone", default="Europe/London", show_default=True, help="Of a shop that is made.")
def ords(file: Path, shop_name: str | None, country: str, currency: str, time_zone: str) -> None:
    """Read an Open Repair Data CSV file (0.2.1 or 0.3) into closed tickets.

    Safe to repeat: records the shop has are left alone. Rows that cannot be read are named and skipped.
    """
    gc.freeze()  # what is loaded stays: the collector need not walk it again for every batch of rows
    started = time.monotonic()
    batches = _batches(read_file(file, today=clock.now().date()))
    loaded = known = skipped = 0
    try:
        shop_id = _choose_shop(file, shop_name, country=country, currency=currency, time_zone=time_zone)
        for batch in batches:
            records = [row for row in batch if isinstance(row, Record)]
            for problem in (row for row in batch if isinstance(row, Problem)):
                click.echo(f"{file.name}: {problem}", err=True)
            with transaction():
                new = service.import_records(records, shop_id=shop_id)
            loaded, known, skipped = (
                loaded + new,
                known + len(records) - new,
                skipped + len(batch) - len(records),
            )
            click.echo(f"\r{loaded + known + skipped:,} rows", nl=False, err=True)
    except NotOpenRepairData as refusal:
        raise click.ClickException(
            f"{file.name} lacks columns of the standard: {refusal.values['columns']}"
        ) from refusal
    seconds = time.monotonic() - started
    click.echo("", err=True)
    click.echo(f"{loaded} records loaded, {known} known already, {skipped} rows skipped, {seconds:.1f} s")


def _choose_shop(file: Path, name: str | None, *, country: str, currency: str, time_zone: str) -> ShopId:
    # The first line is read before a shop is made, so that the wrong file leaves nothing behind.
    next(read_file(file, today=clock.now().date()), None)
    try:
        with transaction():
            return service.choose_shop(name, country=country, currency=currency, time_zone=time_zone)
    except NotOpenRepairData:
        raise
    except Refused as refusal:
        raise click.ClickException("Name the shop: --shop NAME") from refusal


def _batches(rows: Iterator[Record | Problem]) -> Iterator[list[Record | Problem]]:
    batch: list[Record | Problem] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
