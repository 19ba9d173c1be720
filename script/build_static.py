"""Makes repairshop/static/built: subset fonts, our CSS and modules under hashed names, compressed copies.

Sources are the other folders of repairshop/static; fonts come from their packages. A file's name holds a
hash of its content, so browsers may keep it for good. manifest.json tells the names to web/assets.py.
Nothing is done when nothing changed.
"""

import gzip
import hashlib
import importlib.util
import io
import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

STATIC = Path(__file__).resolve().parents[1] / "repairshop" / "static"
BUILT = STATIC / "built"

COMPRESSED = {".css", ".js", ".svg", ".webmanifest"}

# French writes it before : ; ? and », and many countries between thousands. Our fonts lack it.
NARROW_SPACE, NO_BREAK_SPACE = 0x202F, 0xA0
LATIN = [*range(0x20, 0x7F), *range(NO_BREAK_SPACE, 0x100), NARROW_SPACE]
# The letters of the languages around us, the signs they are written with, and those that pages draw.
LATIN_EXTENDED = [*range(0x100, 0x17F), 0x218, 0x219, 0x21A, 0x21B, 0x1E9E]
SIGNS = [ord(sign) for sign in "–—‘’‚“”„†•…‰‹›€£™−×≈≤≥"]
SHAPES = [ord(shape) for shape in "←↑→↓✓✗●○◆▲△⚠"]  # not in the text face
# What pages in our own languages are written with. A file of at most 14 kB comes in the first window of a new
# connection; the rest, for names from elsewhere, is a file of its own that most pages never ask for.
OURS = [
    *range(0x20, 0x7F),
    NO_BREAK_SPACE,
    NARROW_SPACE,
    *map(ord, "áéíóúüñäößàâçèêîïôùûëæœÁÉÍÓÚÜÑÄÖÀÂÇÈÊÔŒ¿¡«»‘’“”„–—…·•°º§£€×−"),
]
THE_REST = sorted({*LATIN, *LATIN_EXTENDED, *SIGNS} - {*OURS})
CODE_SIGNS = [ord(sign) for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789- "]


@dataclass(frozen=True, kw_only=True)
class Font:
    """One font file a page loads, and what is kept of the package's."""

    name: str
    package: str
    file: str
    characters: tuple[int, ...]
    features: tuple[str, ...]
    weights: tuple[int, int]


FONTS = (
    Font(
        name="fonts/text.woff2",
        package="fontpkg_hanken_grotesk",
        file="HankenGrotesk[wght].ttf",
        characters=tuple(OURS),
        features=("kern", "ccmp", "locl", "tnum", "lnum"),
        weights=(400, 700),
    ),
    Font(
        name="fonts/text-more.woff2",
        package="fontpkg_hanken_grotesk",
        file="HankenGrotesk[wght].ttf",
        characters=tuple(THE_REST),
        features=("mark", "mkmk", "ccmp", "locl"),
        weights=(400, 700),
    ),
    # The customer's page shows codes and nothing else in this face.
    Font(
        name="fonts/code.woff2",
        package="fontpkg_jetbrains_mono",
        file="JetBrainsMono[wght].ttf",
        characters=tuple(CODE_SIGNS),
        features=("zero", "ccmp"),
        weights=(400, 700),
    ),
    Font(
        name="fonts/code-full.woff2",
        package="fontpkg_jetbrains_mono",
        file="JetBrainsMono[wght].ttf",
        characters=(*LATIN, *SIGNS, *SHAPES),
        features=("zero", "ccmp", "locl"),
        weights=(400, 700),
    ),
    # Documents: one file a weight, because cutting a weight costs a PDF half a second.
    *(
        Font(
            name=f"fonts/print-{name}-{weight}.woff2",
            package=package,
            file=file,
            characters=(*LATIN, *LATIN_EXTENDED, *SIGNS, *SHAPES),
            features=("kern", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum", "zero"),
            weights=(weight, weight),
        )
        for name, package, file in (
            ("text", "fontpkg_hanken_grotesk", "HankenGrotesk[wght].ttf"),
            ("code", "fontpkg_jetbrains_mono", "JetBrainsMono[wght].ttf"),
        )
        for weight in (400, 700)
    ),
)


def main() -> None:
    stamp = fingerprint()
    manifest = BUILT / "manifest.json"
    if manifest.exists() and json.loads(manifest.read_text())["stamp"] == stamp:
        return
    STATIC.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=STATIC, prefix=".building-") as folder:
        build = Build(Path(folder))
        build.run()
        text = json.dumps({"stamp": stamp, "files": build.names}, indent=1, sort_keys=True)
        (build.folder / "manifest.json").write_text(text + "\n")
        replace(BUILT, build.folder)


def fingerprint() -> str:
    """A hash of everything the outcome depends on: sources, this script, the fonts' versions."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sources():
        digest.update(f"{path.relative_to(STATIC)}\0".encode() + path.read_bytes())
    for font in FONTS:
        file = font_file(font)
        digest.update(f"{file.name}\0{file.stat().st_size}".encode())
    return digest.hexdigest()


def sources() -> list[Path]:
    folders = [
        place for place in STATIC.iterdir() if place.is_dir() and place != BUILT and place.name[0] != "."
    ]
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def font_file(font: Font) -> Path:
    spec = importlib.util.find_spec(font.package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"The package {font.package} is not installed: run script/bootstrap.")
    return Path(spec.origin).parent / "files" / font.file


def replace(target: Path, made: Path) -> None:
    """Put the new folder where the old one is; files of the old one stay, running servers name them."""
    for path in sorted(made.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            place = target / path.relative_to(made)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
    (made / "manifest.json").replace(target / "manifest.json")


class Build:
    """One run into one folder. `names` maps a source's name to its hashed name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, str] = {}
        self._under_way: list[str] = []

    def run(self) -> None:
        for font in FONTS:
            self.add(font.name, cached_subset(font))
        for path in sources():
            self.name_of(path.relative_to(STATIC).as_posix())

    def name_of(self, name: str) -> str:
        """The hashed name of a source or font; builds it, and what it refers to, on first asking."""
        if name in self.names:
            return self.names[name]
        if name in self._under_way:
            raise SystemExit(f"{' -> '.join([*self._under_way, name])}: these files refer to each other.")
        path = STATIC / name
        if not path.is_file():
            raise SystemExit(f"{self._under_way[-1]} refers to {name}, which does not exist.")
        self._under_way.append(name)
        content = path.read_bytes()
        if path.suffix == ".css":
            content = self._css(name, content.decode()).encode()
        elif path.suffix == ".js":
            content = self._module(name, content.decode()).encode()
        self._under_way.pop()
        return self.add(name, content)

    def add(self, name: str, content: bytes) -> str:
        stem, suffix = name.rsplit(".", 1)
        hashed = f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
        place = self.folder / hashed
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        if f".{suffix}" in COMPRESSED:
            compress(place, content)
        self.names[name] = hashed
        return hashed

    def _css(self, name: str, text: str) -> str:
        """Comments out, files named by url() under their hashed names, characters-of() a font written out."""
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        text = re.sub(r"\n\s*\n+", "\n", text)

        def refer(match: re.Match[str]) -> str:
            return f'url("{self._relative(name, match[1])}")'

        text = re.sub(r"characters-of\((.+?)\)", lambda match: unicode_ranges(match[1]), text)
        return re.sub(r"url\(\s*[\"']?((?!data:|#|https?:)[^\"')]+)[\"']?\s*\)", refer, text)

    def _module(self, name: str, text: str) -> str:
        """Imports and addresses of neighbours under their hashed names."""

        def refer(match: re.Match[str]) -> str:
            return f"{match[1]}{match[2]}{self._relative(name, match[3])}{match[2]}"

        refers = r"""((?:\bfrom|\bimport(?:\.meta\.resolve)?)\s*\(?\s*)(["'])(\.{1,2}/[^"']+)\2"""
        return re.sub(refers, refer, text)

    def _relative(self, name: str, target: str) -> str:
        """`target`, as `name` refers to it, under its hashed name and as referred to from the same folder."""
        folder = STATIC / Path(name).parent
        wanted = (folder / target).resolve().relative_to(STATIC.resolve()).as_posix()
        hashed = self.name_of(wanted)
        up = "../" * len(Path(name).parent.parts) or "./"
        return f"{up}{hashed}"


def unicode_ranges(name: str) -> str:
    """What a font of ours holds, as CSS takes it: U+A2,U+A4-A6,…"""
    runs: list[tuple[int, int]] = []
    for character in next(font.characters for font in FONTS if font.name == name):
        if runs and character == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], character)
        else:
            runs.append((character, character))
    return ",".join(f"U+{first:X}" + (f"-{last:X}" if last > first else "") for first, last in runs)


