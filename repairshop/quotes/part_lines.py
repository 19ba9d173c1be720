"""Lines taken from the parts' catalogue, with what is known about the part before anybody agrees to it."""

from collections.abc import Iterable
from dataclasses import dataclass

from repairshop.parts.catalogue_queries import PartRow, device_of, find_part, suggest_parts
from repairshop.parts.knowledge_queries import EffectRow, list_effects
from repairshop.parts.rules import FitsDevice
from repairshop.quotes.terms import LineKind, QuoteLine, work_price_minor
from repairshop.tickets.queries import TicketHead

_LONGEST = 300


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A part as a line, and the minutes it usually takes to fit it."""

    line: QuoteLine
    minutes: int


def list_suggested_parts(head: TicketHead) -> list[PartRow]:
    """Parts for the ticket's device, those that are here first."""
    return suggest_parts(head)


def take_part(part_id: int, *, head: TicketHead) -> Taken | None:
    """None for a part of another shop, one in another currency, or one that is out of use."""
    part = find_part(part_id, shop_id=head.shop_id)
    if part is None or part.is_retired or part.price.currency != head.currency:
        return None
    return Taken(line=line_of(part, device=device_of(head.id), shop_id=head.shop_id), minutes=part.minutes)


def fitting_of(taken: Taken, rate: int | None) -> tuple[QuoteLine, ...]:
    """The usual work of fitting the part at `rate` minor units an hour; none where either is not known."""
    if rate is None or not taken.minutes:
        return ()
    work = QuoteLine(
        kind=LineKind.WORK,
        description=taken.line.description,
        unit_price_minor=work_price_minor(taken.minutes, hourly_rate_minor=rate),
        minutes=taken.minutes,
        hourly_rate_minor=rate,
    )
    return (work,)


def line_of(part: PartRow, *, device: FitsDevice, shop_id: int) -> QuoteLine:
    """The words of several entries that hold stand one after the other."""
    effects = list_effects(shop_id, device=device, kind=part.kind, origin=part.origin)
    return QuoteLine(
        kind=LineKind.PART,
        description=part.name,
        unit_price_minor=part.price.minor,
        origin=part.origin,
        device_will_show=_together(effect.device_will_show for effect in effects),
        feature_lost=_together(effect.feature_lost for effect in effects),
        source=_together(_source(effect) for effect in effects),
        warranty_days=part.warranty_days,
        part_id=part.id,
    )


def _source(effect: EffectRow) -> str:
    return f"{effect.source_title} ({effect.as_of.isoformat()})" if effect.source_title else ""


def _together(words: Iterable[str]) -> str:
    return ". ".join(dict.fromkeys(filter(None, words)))[:_LONGEST]
