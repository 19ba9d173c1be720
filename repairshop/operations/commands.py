"""`flask doctor` and `flask audit`."""

import click
from flask import current_app
from flask.cli import AppGroup

from config import Config
from repairshop.operations import checks
from repairshop.operations.audit import Audit, walk_everything
from repairshop.operations.rules import HeadNotUnderstood, Level, PublishedHead, read_head

audit = AppGroup("audit", help="The history of every ticket.")

_SIGNS = {Level.OK: "ok   ", Level.HINT: "hint ", Level.WRONG: "WRONG"}


@click.command("doctor")
def doctor() -> None:
    """Look at settings, database, worker, photos, fonts and providers; say what is wrong and what to do."""
    config: Config = current_app.extensions["repairshop_config"]
    findings = checks.examine(config)
    for finding in findings:
        click.echo(f"{_SIGNS[finding.level]} {finding.about:<11} {finding.seen}")
        if finding.advice:
            click.echo(f"      {'':<11} {finding.advice}")
    problems = sum(finding.level is Level.WRONG for finding in findings)
    click.echo(f"{problems} to put right" if problems else "All is well")
    if problems:
        raise SystemExit(1)


@audit.command("verify")
@click.option(
    "--head", "heads", multiple=True, help="A published head to compare with: 2026-11-22:<64 digits>."
)
def verify(heads: tuple[str, ...]) -> None:
    """Walk every chain. Exit status 1 when an entry was changed, removed, swapped or cut off."""
    found = walk_everything(given=[_read(text) for text in heads])
    for line in _lines(found):
        click.echo(line)
    click.echo(
        f"{found.tickets} tickets with {found.entries} entries, {found.heads} published heads compared"
    )
    if not found.holds:
        raise SystemExit(1)
    click.echo("Every chain holds")


def _read(text: str) -> PublishedHead:
    try:
        return read_head(text)
    except HeadNotUnderstood as refusal:
        raise click.BadParameter(
            "a head is a day and 64 hexadecimal digits", param_hint="--head"
        ) from refusal


_REASONS = {
    "gap": "an entry is missing",
    "previous": "the entry does not follow from the one before",
    "hash": "the entry was changed",
    "truncated": "the last entries are missing",
}


def _lines(found: Audit) -> list[str]:
    lines = [
        f"BROKEN {chain.shop} {chain.number} ({chain.code}) at entry {chain.seq}: {_REASONS[chain.reason]}"
        for chain in found.broken
    ]
    lines += [
        f"BROKEN {head.shop} {head.day}: the day no longer gives its published head"
        for head in found.wrong_heads
    ]
    lines += [f"BROKEN {head.shop} {head.day}: the day's head is missing" for head in found.missing_heads]
    lines += [f"BROKEN {head.day}: no shop has the head you gave" for head in found.unmatched]
    return lines
