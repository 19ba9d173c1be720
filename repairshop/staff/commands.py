"""`flask shop`: the first shop and its owner's set-up link."""

import click
from flask import current_app, get_template_attribute, url_for
from flask.cli import AppGroup

from repairshop.errors import Refused
from repairshop.staff import queries, second_factor, service
from repairshop.transaction import transaction

shop = AppGroup("shop", help="Shops of this installation.")


@shop.command("create")
@click.option("--name", required=True, help="As customers know it.")
@click.option("--country", required=True, help="ISO 3166 code, such as GB.")
@click.option("--currency", required=True, help="ISO 4217 code, such as GBP.")
@click.option("--time-zone", required=True, help="IANA name, such as Europe/London.")
@click.option(
    "--language", "languages", multiple=True, help="en or es; repeat it. The first is the shop's own."
)
def create(name: str, country: str, currency: str, time_zone: str, languages: tuple[str, ...]) -> None:
    """Create a shop and print the link with which its owner sets a password. It works once, for 24 hours."""
    try:
        with transaction():
            made = service.create_shop(
                name=name,
                country=country,
                currency=currency,
                time_zone=time_zone,
                languages=list(languages) or ["en"],
            )
            token = service.invite_owner(made.id)
    except Refused as refusal:
        raise click.ClickException(_sentence(refusal)) from refusal
    click.echo(set_up_link(token))


@shop.command("owner-link")
@click.argument("name")
def owner_link(name: str) -> None:
    """Print a new set-up link for a shop, for an owner who lost the first one or the password."""
    try:
        with transaction():
            token = service.invite_owner_by_name(name)
    except Refused as refusal:
        raise click.ClickException(_sentence(refusal)) from refusal
    click.echo(set_up_link(token))


@shop.command("reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Remove second factor and recovery codes of somebody who lost both, such as the only owner."""
    with transaction():
        person = queries.find_staff_by_email(email)
        if person is not None:
            second_factor.forget_factors(person.id)
    if person is None:
        raise click.ClickException(f"Nobody has the address {email}.")


def set_up_link(token: str) -> str:
    """Built from the configured public address, never from a request's Host."""
    config = current_app.extensions["repairshop_config"]
    with current_app.test_request_context(base_url=config.public_url):
        return url_for("join.show", token=token, _external=True)


def _sentence(refusal: Refused) -> str:
    return str(get_template_attribute("_refusals.html", "refusal_sentence")(refusal)).strip()
