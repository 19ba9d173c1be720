"""`flask vault`: change the vault's key, and see what the key store holds."""

from pathlib import Path

import click
from flask import get_template_attribute
from flask.cli import AppGroup

from repairshop.errors import Refused
from repairshop.privacy import vault_queries
from repairshop.privacy.vault_keys import the_vault

vault = AppGroup("vault", help="The passcode vault.")


@vault.command("rotate")
@click.option(
    "--old-key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File that holds the former VAULT_KEY; otherwise VAULT_KEY_OLD is used.",
)
def rotate(old_key_file: Path | None) -> None:
    """Wrap every key under the VAULT_KEY of now. All of them, or none."""
    old = [old_key_file.read_text(encoding="utf-8").strip()] if old_key_file else []
    try:
        changed = the_vault().rotate(old)
    except Refused as refusal:
        sentence = get_template_attribute("_refusals.html", "refusal_sentence")(refusal)
        raise click.ClickException(str(sentence).strip()) from refusal
    click.echo(f"{changed} keys wrapped under {the_vault().master.id}")


@vault.command("status")
def status() -> None:
    """What the key store holds, under which keys, and which passcodes are without one."""
    opened, counts = the_vault(), the_vault().keys.count()
    click.echo(f"store   {opened.keys.address}")
    click.echo(f"key     {opened.master.id}")
    known = {master.id for master in opened.masters}
    for master_id, number in counts.by_master.items():
        click.echo(f"keys    {number} under {master_id}{'' if master_id in known else ' (not known here)'}")
    live = vault_queries.list_live_names()
    lost = live.keys() - opened.keys.find_states(live).keys()
    click.echo(f"stored  {len(live)} passcodes, {len(lost)} of them without a key")
    click.echo(f"gone    {counts.destroyed} destroyed")
    if lost or counts.by_master.keys() - known:
        raise SystemExit(1)
