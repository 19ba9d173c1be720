"""flask similar rebuild"""

import click
from flask.cli import AppGroup

from repairshop.similar import service
from repairshop.transaction import transaction

similar = AppGroup("similar", help="Past repairs that are found by their words.")


@similar.command("rebuild")
def rebuild() -> None:
    """Write anew what every past repair is found by, batch by batch."""
    last: int | None = 0
    while last is not None:
        with transaction():
            last = service.rebuild_after(last)
    click.echo("Every past repair can be found again by what was found and what fixed it.")
