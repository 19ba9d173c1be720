"""Importing the pure modules loads no framework: decisions can be read, tested and moved on their own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE = sorted(
    str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")
    for path in (ROOT / "repairshop").rglob("*.py")
    if path.name
    in {"rules.py", "events.py", "stages.py", "errors.py", "clock.py", "codes.py", "money.py", "phone.py"}
)
FRAMEWORKS = {"flask", "sqlalchemy", "wtforms", "jinja2", "werkzeug"}


def frameworks_loaded_by(statement: str) -> set[str]:
    """Which frameworks a fresh interpreter has loaded after the statement."""
    program = f"{statement}\nimport sys; print(*({FRAMEWORKS!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_pure_modules_load_no_framework():
    loaded = frameworks_loaded_by(f"import {', '.join(PURE)}")

    culprits = [module for module in PURE if loaded and frameworks_loaded_by(f"import {module}")]
    assert culprits == []


def test_the_measure_notices_a_framework():
    assert "flask" in frameworks_loaded_by("import repairshop.database")


@pytest.mark.parametrize(
    "module", ["repairshop.tickets.stages", "repairshop.staff.rules", "repairshop.events"]
)
def test_the_known_pure_modules_are_among_those_looked_at(module):
    assert module in PURE


def test_settings_import_nothing_of_ours():
    assert frameworks_loaded_by("import config, sys; assert 'repairshop' not in sys.modules") == set()
