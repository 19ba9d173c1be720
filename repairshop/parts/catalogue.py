"""Verbs about the catalogue of parts, the suppliers, and what is known of makers' software."""

from typing import Any

from sqlalchemy import select

from repairshop import clock
from repairshop.catalogue.rules import require_name, search_text
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.parts import seed_files
from repairshop.parts.models import Part, PartEffect, Supplier
from repairshop.parts.rules import (
    BarcodeTaken,
    EffectFacts,
    PartFacts,
    PartId,
    SupplierFacts,
    SupplierTaken,
    folded_words,
    models_key,
    normalised_serial,
    require_effect,
)
from repairshop.parts.stock_rules import PartStillHere
from repairshop.staff.rules import Actor


def add_part(facts: PartFacts, *, by: Actor) -> PartId:
    """One more part the shop buys and fits; none of it is here yet."""
    part = Part(shop_id=by.shop_id)
    _describe(part, facts, by=by)
    db.session.add(part)
    db.session.flush()  # the caller goes on to its page
    return PartId(part.id)


def change_part(part_id: int, facts: PartFacts, *, by: Actor) -> None:
    """From now on; what was quoted, ordered and fitted keeps what it said."""
    _describe(get_part_for_change(part_id, by=by), facts, by=by)


def retire_part(part_id: int, *, by: Actor) -> None:
    """Offered no more; its history stays."""
    part = get_part_for_change(part_id, by=by)
    part.retired_at = part.retired_at or clock.now()


def bring_part_back(part_id: int, *, by: Actor) -> None:
    get_part_for_change(part_id, by=by).retired_at = None


def get_part_for_change(part_id: int, *, by: Actor) -> Part:
    part = db.session.get(Part, part_id)
    if part is None or part.shop_id != by.shop_id:
        raise NotFound
    return part


def _describe(part: Part, facts: PartFacts, *, by: Actor) -> None:
    barcode = normalised_serial(facts.barcode) or None
    if barcode is not None:
        taken = select(Part.id).where(
            Part.shop_id == by.shop_id, Part.barcode == barcode, Part.id != (part.id or 0)
        )
        if db.session.scalar(taken.limit(1)) is not None:
            raise BarcodeTaken(field="barcode")
    if facts.supplier_id is not None:
        _get_supplier(facts.supplier_id, by=by)
    if part.id and part.serialised != facts.serialised and (part.on_hand or part.faulty):
        raise PartStillHere(field="serialised")
    part.name = require_name(facts.name, field="name")
    part.kind, part.device_type, part.family = facts.kind, facts.device_type, facts.family
    part.brand, part.brand_key = facts.brand, folded_words(facts.brand)
    part.models, part.models_key = "|".join(facts.models), models_key(facts.models)
    part.minutes, part.price_minor = facts.minutes, facts.price_minor
    part.origin, part.warranty_days = facts.origin, facts.warranty_days
    part.supplier_id, part.supplier_number = facts.supplier_id, facts.supplier_number
    part.barcode, part.serialised = barcode, facts.serialised
    part.search = search_text(part.name, part.brand, *facts.models, facts.supplier_number)


def add_supplier(facts: SupplierFacts, *, by: Actor) -> int:
    """One more, or one that was ordered from before."""
    gone = select(Supplier).where(
        Supplier.shop_id == by.shop_id,
        Supplier.folded == folded_words(facts.name),
        Supplier.retired_at.is_not(None),
    )
    supplier = db.session.scalar(gone) or Supplier(shop_id=by.shop_id)
    supplier.retired_at = None
    _describe_supplier(supplier, facts, by=by)
    db.session.add(supplier)
    db.session.flush()  # a part may name it at once
    return supplier.id


def change_supplier(supplier_id: int, facts: SupplierFacts, *, by: Actor) -> None:
    _describe_supplier(_get_supplier(supplier_id, by=by), facts, by=by)


def retire_supplier(supplier_id: int, *, by: Actor) -> None:
    """Ordered from no more; its parts keep its name."""
    supplier = _get_supplier(supplier_id, by=by)
    supplier.retired_at = supplier.retired_at or clock.now()


def _describe_supplier(supplier: Supplier, facts: SupplierFacts, *, by: Actor) -> None:
    name = require_name(facts.name, field="name")
    same = select(Supplier).where(
        Supplier.shop_id == by.shop_id,
        Supplier.folded == folded_words(name),
        Supplier.id != (supplier.id or 0),
    )
    with db.session.no_autoflush:
        if db.session.scalar(same.limit(1)) is not None:
            raise SupplierTaken(field="name", name=name)
    supplier.name, supplier.folded = name, folded_words(name)
    supplier.contact, supplier.lead_days = facts.contact, facts.lead_days


