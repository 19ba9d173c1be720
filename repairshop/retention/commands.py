"""`flask customers`: what a person may ask of the shop about their own data."""

from pathlib import Path

import click
from flask import get_template_attribute
from flask.cli import AppGroup
from sqlalchemy import select

from repairshop.customers.models import Customer
from repairshop.database import db
from repairshop.errors import Refused
from repairshop.retention import archive, jobs, service
from repairshop.staff.models import Shop
from repairshop.staff.rules import ShopId, system_actor
from repairshop.transaction import transaction

customers = AppGroup("customers", help="Erase a customer, or give out everything about them.")


@customers.command("erase")
@click.argument("customer_id", type=int)
@click.confirmation_option(prompt="Names, words, photos and identifiers go for good. Erase?")
def erase(customer_id: int) -> None:
    """Anonymise a customer. Counts, money, stages and times stay; STOP stays kept by its number."""
    shop_id = _shop_of(customer_id)
    try:
        with transaction():
            emptied = service.erase_customer(customer_id, by=system_actor(shop_id))
    except Refused as refusal:
        raise click.ClickException(_sentence(refusal)) from refusal
    jobs.remove_files()
    for kind, count in emptied.items():
        click.echo(f"{kind.value:<11} {count}")


@customers.command("export")
@click.argument("customer_id", type=int)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(customer_id: int, file: Path) -> None:
    """Write everything about a customer into a new ZIP file that only you may read."""
    shop_id = _shop_of(customer_id)
    try:
        file.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error
    with file.open("wb") as opened:
        archive.write_archive(opened, customer_id, shop_id=shop_id)
    click.echo(f"Written: {file}")


@customers.command("erase-again")
def erase_again() -> None:
    """Erase those whom a restored backup brought back. The worker does it each night."""
    shops = db.session.scalars(select(Shop.id).order_by(Shop.id)).all()
    done = [jobs.erase_again(ShopId(shop_id)) for shop_id in shops]
    jobs.remove_files()
    refused = {customer_id: why for one in done for customer_id, why in one.refused.items()}
    for customer_id, why in refused.items():
        click.echo(f"WAITS customer {customer_id}: {_sentence(why)}")
    click.echo(f"{sum(len(one.erased) for one in done)} erased again, {len(refused)} wait")
    if refused:
        raise SystemExit(1)


def _sentence(refusal: Refused) -> str:
    return str(get_template_attribute("_refusals.html", "refusal_sentence")(refusal)).strip()


def _shop_of(customer_id: int) -> ShopId:
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        raise click.ClickException(f"there is no customer {customer_id}")
    return ShopId(customer.shop_id)
