"""The shop as it is now: every stage, some of it late, played through the verbs themselves."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from random import Random

from repairshop import clock
from repairshop.catalogue import queries as catalogue
from repairshop.demo.deliveries import deliver_until
from repairshop.demo.pictures import PICTURES
from repairshop.demo.play import Play, Stage
from repairshop.demo.rules import OpenHours
from repairshop.demo.scene import Scene, read_scenes
from repairshop.demo.service import Cast
from repairshop.media.rules import ReceivedPicture
from repairshop.media.service import receive_photo
from repairshop.staff.models import Shop
from repairshop.staff.rules import ShopId


def receive_pictures() -> dict[str, list[ReceivedPicture]]:
    """The drawn photos, checked and stored as any photo is; call it before a transaction opens.

    One for each scene that shows it: a picture in the store belongs to one photo.
    """
    wanted = [scene.photo for scene in read_scenes() if scene.photo]
    return {
        name: [receive_photo(PICTURES[name]()) for _ in range(wanted.count(name))] for name in set(wanted)
    }


def scenes_in_order() -> list[Scene]:
    """Oldest first, so that numbers grow with the days."""
    return sorted(read_scenes(), key=lambda scene: -scene.hours)


def set_stage(shop: Shop, *, cast: Cast, pictures: Mapping[str, list[ReceivedPicture]], seed: int) -> Stage:
    """What all scenes share; plain values, so it outlives a transaction."""
    presets = catalogue.list_all_fault_presets(shop_id=ShopId(shop.id), currency=shop.currency)
    return Stage(
        counter=cast.frank,
        bench=cast.tess,
        crew={"tess": cast.tess, "mira": cast.mira, "olga": cast.olga},
        hours=OpenHours(time_zone=shop.time_zone, opening_hours=shop.opening_hours),
        presets={(preset.device_type, preset.key): preset for preset in presets},
        photos=pictures,
        words=_words(),
        rng=Random(f"present {seed}"),  # noqa: S311 - invented people need no secrets
        now=clock.now(),
    )


def play(scene: Scene, stage: Stage) -> str:
    """Play one scene in the caller's transaction; the ticket's reference."""
    reference = Play(scene, stage).run()
    deliver_until(stage.now, shop_id=stage.counter.shop_id)
    return reference


def _words() -> Mapping[str, str]:
    with (Path(__file__).parent / "words" / "present.toml").open("rb") as file:
        words: Mapping[str, str] = tomllib.load(file)["words"]
    return words
