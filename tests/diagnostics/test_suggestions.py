"""Failed tests say where to look, and there stands what mends it and how long that takes."""

from dataclasses import dataclass

from repairshop.catalogue.queries import list_fault_presets
from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.catalogue.service import load_catalogue
from repairshop.diagnostics.suggestions import MOST_PLACES, suggest
from repairshop.parts.rules import PartKind
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_ticket
from tests.counting import counted_queries
from tests.parts.builders import make_part


@dataclass(frozen=True, kw_only=True)
class Failed:
    key: str
    points_to: tuple[FaultFamily, ...]


@dataclass(frozen=True, kw_only=True)
class Fault:
    key: str
    family: FaultFamily


CHARGE = Failed(key="charge_wired", points_to=(FaultFamily.CHARGING, FaultFamily.BATTERY))
HEALTH = Failed(key="battery_health", points_to=(FaultFamily.BATTERY,))
POWER = Failed(key="power_on", points_to=(FaultFamily.POWER, FaultFamily.BATTERY, FaultFamily.BOARD))


def test_the_place_most_failed_tests_point_to_stands_first() -> None:
    faults = [
        Fault(key="port", family=FaultFamily.CHARGING),
        Fault(key="battery", family=FaultFamily.BATTERY),
        Fault(key="swollen", family=FaultFamily.BATTERY),
    ]

    parts = [Fault(key=f"cell {number}", family=FaultFamily.BATTERY) for number in range(9)]

    found = suggest([CHARGE, HEALTH, POWER], faults, parts)

    assert [(place.family, [check.key for check in place.because]) for place in found] == [
        (FaultFamily.BATTERY, ["charge_wired", "battery_health", "power_on"]),
        (FaultFamily.CHARGING, ["charge_wired"]),
        (FaultFamily.POWER, ["power_on"]),
        (FaultFamily.BOARD, ["power_on"]),
    ]
    assert [fault.key for fault in found[0].faults] == ["battery", "swollen"]
    assert [part.key for part in found[0].parts] == ["cell 0", "cell 1", "cell 2"]
    assert (found[2].faults, found[2].parts) == ((), ())


def test_nothing_failed_suggests_nothing_and_much_suggests_little() -> None:
    every = [Failed(key=family.value, points_to=(family,)) for family in FaultFamily]

    assert suggest([], [Fault(key="battery", family=FaultFamily.BATTERY)], []) == []
    assert [place.family for place in suggest(every, [], [])] == list(FaultFamily)[:MOST_PLACES]


def test_the_diagnosis_page_shows_faults_minutes_and_prices(app, tess) -> None:
    with app.app_context():
        with transaction():
            load_catalogue()
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        offered = list_fault_presets(DeviceType.PHONE, shop_id=tess.actor.shop_id, currency="GBP")
        battery = next(preset for preset in offered if preset.family is FaultFamily.BATTERY)
    there = f"/tickets/{reference}/findings"
    assert "The failed tests point to" not in tess.get(there).text

    tess.send(f"/tickets/{reference}/tests/before", {"verdict-battery_health": "fail"})

    page = tess.get(there).text
    assert "The failed tests point to" in page
    assert battery.label in page
    assert f"{battery.minutes} minutes" in page
    assert f"£{battery.prices.at_most.minor / 100:.2f}" in page
    assert f"{there}?section=battery#section" in page
    assert '<option selected value="battery">' in tess.get(f"{there}?section=battery").text
    assert "selected" not in tess.get(f"{there}?section=moon").text.split('id="section"')[1][:400]


def test_parts_that_fit_and_mend_it_stand_there_with_their_minutes(app, tess, mira) -> None:
    with app.app_context():
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)
        device = get_ticket(reference).device
        brand, model = device.brand, device.model
        battery = {"kind": PartKind.BATTERY, "family": FaultFamily.BATTERY, "brand": brand, "minutes": 35}
        make_part(mira.actor, "Cell that fits", models=(model,), price_minor=4250, **battery)
        make_part(mira.actor, "Cell of another model", models=("Another",), **battery)
        make_part(mira.actor, "Screen that fits", brand=brand, models=(model,))

    tess.send(f"/tickets/{reference}/tests/before", {"verdict-battery_health": "fail"})

    page = tess.get(f"/tickets/{reference}/findings").text
    assert "Cell that fits" in page
    assert "35 minutes" in page
    assert "£42.50" in page
    assert "none here" in page
    assert "Cell of another model" not in page
    assert "Screen that fits" not in page


def test_more_failed_tests_cost_no_more_queries(app, tess) -> None:
    with app.app_context():
        with transaction():
            load_catalogue()
        reference = make_ticket(tess.actor, stage=Stage.DIAGNOSING)

    def cost() -> int:
        tess.get(f"/tickets/{reference}/findings")
        with counted_queries(app) as counted:
            tess.get(f"/tickets/{reference}/findings")
        return counted.count

    tess.send(f"/tickets/{reference}/tests/before", {"verdict-wifi": "fail"})
    few = cost()
    tess.send(
        f"/tickets/{reference}/tests/before",
        {f"verdict-{key}": "fail" for key in ("boot", "touch", "gps", "nfc", "display")},
    )

    assert cost() == few
