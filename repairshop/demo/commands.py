"""`flask demo`: the invented shop a newcomer tries the program with."""

import gc
import json
import os
import secrets
import time
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from config import Config
from repairshop.demo import present, queries, service
from repairshop.demo.letters import write_letters
from repairshop.demo.queries import StageTicket
from repairshop.promises.jobs import learn
from repairshop.reports.report_rules import FINISHED
from repairshop.staff.passwords import hashed
from repairshop.tickets.links import token_for
from repairshop.tickets.portal_links import get_link
from repairshop.tickets.rules import LinkOrigin
from repairshop.transaction import transaction

demo = AppGroup("demo", help="The invented shop.")

_BATCH = 500
_KEPT_IN = "demo-password"


@demo.command("load")
@click.option(
    "--tickets",
    default=1000,
    show_default=True,
    type=click.IntRange(0, 2_000_000),
    help="Closed tickets of its past.",
)
@click.option("--seed", default=1, show_default=True, help="Another number gives another shop.")
def load(tickets: int, seed: int) -> None:
    """Make the demo shop with its people and its past, or add what its past lacks.

    People, numbers and addresses are invented: Ofcom's range for drama and example.com.
    """
    config: Config = current_app.extensions["repairshop_config"]
    _refuse_in_production(config)
    is_new = service.find_demo_shop() is None
    password_hash = hashed(get_password(config)) if is_new else ""
    with transaction():
        shop = service.find_demo_shop() or service.make_shop(password_hash=password_hash)
        missing = max(0, tickets - service.count_past(shop.id))
        past = service.begin_past(shop, count=missing, seed=seed)
    gc.freeze()  # what is loaded stays: the collector need not walk it again for every batch of rows
    started = time.monotonic()
    while not past.is_done:
        with transaction():
            past.write_next(size=_BATCH)
        click.echo(f"\r{past.tickets:,} of {missing:,} tickets", nl=False, err=True)
    if is_new:
        _play_present(seed)
        with (
            transaction()
        ):  # afterwards: its scenes were played at times of their own, and nobody answers them
            service.set_usual_limits(service.get_demo_shop())
    if is_new or past.tickets:
        learn(shop.id)
    seconds = time.monotonic() - started
    click.echo("", err=True)
    made = "Made" if is_new else "Found"
    click.echo(f"{made} the demo shop; {past.tickets} tickets with {past.rows} rows added in {seconds:.1f} s")


def _refuse_in_production(config: Config) -> None:
    """Passwords and customers' links are printed here; invented people have no place among real ones."""
    if config.is_production:
        raise click.ClickException("The demo shop is not for production. Start with `flask shop create`.")


def _play_present(seed: int) -> None:
    pictures = present.receive_pictures()
    scenes = present.scenes_in_order()
    shop = service.get_demo_shop()
    stage = present.set_stage(shop, cast=service.get_cast(shop), pictures=pictures, seed=seed)
    for number, scene in enumerate(scenes, start=1):
        with transaction():
            present.play(scene, stage)
        click.echo(f"\r{number} of {len(scenes)} open jobs        ", nl=False, err=True)
    with transaction():
        write_letters(cast=service.get_cast(service.get_demo_shop()), at=stage.now)


@demo.command("links")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def links(as_json: bool) -> None:
    """Who can sign in, and one ticket for each stage with its addresses."""
    _refuse_in_production(current_app.extensions["repairshop_config"])
    found = find_links()
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for person in found["staff"]:
        click.echo(f"{person['role']:<20}{person['email']:<24}{person['password']}")
    for addresses in found["tickets"]:
        click.echo(f"{addresses['stage']:<20}{addresses['number']:<12}{addresses['portal_url']}")


def find_links() -> dict[str, list[dict[str, str]]]:
    """{"staff": [{role, email, password}], "tickets": [{stage, code, number, staff_url, portal_url, …}]}."""
    config: Config = current_app.extensions["repairshop_config"]
    with transaction():  # a portal link is made at first need
        shop = service.find_demo_shop()
        if shop is None:
            raise click.ClickException("There is no demo shop. Make it with `flask demo load`.")
        tickets = [_addresses(ticket, config) for ticket in queries.list_stage_tickets(shop.id)]
    password = get_password(config)
    staff = [{"role": role.value, "email": email, "password": password} for _, email, role in service.CAST]
    return {"staff": staff, "tickets": tickets}


def _addresses(ticket: StageTicket, config: Config) -> dict[str, str]:
    link = get_link(ticket.visit_id, ticket.customer_id, origin=LinkOrigin.SMS)
    token = token_for(link.id, version=link.version, key=config.link_key)
    root = config.public_url.rstrip("/")
    addresses = {
        "stage": ticket.stage.value,
        "code": ticket.code,
        "number": ticket.number,
        "staff_url": f"{root}/tickets/{ticket.code}",
        "portal_url": f"{root}/t/{token}",
    }
    if ticket.stage in FINISHED:
        addresses["report_url"] = f"{root}/tickets/{ticket.code}/report.pdf"
    return addresses


def get_password(config: Config) -> str:
    """The one of the settings, else one made at first need and kept in the data folder."""
    if config.demo_password:
        return config.demo_password
    path: Path = config.data / _KEPT_IN
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        password = secrets.token_urlsafe(12)
        file.write(password + "\n")
    return password