def compress(place: Path, content: bytes) -> None:
    import brotli

    place.with_name(place.name + ".br").write_bytes(brotli.compress(content, quality=11))
    place.with_name(place.name + ".gz").write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


def cached_subset(font: Font) -> bytes:
    """Subsetting takes seconds, so it is not done again for each change in our CSS."""
    key = f"{Path(__file__).read_bytes()!r} {font} {font_file(font).stat().st_size}"
    kept = BUILT / ".fonts" / hashlib.sha256(key.encode()).hexdigest()
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(subset(font))
    return kept.read_bytes()


def subset(font: Font) -> bytes:
    """The font as WOFF2 with only the characters, features and weights that pages use.

    Letters stand apart by the lightest weight's distances at every weight: by each weight's own, the file
    would be a tenth larger for what nobody sees.
    """
    from fontTools.varLib import instancer

    kept = characters_of(font)
    instancer.instantiateVariableFont(kept, {"wght": font.weights}, inplace=True)
    lightest = characters_of(font)
    instancer.instantiateVariableFont(lightest, {"wght": font.weights[0]}, inplace=True)
    for table in ("GPOS", "GDEF"):
        if table in lightest:
            kept[table] = lightest[table]
    kept.flavor = "woff2"
    output = io.BytesIO()
    kept.save(output)
    return output.getvalue()


def characters_of(font: Font) -> "TTFont":
    """The package's font with the characters and features that pages use, at all its weights."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    source = TTFont(font_file(font), recalcTimestamp=False)
    for table in source["cmap"].tables:
        if table.isUnicode():
            table.cmap.setdefault(NARROW_SPACE, table.cmap[NO_BREAK_SPACE])
    options = Options(
        layout_features=list(font.features), hinting=False, desubroutinize=True, notdef_outline=True
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=font.characters)
    subsetter.subset(source)
    return source


if __name__ == "__main__":
    main()
