"""`flask promises`: how well dates are foretold, and learning at once instead of tonight."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import click
from flask.cli import AppGroup

from repairshop import clock
from repairshop.promises import jobs
from repairshop.promises.estimates import Estimate, Learner, Spell, replay
from repairshop.promises.past import list_shops, list_spells
from repairshop.promises.queries import get_calendar
from repairshop.promises.rules import Calendar
from repairshop.promises.scoring import Score, score
from repairshop.tickets.stages import Stage

promises = AppGroup("promises", help="The dates that customers are told.")

_REPAIRS = 10_000
_LEARNT_FROM = 0.5  # the older share of the repairs is there to learn from and is not scored
Said = list[tuple[Spell, Estimate]]


@promises.command("learn")
def learn() -> None:
    """Read anew what finished repairs tell. The worker does it every night."""
    for shop_id, name in list_shops():
        click.echo(f"{name}: {jobs.learn(shop_id)} groups of like repairs")


@promises.command("backtest")
@click.option("--json", "as_json", is_flag=True, help="For programs: one object instead of the table.")
@click.option("--repairs", default=_REPAIRS, show_default=True, help="How many of a shop's newest repairs.")
def backtest(as_json: bool, repairs: int) -> None:
    """Foretell finished repairs from the older ones and compare with what came true.

    Each repair is foretold on entering a stage, from repairs that were ready by then. The newer half is
    scored. The first line is for machines: the share that was ready by the day of 8 in 10 when the device
    came in, and how much wider the two dates lay apart than they truly did.
    """
    sides = [_side(shop_id, repairs) for shop_id, _ in list_shops()]
    rows = _rows(sides)
    first = rows.get(Stage.RECEIVED)
    if first is None:
        raise click.ClickException("there are too few finished repairs to foretell any")
    if as_json:
        click.echo(json.dumps(_plain(first) | {"stages": {each: _plain(row) for each, row in rows.items()}}))
        return
    click.echo(f"coverage={first.kept:.3f} width_ratio={first.width_ratio:.2f} n={first.count}")
    click.echo(f"{'from':<20}{'repairs':>8}{'half by':>9}{'8 in 10 by':>12}{'apart, h':>10}{'truly':>8}")
    for stage, row in rows.items():
        click.echo(
            f"{stage.value:<20}{row.count:>8}{row.half_kept:>9.3f}{row.kept:>12.3f}"
            f"{row.width:>10.1f}{row.true_width:>8.1f}"
        )


@dataclass(frozen=True, kw_only=True)
class _Side:
    """One shop's estimates that are scored, with the calendar they were made in."""

    calendar: Calendar
    said: Said


def _side(shop_id: int, repairs: int) -> _Side:
    spells = list_spells(shop_id, limit=repairs, before=clock.now())
    since = _split(spells)
    said = [
        (spell, estimate)
        for spell, estimate in replay(Learner(), spells)
        if estimate is not None and spell.entered_at >= since
    ]
    return _Side(calendar=get_calendar(shop_id), said=said)


def _split(spells: Sequence[Spell]) -> datetime:
    """The moment from which on repairs are scored."""
    entered = sorted(spell.entered_at for spell in spells)
    return entered[int(_LEARNT_FROM * len(entered))] if entered else clock.now()


def _rows(sides: Sequence[_Side]) -> dict[Stage, Score]:
    found = {}
    for stage in Stage:
        scores = [
            one
            for side in sides
            if (one := score([pair for pair in side.said if pair[0].stage is stage], calendar=side.calendar))
        ]
        if scores:
            found[stage] = _together(scores)
    return found


def _together(scores: Sequence[Score]) -> Score:
    """Of several shops, each counted by its repairs."""
    count = sum(each.count for each in scores)

    def mean(values: Sequence[float]) -> float:
        return sum(value * each.count for value, each in zip(values, scores, strict=True)) / count

    return Score(
        count=count,
        kept=mean([each.kept for each in scores]),
        half_kept=mean([each.half_kept for each in scores]),
        width=mean([each.width for each in scores]),
        true_width=mean([each.true_width for each in scores]),
    )


def _plain(row: Score) -> dict[str, float | int]:
    named = asdict(row)
    return {
        "coverage": round(named["kept"], 4),
        "width_ratio": round(row.width_ratio, 4),
        "n": row.count,
        "half_coverage": round(named["half_kept"], 4),
        "width_hours": round(named["width"], 2),
        "true_width_hours": round(named["true_width"], 2),
    }
