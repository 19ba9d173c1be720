"""Build the catalogue's seed files from published lists: script/build_catalogue_seeds.py FOLDER

FOLDER holds devices/apple_*.json, devices/android_device_names.csv and quests/*.csv. Run once when a
list changes; the results are committed, so that nobody else needs the folder. Only facts are taken:
names, identifiers and counts, never the free text that people wrote.
"""

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SEEDS = Path(__file__).resolve().parent.parent / "repairshop" / "catalogue" / "seeds"

# A market name or a model code that begins like this belongs to this maker; the first match wins.
MAKERS: tuple[tuple[str, str, str], ...] = tuple(
    (brand, re.sub(r"\s+", " ", name), model)
    for brand, name, model in (
        ("Samsung", r"galaxy|samsung", r"(SM|GT|SGH|SCH|SPH|SHV|SHW)-"),
        ("Google", r"pixel|nexus", r"(pixel|nexus)"),
        ("Xiaomi", r"redmi|poco|mi \w|xiaomi", r"(redmi|xiaomi|poco|mi )"),
        ("OnePlus", r"oneplus", r"oneplus"),
        ("Sony", r"xperia|sony", r"(SO-\d|SOV\d|XQ-)"),
        ("Motorola", r"moto\b|motorola|droid \w", r"(moto |motorola|XT\d{3,4})"),
        ("Nokia", r"nokia", r"(nokia|TA-\d)"),
        ("Huawei", r"huawei|mediapad", r"huawei"),
        ("Honor", r"honor", r"honor"),
        ("OPPO", r"oppo|find x\d|reno ?\d", r"CPH\d{4}"),
        ("realme", r"realme", r"RMX\d{4}"),
        ("vivo", r"vivo", r"vivo "),
        ("LG", r"lg\b|optimus", r"(LG-|LM-)"),
        ("HTC", r"htc|desire|wildfire", r"htc"),
        ("Asus", r"asus|zenfone|zenpad|rog phone|transformer|memo pad|fonepad", r"asus"),
        ("Lenovo", r"lenovo|yoga (tab|smart)", r"lenovo"),
        ("Acer", r"acer|iconia|liquid ", r"acer"),
        ("Alcatel", r"alcatel", r"alcatel"),
        ("TCL", r"tcl", r"tcl"),
        ("ZTE", r"zte|blade|axon", r"zte"),
        ("Amazon", r"fire (7|hd|phone)|kindle fire", r"KF[A-Z]{3,6}$"),
        ("Fairphone", r"fairphone", r"FP[1-5]$"),
        ("Doro", r"doro", r"(doro|DSB-)"),
        ("Wiko", r"wiko", r"wiko"),
        ("BlackBerry", r"blackberry", r"(BB[A-F]1|STV)"),
        ("Cat", r"cat (s|b)\d+", r"S\d\d$"),
        ("Archos", r"archos", r"archos"),
        ("Medion", r"medion|lifetab|lifephone", r"(medion|lifetab)"),
        ("Gigaset", r"gigaset", r"gigaset"),
        ("Tecno", r"tecno|camon|spark \d", r"tecno"),
        ("Infinix", r"infinix", r"infinix"),
        ("itel", r"itel", r"itel"),
        ("Meizu", r"meizu", r"meizu"),
        ("Sharp", r"aquos|sharp", r"SH-?\d"),
        ("Kyocera", r"kyocera|duraforce|hydro", r"kyocera"),
        ("Hisense", r"hisense", r"hisense"),
        ("Blackview", r"blackview", r"BV\d{4}"),
        ("Ulefone", r"ulefone|armor \w", r"ulefone"),
        ("Doogee", r"doogee", r"doogee"),
        ("Oukitel", r"oukitel", r"oukitel"),
        ("Cubot", r"cubot", r"cubot"),
        ("Umidigi", r"umidigi", r"umidigi"),
        ("BQ", r"aquaris", r"aquaris"),
        ("Microsoft", r"surface duo", r"surface duo"),
        ("HP", r"hp ", r"hp "),
        ("Dell", r"dell", r"dell"),
        ("Toshiba", r"toshiba|excite", r"AT\d{2,3}"),
        ("Panasonic", r"panasonic|eluga|toughpad", r"panasonic"),
        ("Mobvoi", r"ticwatch", r"ticwatch"),
        ("Fossil", r"fossil", r"fossil"),
    )
)
NOT_REPAIRED = re.compile(
    r"\b(tv|box|stick|projector|bravia|set.?top|player|car|vr|emulator|kiosk|terminal|pos|board|display|dongle|"
    r"fridge|refrigerator|signage|speaker|meeting|home hub)\b|android|smarttv|_tv",
    re.IGNORECASE,
)
TABLET = re.compile(
    r"\b(tab|tablet|t?pad\w*|slate|mediapad|zenpad|transformer|iconia|lifetab|kindle fire|fire (7|hd)\b)"
    r"|excite|tab\b|pad\b|nexus (7|9|10)\b|pixel c\b",
    re.IGNORECASE,
)
WATCH = re.compile(r"watch|moto 360|\bgear s", re.IGNORECASE)
LAPTOP = re.compile(r"chromebook|pixelbook|laptop|\bbook\b", re.IGNORECASE)
# English or Latin names with the usual signs only: anything else is a name of one country's shops.
READABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,+()&'/\-]{1,48}\Z")
# A bare code ("CPH1909", "5098O") is found by its identifier; as a name it only clutters the list.
BARE_CODE = re.compile(r"([A-Z]{2,6}[-_]?[A-Z]?\d{3,}\w*|\d{3,}\w*|HTC\w{6,})\Z")
# The makers' own prefix is the brand already.
BRAND_PREFIX = re.compile(
    r"^(samsung|sony|huawei|lenovo|asus|acer|htc|lg|zte|motorola|hp|dell|archos|medion)[ _]+", re.IGNORECASE
)


