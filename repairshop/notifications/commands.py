"""`flask notices`: look at messages, try them again, hold them, let them go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from flask import get_template_attribute
from flask.cli import AppGroup
from sqlalchemy import func, select

from repairshop.database import db
from repairshop.errors import NotFound, Refused
from repairshop.notifications import operating
from repairshop.notifications.health import count_calls, delivery_health, find_restored, restored_sentence
from repairshop.notifications.metrics import metrics_text
from repairshop.notifications.models import DeliveryAttempt, OutgoingMessage
from repairshop.notifications.queries import MessageRow, get_message, list_messages
from repairshop.notifications.rules import State
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ShopId, system_actor
from repairshop.transaction import transaction

notices = AppGroup("notices", help="Messages to customers: look, try again, hold, release.")

_SHOP = click.option("--shop", "shop_name", help="Whose messages. Left out: the only shop there is.")
_IDS = click.argument("message_ids", metavar="ID…", nargs=-1, type=click.IntRange(1, 2**31 - 1))
_ALL = click.option("--all", "everything", is_flag=True, help="All of the shop's that can be, not by number.")


@notices.command("list")
@_SHOP
@click.option("--state", "states", multiple=True, type=click.Choice([state.value for state in State]))
@click.option("--ticket", "number", help="Of one ticket: its number, with or without the shop's letters.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="The newest so many."
)
def list_(shop_name: str | None, states: tuple[str, ...], number: str | None, limit: int) -> None:
    """The newest messages, one a line; without addresses and words."""
    shop = _shop(shop_name)
    rows = list_messages(
        shop.id,
        states=[State(state) for state in states],
        number=_bare(number, shop.number_prefix),
        limit=limit,
    )
    for row in rows:
        error = f"  {row.error_code}" if row.error_code else ""
        when = _moment(row.due_at or row.accepted_at or row.created_at)
        click.echo(
            f"{row.id:>8}  {row.state.value:<12}{row.channel.value:<7}{row.number or '-':<12}"
            f"{row.notice.value:<20}{when}  {row.attempts} tries{error}"
        )
    restored = find_restored(shop.id)
    if restored is not None:
        click.echo(restored_sentence(restored), err=True)
    click.echo(f"{len(rows)} shown" if rows else "None")


@notices.command("show")
@_SHOP
@click.argument("message_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
def show(shop_name: str | None, message_id: int) -> None:
    """One message with its words and every call that was made about it; its link is not shown."""
    shop = _shop(shop_name)
    with _sentences():
        row = get_message(message_id, shop_id=shop.id)
    for name, value in _facts(row):
        click.echo(f"{name:<12}{value}")
    for attempt in db.session.scalars(
        select(DeliveryAttempt)
        .where(DeliveryAttempt.message_id == row.id)
        .order_by(DeliveryAttempt.started_at, DeliveryAttempt.id)
    ):
        ended = _moment(attempt.ended_at) if attempt.ended_at else "not ended"
        words = f"{attempt.ending or 'open'} {attempt.provider_status} {attempt.error_code}".split()
        click.echo(f"{'call':<12}{_moment(attempt.started_at)} to {ended}: {' '.join(words)}")
    click.echo("")
    click.echo(row.text)


def _facts(row: MessageRow) -> list[tuple[str, object]]:
    facts = [
        ("state", row.state.value + (", went twice" if row.doubled else "")),
        ("about", row.notice.value),
        ("ticket", row.number or "-"),
        ("to", f"{row.recipient} by {row.channel.value}"),
        ("written", _moment(row.created_at)),
        ("not before", _moment(row.send_after)),
        ("next try", _moment(row.due_at) if row.due_at else "-"),
        ("accepted", _moment(row.accepted_at) if row.accepted_at else "-"),
        ("error", row.error_code or "-"),
    ]
    return [*facts, ("subject", row.subject)] if row.subject else list(facts)


@notices.command("retry")
@_SHOP
@_IDS
def retry(shop_name: str | None, message_ids: tuple[int, ...]) -> None:
    """Try these now. One whose answer was lost twice may reach the customer a second time: look first."""
    _do_each(message_ids, operating.retry_message, by=system_actor(ShopId(_shop(shop_name).id)))


@notices.command("hold")
@_SHOP
@_ALL
@_IDS
def hold(shop_name: str | None, everything: bool, message_ids: tuple[int, ...]) -> None:
    """Keep these until they are released. After restoring a backup: --all, before a worker starts."""
    by = system_actor(ShopId(_shop(shop_name).id))
    if _wants_all(everything, message_ids):
        with transaction():
            count = operating.hold_everything(by=by)
        click.echo(f"{count} held")
        return
    _do_each(message_ids, operating.hold_message, by=by)


@notices.command("release")
@_SHOP
@_ALL
@_IDS
def release(shop_name: str | None, everything: bool, message_ids: tuple[int, ...]) -> None:
    """Let these go now; with --all everything that waits for somebody's word, but not for the morning."""
    by = system_actor(ShopId(_shop(shop_name).id))
    if _wants_all(everything, message_ids):
        with transaction():
            count = operating.release_everything(by=by)
        click.echo(f"{count} released")
        return
    _do_each(message_ids, operating.release_message, by=by)


