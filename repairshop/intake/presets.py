"""The faults on offer with what choosing one settles: price, dates, passcode."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from repairshop.catalogue import queries as catalogue
from repairshop.catalogue.queries import PresetRow
from repairshop.catalogue.rules import DeviceType
from repairshop.diagnostics.rules import MOST_AT_COUNTER
from repairshop.promises.queries import get_calendar
from repairshop.promises.rules import PromisedDates, usual_dates
from repairshop.staff.queries import ShopFacts
from repairshop.staff.rules import ShopId


@dataclass(frozen=True, kw_only=True)
class PresetFacts:
    """A fault with its usual dates from today on."""

    preset: PresetRow
    dates: PromisedDates

    @property
    def fixed_price_minor(self) -> int | None:
        """One price for everybody: the range has no width."""
        prices = self.preset.prices
        if prices is None or prices.starts_at != prices.at_most:
            return None
        return prices.at_most.minor


def list_preset_facts(shop: ShopFacts, *, at: datetime) -> list[PresetFacts]:
    calendar = get_calendar(shop.id)
    known: dict[tuple[int, int], PromisedDates] = {}
    facts = []
    for preset in catalogue.list_all_fault_presets(shop_id=ShopId(shop.id), currency=shop.currency):
        days = (preset.days_from, preset.days_to)
        if days not in known:
            known[days] = usual_dates(calendar, days_from=days[0], days_to=days[1], at=at)
        facts.append(PresetFacts(preset=preset, dates=known[days]))
    return facts


def list_checks_by_type() -> dict[DeviceType, tuple[str, ...]]:
    """What the counter check will ask of each type of device, as message ids."""
    return {
        type_: tuple(item.label for item in catalogue.list_test_items(type_) if item.at_counter)[
            :MOST_AT_COUNTER
        ]
        for type_ in DeviceType
    }


def find_chosen(presets: Iterable[PresetFacts], chosen: str | None) -> PresetFacts | None:
    """The fault that the form's field names."""
    return next((each for each in presets if str(each.preset.id) == chosen), None)