class Model(NamedTuple):
    device_type: str
    brand: str
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.device_type, self.brand.casefold(), re.sub(r"[^a-z0-9+]", "", self.name.casefold()))


def main(folder: Path) -> None:
    common = list(read_common())
    found: dict[tuple[str, str, str], tuple[Model, list[str]]] = {model.key: (model, []) for model in common}
    for model, identifier in [*read_apple(folder / "devices"), *read_android(folder / "devices")]:
        identifiers = found.setdefault(model.key, (model, []))[1]
        if identifier and identifier not in identifiers and identifier != model.name:
            identifiers.append(identifier)
    rest = sorted((entry for key, entry in found.items() if key not in {m.key for m in common}), key=sort_key)
    write_models([found[model.key] for model in common] + rest)
    write_shares(folder / "quests")


def sort_key(entry: tuple[Model, list[str]]) -> tuple[str, ...]:
    return tuple(part.casefold() for part in entry[0])


def read_common() -> Iterator[Model]:
    device_type = brand = ""
    for line in (SEEDS / "common_models.txt").read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w+) / (.+)\]", line):
            device_type, brand = heading.groups()
        elif line and not line.startswith("#"):
            yield Model(device_type, brand, line)


def read_apple(folder: Path) -> Iterator[tuple[Model, str]]:
    for path in sorted(folder.glob("apple_*-device-identifiers.json")):
        for identifier, names in json.loads(path.read_text(encoding="utf-8")).items():
            for name in [names] if isinstance(names, str) else names:
                if "Simulator" not in name:
                    yield Model(apple_type(name), "Apple", name), identifier


def apple_type(name: str) -> str:
    kinds = {"iPhone": "phone", "iPad": "tablet", "MacBook": "laptop", "iMac": "desktop", "Mac": "desktop"}
    kinds["Apple Watch"] = "watch"
    return next((kind for prefix, kind in kinds.items() if name.startswith(prefix)), "other")