def _get_supplier(supplier_id: int, *, by: Actor) -> Supplier:
    supplier = db.session.get(Supplier, supplier_id)
    if supplier is None or supplier.shop_id != by.shop_id:
        raise NotFound
    return supplier


def add_effect(facts: EffectFacts, *, by: Actor) -> int:
    """What the shop has learnt about a maker's software."""
    require_effect(facts)
    effect = PartEffect(shop_id=by.shop_id, **_effect_values(facts))
    db.session.add(effect)
    db.session.flush()  # the caller names it
    return effect.id


def change_effect(effect_id: int, facts: EffectFacts, *, by: Actor) -> None:
    """Changes the shop's own entry; one that came with the program gets the shop's in its place."""
    require_effect(facts)
    own = _own_effect(effect_id, by=by)
    for name, value in _effect_values(facts).items():
        setattr(own, name, value)


def hide_effect(effect_id: int, *, by: Actor) -> None:
    """It does not hold here: the shop's own entry goes, one that came with the program is passed over."""
    effect = _find_effect(effect_id, by=by)
    if effect.shop_id is not None and effect.replaces_id is None:
        effect.retired_at = effect.retired_at or clock.now()
        return
    _own_effect(effect_id, by=by).hidden = True


def restore_effect(effect_id: int, *, by: Actor) -> None:
    """Back to what came with the program."""
    effect = _find_effect(effect_id, by=by)
    if effect.shop_id is None or effect.replaces_id is None:
        raise NotFound
    db.session.delete(effect)


def _own_effect(effect_id: int, *, by: Actor) -> PartEffect:
    """The shop's row for this entry, made in place of the program's where there is none yet."""
    effect = _find_effect(effect_id, by=by)
    if effect.shop_id is not None:
        return effect
    query = select(PartEffect).where(PartEffect.shop_id == by.shop_id, PartEffect.replaces_id == effect.id)
    own = db.session.scalar(query)
    if own is None:
        copied = {name: getattr(effect, name) for name in _EFFECT_COLUMNS}
        own = PartEffect(shop_id=by.shop_id, replaces_id=effect.id, **copied)
        db.session.add(own)
        db.session.flush()  # found by the next call
    return own


def _find_effect(effect_id: int, *, by: Actor) -> PartEffect:
    effect = db.session.get(PartEffect, effect_id)
    if effect is None or effect.shop_id not in {None, by.shop_id} or effect.retired_at is not None:
        raise NotFound
    return effect


_EFFECT_COLUMNS = (
    "device_type",
    "maker",
    "maker_key",
    "model_range",
    "models",
    "models_key",
    "kind",
    "origins",
    "pairing_needed",
    "device_will_show",
    "feature_lost",
    "source_title",
    "source_url",
    "as_of",
    "hidden",
)


def _effect_values(facts: EffectFacts) -> dict[str, Any]:
    return {
        "device_type": facts.device_type,
        "maker": require_name(facts.maker, field="maker"),
        "maker_key": folded_words(facts.maker),
        "model_range": facts.model_range,
        "models": "|".join(facts.models),
        "models_key": models_key(facts.models),
        "kind": facts.kind,
        "origins": " ".join(sorted(origin.value for origin in facts.origins)),
        "pairing_needed": facts.pairing_needed,
        "device_will_show": facts.device_will_show,
        "feature_lost": facts.feature_lost,
        "source_title": facts.source_title,
        "source_url": facts.source_url,
        "as_of": facts.as_of,
        "hidden": False,
    }


def load_effects() -> int:
    """Bring the entries of the program into the database; safe to repeat, touches no shop's own rows."""
    query = select(PartEffect).where(PartEffect.shop_id.is_(None))
    known = {effect.seed_key: effect for effect in db.session.scalars(query)}
    changed = 0
    for key, facts in seed_files.read_effects().items():
        effect, values = known.pop(key, None), _effect_values(facts)
        if effect is None:
            db.session.add(PartEffect(seed_key=key, **values))
            changed += 1
        elif effect.retired_at or any(getattr(effect, name) != value for name, value in values.items()):
            effect.retired_at = None
            for name, value in values.items():
                setattr(effect, name, value)
            changed += 1
    for gone in known.values():  # what the program no longer says
        gone.retired_at = gone.retired_at or clock.now()
    return changed
