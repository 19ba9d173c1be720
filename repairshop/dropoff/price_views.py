"""What the shop charges for each fault: counter, quotes and the public price list go by it."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from repairshop.catalogue.queries import PresetRow, find_fault_preset, list_all_fault_presets
from repairshop.catalogue.rules import DeviceType, FaultPresetId
from repairshop.catalogue.service import set_fault_price
from repairshop.dropoff.forms import PriceForm
from repairshop.dropoff.rules import PriceChangedMeanwhile
from repairshop.errors import NotFound, Refused
from repairshop.staff.rules import Right, ShopId
from repairshop.staff.session import current_actor, current_shop
from repairshop.transaction import transaction
from repairshop.web.access import staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once
from repairshop.web.saying import say_done

fault_prices = Blueprint("fault_prices", __name__)


@fault_prices.get("/shop/prices")
@staff_only(Right.MANAGE)
def list_() -> ResponseReturnValue:
    """The faults of one type of device."""
    shop = current_shop()
    presets = list_all_fault_presets(shop_id=ShopId(shop.id), currency=shop.currency)
    types = sorted({each.device_type for each in presets}, key=list(DeviceType).index)
    asked = request.args.get("type", "")
    chosen = next((type_ for type_ in types if type_.value == asked), types[0] if types else None)
    offered = [each for each in presets if each.device_type is chosen]
    return render_template("dropoff/fault_prices.html", types=types, chosen=chosen, presets=offered)


@fault_prices.get("/shop/prices/<int:preset_id>")
@staff_only(Right.MANAGE)
def form(preset_id: int) -> ResponseReturnValue:
    preset, empty = _get(preset_id), PriceForm(formdata=None)
    empty.show(preset.prices)
    return _draw(preset, empty)


@fault_prices.post("/shop/prices/<int:preset_id>")
@staff_only(Right.MANAGE)
def change(preset_id: int) -> ResponseReturnValue:
    preset, sent = _get(preset_id), PriceForm()
    there = url_for(".list_", type=preset.device_type.value)
    if sent.validate():
        try:
            prices = sent.prices(currency=current_shop().currency)
            with transaction():
                once(sent, leads_to=there)
                _require_as_seen(_get(preset_id), sent)
                set_fault_price(preset.id, prices=prices, by=current_actor())
        except Refused as refusal:
            apply_refusal(sent, refusal)
        else:
            return say_done("price_saved", redirect(there))
    sent.note_seen(_get(preset_id).prices)
    return _draw(preset, sent), 422


def _require_as_seen(preset: PresetRow, sent: PriceForm) -> None:
    if preset.prices is not None and sent.seen.data and sent.seen.data != sent.words_of(preset.prices):
        raise PriceChangedMeanwhile(
            field="starts_at", low=preset.prices.starts_at, high=preset.prices.at_most
        )


def _get(preset_id: int) -> PresetRow:
    shop = current_shop()
    preset = find_fault_preset(FaultPresetId(preset_id), shop_id=ShopId(shop.id), currency=shop.currency)
    if preset is None:
        raise NotFound(preset_id)
    return preset


def _draw(preset: PresetRow, form: PriceForm) -> str:
    return render_template(
        "dropoff/fault_price.html", preset=preset, form=form, currency=current_shop().currency
    )