def read_android(folder: Path) -> Iterator[tuple[Model, str]]:
    with (folder / "android_device_names.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = re.sub(r"\s+", " ", row["market_name"]).strip()
            brand = brand_of(name, row["model"])
            if not brand or not READABLE.match(name) or NOT_REPAIRED.search(name):
                continue
            short = BRAND_PREFIX.sub("", name)
            if not BARE_CODE.match(short):
                yield Model(android_type(name, brand), brand, short), usable(row["model"].strip())


def usable(identifier: str) -> str:
    return identifier if re.fullmatch(r"[\x21-\x7b\x7d\x7e ]{3,40}", identifier) else ""


def brand_of(name: str, model: str) -> str | None:
    for brand, name_pattern, model_pattern in MAKERS:
        if re.match(rf"(?:{name_pattern})", name, re.IGNORECASE) or re.match(model_pattern, model):
            return brand
    return None


def android_type(name: str, brand: str) -> str:
    if WATCH.search(name) or brand in {"Mobvoi", "Fossil"}:
        return "watch"
    if LAPTOP.search(name):
        return "laptop"
    return "tablet" if TABLET.search(name) else "phone"


def write_models(entries: list[tuple[Model, list[str]]]) -> None:
    commonest = sum(1 for _ in read_common())
    with (SEEDS / "models.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["device_type", "brand", "name", "rank", "identifiers"])
        for rank, (model, identifiers) in enumerate(entries, start=1):
            # The rest share one rank: their order is alphabetical and says nothing.
            writer.writerow([*model, min(rank, commonest + 1), "|".join(identifiers[:12])])


# The volunteers' fault types in our presets' keys; what says nothing about the fault is left out.
FAULT_KEYS = {
    "Access issue": "access", "Boot": "no_boot", "Camera": "camera", "Case/chassis": "casing",
    "Charger": "charger", "Configuration": "setup_help", "External damage": "casing",
    "Headphone jack": "headphone_jack", "Help/configuration": "setup_help", "Integrated keyboard": "keyboard",
    "Integrated media component": "media", "Integrated optical drive": "optical_drive",
    "Integrated pointing device": "trackpad", "Integrated screen": "screen", "Internal storage": "storage",
    "Liquid damage": "liquid", "Memory card slot": "card_slot", "Microphone": "microphone",
    "On/Off button": "buttons", "Operating system": "software", "Other buttons": "buttons",
    "Overheating": "cooling", "Performance": "slow", "Ports/slots/connectors": "charging_port",
    "Power/battery": "battery", "Screen": "screen", "Sim card slot": "sim_slot", "Software issue": "software",
    "Software update": "software", "Speaker/amplifier": "loudspeaker", "Storage problem": "storage",
    "Stuck booting": "no_boot", "System board": "board", "USB/charging port": "charging_port",
    "Virus/malware": "virus", "Volume buttons": "buttons",
}  # fmt: skip
QUESTS = {"mobifix.csv": "phone", "tabicat.csv": "tablet", "compcat_laptops.csv": "laptop"}


def write_shares(folder: Path) -> None:
    with (SEEDS / "fault_shares.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["device_type", "key", "records", "of_records"])
        for name, device_type in QUESTS.items():
            counts = count_faults(folder / name, device_type)
            for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
                writer.writerow([device_type, key, count, counts.total()])


def count_faults(path: Path, device_type: str) -> Counter[str]:
    """Records by preset key, those without a known fault left out."""
    counts: Counter[str] = Counter()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            # "Internal damage" is the board on phones and tablets; on laptops it is liquid or impact.
            internal = "liquid" if device_type == "laptop" else "board"
            key = internal if row["fault_type"] == "Internal damage" else FAULT_KEYS.get(row["fault_type"])
            if key:
                counts[key] += 1
    return counts


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: script/build_catalogue_seeds.py FOLDER")
    main(Path(sys.argv[1]))
