"""`flask parts load`."""

import click
from flask.cli import AppGroup

from repairshop.parts import catalogue
from repairshop.transaction import transaction

parts = AppGroup("parts", help="What is known of makers' software and parts.")


@parts.command("load")
def load() -> None:
    """Bring what is known of makers' software into the database; safe to repeat."""
    with transaction():
        changed = catalogue.load_effects()
    click.echo(f"{changed} entries about parts added or changed")
