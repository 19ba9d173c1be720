"""What is known of makers' software and parts: the seeds, and what the shop says in their place."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.parts.models import PartEffect
from repairshop.parts.rules import FitsDevice, PartKind, PartOrigin


@dataclass(frozen=True, kw_only=True)
class EffectRow:
    """One entry. Its words go through gettext: message ids of the seeds, or the shop's own words."""

    id: int
    device_type: DeviceType
    maker: str
    model_range: str
    models: tuple[str, ...]
    kind: PartKind
    origins: frozenset[PartOrigin]  # none: whatever the origin
    pairing_needed: bool
    device_will_show: str
    feature_lost: str
    source_title: str
    source_url: str
    as_of: date
    own: bool
    replaces_id: int | None
    hidden: bool  # the shop's word that the entry it replaces does not hold here


def list_effects(
    shop_id: int, *, device: FitsDevice, kind: PartKind, origin: PartOrigin | None = None
) -> list[EffectRow]:
    """What is known of such a part in such a device; without an origin, for every origin.

    An empty list means that nothing is known, which is not the same as no effect.
    """
    model = or_(
        PartEffect.models_key == "",
        PartEffect.models_key.contains(f"|{device.model_key}|", autoescape=True)
        if device.model_key
        else PartEffect.models_key == "",
    )
    rows = _list(
        shop_id,
        PartEffect.device_type == device.device_type,
        PartEffect.maker_key == device.brand_key,
        PartEffect.kind == kind,
        PartEffect.hidden.is_(False),
        model,
    )
    return [row for row in rows if origin is None or not row.origins or origin in row.origins]


def list_all_effects(shop_id: int) -> list[EffectRow]:
    """Everything that is in force in the shop, the hidden ones too."""
    return _list(shop_id)


def get_effect(effect_id: int, *, shop_id: int) -> EffectRow:
    rows = _list(shop_id, PartEffect.id == effect_id)
    if not rows:
        raise NotFound
    return rows[0]


def _list(shop_id: int, *wanted: ColumnElement[bool]) -> list[EffectRow]:
    own = aliased(PartEffect)
    replaced = (
        select(own.id)
        .where(own.replaces_id == PartEffect.id, own.shop_id == shop_id, own.retired_at.is_(None))
        .exists()
    )
    query = (
        select(PartEffect)
        .where(
            or_(PartEffect.shop_id.is_(None), PartEffect.shop_id == shop_id),
            PartEffect.retired_at.is_(None),
            ~replaced,
            *wanted,
        )
        .order_by(PartEffect.device_type, PartEffect.maker_key, PartEffect.kind, PartEffect.id)
    )
    return [_row(effect) for effect in db.session.scalars(query)]


def _row(effect: PartEffect) -> EffectRow:
    return EffectRow(
        id=effect.id,
        device_type=effect.device_type,
        maker=effect.maker,
        model_range=effect.model_range,
        models=tuple(effect.models.split("|")) if effect.models else (),
        kind=effect.kind,
        origins=frozenset(PartOrigin(name) for name in effect.origins.split()),
        pairing_needed=effect.pairing_needed,
        device_will_show=effect.device_will_show,
        feature_lost=effect.feature_lost,
        source_title=effect.source_title,
        source_url=effect.source_url,
        as_of=effect.as_of,
        own=effect.shop_id is not None,
        replaces_id=effect.replaces_id,
        hidden=effect.hidden,
    )
