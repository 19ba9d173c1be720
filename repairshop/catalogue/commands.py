"""`flask catalogue load`."""

import click
from flask.cli import AppGroup

from repairshop.catalogue import service
from repairshop.transaction import transaction

catalogue = AppGroup("catalogue", help="Device models, faults and checks.")


@catalogue.command("load")
def load() -> None:
    """Bring brands, models, faults and base prices into the database; safe to repeat."""
    with transaction():
        loaded = service.load_catalogue()
    click.echo(f"{loaded.models} models and {loaded.presets} faults added or changed")
