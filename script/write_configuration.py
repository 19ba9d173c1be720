"""Writes docs/configuration.md from the fields of config.Config; a test keeps the two equal."""

import sys
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from config import Config  # noqa: E402 - found through the line above

PAGE = ROOT / "docs" / "configuration.md"

INTRODUCTION = """\
<!-- Written by script/docs from config.py; change the texts there. -->
# Settings

Repairshop reads its settings from the environment, once, at start. A setting that is wrong or missing stops
the start with one sentence that names it and shows an example. What belongs to a shop (its name, currency,
opening hours, tax rate and so on) is not here: the owner edits that on the shop's own pages.

Settings marked *secret* are best given by your service manager or container platform, not on a command line.
"""


def main() -> None:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(configuration())


def configuration() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(_section(entry) for entry in fields(Config))])


def _section(entry: Field[Any]) -> str:
    facts = entry.metadata
    secret = " *(secret)*" if facts["secret"] else ""
    has_default = entry.default is not MISSING and entry.default not in ("", ())
    default = f"- Default: `{entry.default}`\n" if has_default else ""
    example = f"- Example: `{facts['name']}={facts['example']}`\n"
    return f"## {facts['name']}{secret}\n\n{facts['doc']}\n\n{default}{example}"


if __name__ == "__main__":
    main()
