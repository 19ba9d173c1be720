"""What a scene says, as intake and quotes take it: the person, the device, the job, the draft of a quote."""

from datetime import date
from random import Random

from repairshop.catalogue.queries import PresetRow
from repairshop.catalogue.rules import DeviceType
from repairshop.customers.service import NewDevice
from repairshop.demo.rules import imei_of_no_phone, reserved_phone
from repairshop.demo.scene import Scene, Way
from repairshop.intake import people
from repairshop.intake import service as intake
from repairshop.quotes.draft_queries import DraftOption
from repairshop.quotes.drafts import DraftContent
from repairshop.quotes.terms import LineKind, QuoteLine

_PENCE = 100
_AT_MOST_MORE = 10


def person_of(scene: Scene, rng: Random) -> people.Person:
    first, _, last = scene.name.casefold().partition(" ")
    plain = "".join(letter for letter in f"{first[0]}.{last}" if letter.isascii() and letter != " ")
    new = people.NewCustomer(
        name=scene.name,
        phones=(reserved_phone(rng),),
        email=f"{plain}@example.com",
        language=scene.language,
    )
    return people.Person(new=new, is_another=True)


def device_of(scene: Scene, rng: Random) -> NewDevice:
    return NewDevice(
        device_type=scene.device_type,
        brand=scene.brand,
        model=scene.model,
        colour=scene.colour,
        imei=imei_of_no_phone(rng) if scene.device_type is DeviceType.PHONE else "",
        serial=f"{rng.randrange(36**4):04X}{rng.randrange(10**7):07d}",
    )


def job_of(scene: Scene, preset: PresetRow) -> intake.Job:
    return intake.Job(
        fault_key=preset.key,
        fault_label=preset.label,
        reported_fault=scene.says,
        condition_note=scene.condition,
        accessories=scene.accessories,
        spend_limit_minor=scene.limit * _PENCE or None,
        fixed_price_minor=scene.price * _PENCE if scene.way is Way.FIXED else None,
    )


def draft_of(scene: Scene, earliest: date, latest: date) -> DraftContent:
    """A line for the scene's part and one for its work; at most a little above the price."""
    lines = []
    if scene.part:
        lines.append(
            QuoteLine(
                kind=LineKind.PART,
                description=scene.part.name,
                unit_price_minor=scene.part.price * _PENCE,
                origin=scene.part.origin,
                device_will_show=scene.part.device_will_show,
            )
        )
    if scene.work:
        price = scene.work.price * _PENCE
        lines.append(QuoteLine(kind=LineKind.WORK, description=scene.work.name, unit_price_minor=price))
    most = (scene.price + _AT_MOST_MORE) * _PENCE
    option = DraftOption(lines=tuple(lines), at_most_minor=most)
    return DraftContent(options=[option], earliest=earliest, latest=latest)
