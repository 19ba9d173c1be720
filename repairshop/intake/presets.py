"""The faults on offer with what choosing one settles: price, dates, passcode."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from repairshop.catalogue import queries as catalogue
from repairshop.catalogue.queries import PresetRow
from repairshop.catalogue.rules import DeviceType
from repairshop.diagnostics.list_queries import list_all_in_force
from repairshop.diagnostics.rules import MOST_AT_COUNTER
from repairshop.promises.estimates import Kind
from repairshop.promises.learnt import get_experience
from repairshop.promises.rules import PromisedDates, usual_dates
from repairshop.staff.queries import ShopFacts
from repairshop.staff.rules import ShopId
from repairshop.tickets.stages import Stage


@dataclass(frozen=True, kw_only=True)
class PresetFacts:
    """A fault with its dates from today on: those of like repairs, else the usual ones the shop has set."""

    preset: PresetRow
    dates: PromisedDates
    like: int | None  # how many repairs the dates come from

    @property
    def fixed_price_minor(self) -> int | None:
        """One price for everybody: the range has no width."""
        prices = self.preset.prices
        if prices is None or prices.starts_at != prices.at_most:
            return None
        return prices.at_most.minor


def list_preset_facts(shop: ShopFacts, *, at: datetime) -> list[PresetFacts]:
    experience = get_experience(shop.id, Stage.RECEIVED)
    usual = cache(partial(usual_dates, experience.calendar, at=at))
    facts = []
    for preset in catalogue.list_all_fault_presets(shop_id=ShopId(shop.id), currency=shop.currency):
        kind = Kind(device_type=preset.device_type, fault_key=preset.key)
        found = experience.find_dates(kind, at=at)
        dates = found.dates if found else usual(days_from=preset.days_from, days_to=preset.days_to)
        facts.append(PresetFacts(preset=preset, dates=dates, like=found.estimate.like if found else None))
    return facts


def list_checks_by_type(shop_id: int) -> dict[DeviceType, tuple[str, ...]]:
    """What the counter check will ask of each type of device, as words for the filter `translated`."""
    return {
        device_type: tuple(test.said("label") for test in tests if test.at_counter)[:MOST_AT_COUNTER]
        for device_type, tests in list_all_in_force(shop_id).items()
    }


def find_chosen(presets: Iterable[PresetFacts], chosen: str | None) -> PresetFacts | None:
    """The fault that the form's field names."""
    return next((each for each in presets if str(each.preset.id) == chosen), None)