@notices.command("metrics")
def metrics() -> None:
    """How delivery is doing, as text that Prometheus reads; for the textfile collector, each minute."""
    click.echo(metrics_text(delivery_health(), count_calls(), _count_states()), nl=False)


def _count_states() -> dict[str, int]:
    rows = db.session.execute(
        select(OutgoingMessage.channel, OutgoingMessage.state, func.count()).group_by(
            OutgoingMessage.channel, OutgoingMessage.state
        )
    )
    return {f"{channel.value} {state.value}": count for channel, state, count in rows}


def _shop(name: str | None) -> Shop:
    """By its exact name, or the only one: a message's number never reaches into another shop by chance."""
    query = select(Shop).order_by(Shop.id)
    shops = db.session.scalars(query.where(Shop.name == name) if name is not None else query).all()
    if len(shops) == 1:
        return shops[0]
    if name is not None:
        raise click.BadParameter(f"there is no shop {name!r}", param_hint="--shop")
    if not shops:
        raise click.ClickException("There is no shop.")
    names = ", ".join(repr(shop.name) for shop in shops)
    raise click.UsageError(f"There are several shops; name one with --shop: {names}")


def _bare(number: str | None, prefix: str) -> int | None:
    if number is None:
        return None
    bare = number.strip().upper().removeprefix(prefix.upper()).lstrip("-# ")
    if not bare.isascii() or not bare.isdigit() or len(bare) > 9:
        raise click.BadParameter(f"{number!r} is no ticket's number", param_hint="--ticket")
    return int(bare)


def _wants_all(everything: bool, message_ids: tuple[int, ...]) -> bool:
    if everything == bool(message_ids):
        raise click.UsageError("Name the messages by number, or say --all.")
    return everything


def _do_each(message_ids: tuple[int, ...], act: Callable[..., None], *, by: Actor) -> None:
    """Each in a transaction of its own: one that cannot be keeps nobody else's from it."""
    if not message_ids:
        raise click.UsageError("Name the messages by number.")
    refused = 0
    for message_id in dict.fromkeys(message_ids):
        try:
            with transaction():
                act(message_id, by=by)
        except NotFound:
            refused += 1
            click.echo(f"{message_id}: no such message", err=True)
        except Refused as refusal:
            refused += 1
            click.echo(f"{message_id}: {_sentence(refusal)}", err=True)
        else:
            click.echo(f"{message_id}: done")
    if refused:
        raise SystemExit(1)


@contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except NotFound as refusal:
        raise click.ClickException("There is no such message.") from refusal


def _sentence(refusal: Refused) -> str:
    return str(get_template_attribute("_refusals.html", "refusal_sentence")(refusal)).strip()


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
