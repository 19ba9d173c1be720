"""The import contracts hold, and each of them notices when it is broken on purpose."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent

LAYERS = "A module imports only what stands on a lower line; siblings do not know each other"
PURE = "Rules, events and stages reach no framework, however indirectly"
VERBS = "Services, handlers and queries reach no page and no commit"
PAGES = "Views and forms know no table"
ENTRY_POINTS = "Jobs, commands and delivery reach no page"
TABLES = "Tables decide nothing and know no verb"

# contract, file, the line that breaks it
BREAKS = [
    (LAYERS, "tickets/service.py", "import repairshop.board"),
    (LAYERS, "staff/queries.py", "import repairshop.catalogue"),
    (LAYERS, "codes.py", "import repairshop.money"),
    (LAYERS, "portal/queries.py", "import repairshop.board"),
    (LAYERS, "transaction.py", "import repairshop.web.access"),
    (LAYERS, "wiring.py", "import repairshop.app"),
    (LAYERS, "loyalty/__init__.py", '"""A feature that no layer names."""'),
    (PURE, "staff/rules.py", "import flask"),
    (PURE, "quotes/rules.py", "import repairshop.database"),
    (PURE, "tickets/events.py", "import wtforms"),
    (PURE, "tickets/stages.py", "import jinja2"),
    (VERBS, "tickets/service.py", "from flask import request"),
    (VERBS, "staff/queries.py", "import repairshop.web.access"),
    (VERBS, "notifications/handlers.py", "from repairshop.transaction import transaction"),
    (VERBS, "parts/service.py", "import wtforms"),
    (PAGES, "staff/views.py", "from sqlalchemy import select"),
    (PAGES, "intake/forms.py", "from repairshop.tickets.models import Ticket"),
    (PAGES, "intake/views.py", "from repairshop.database import db"),
    (ENTRY_POINTS, "staff/commands.py", "import repairshop.web.access"),
    (ENTRY_POINTS, "promises/jobs.py", "import repairshop.web.forms"),
    (ENTRY_POINTS, "notifications/delivery.py", "import repairshop.web.access"),
    (TABLES, "tickets/models.py", "import repairshop.tickets.service"),
    (TABLES, "parts/models.py", "from flask import g"),
]


def broken_contracts(folder: Path) -> set[str]:
    environment = os.environ | {"COLUMNS": "300", "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [PROGRAMS / "lint-imports", "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return set(re.findall(r"^(.+?)\s+BROKEN", done.stdout, flags=re.MULTILINE))


@pytest.fixture
def copy(tmp_path):
    """The package's sources in a folder where they may be broken."""
    shutil.copytree(
        ROOT / "repairshop",
        tmp_path / "repairshop",
        ignore=lambda folder, names: [
            name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()
        ],
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_kept(copy):
    assert broken_contracts(copy) == set()


@pytest.mark.parametrize(("contract", "file", "line"), BREAKS)
def test_breaking_a_contract_is_noticed(copy, contract, file, line):
    path = copy / "repairshop" / file
    path.parent.mkdir(exist_ok=True)
    path.parent.joinpath("__init__.py").touch()
    with path.open("a") as source:
        source.write(f"\n{line}\n")

    assert contract in broken_contracts(copy)


@pytest.mark.parametrize(
    ("module", "home"),
    [
        ("twilio", "notifications/channels/sms/twilio.py"),
        ("smtplib", "notifications/channels/email/smtp.py"),
        ("weasyprint", "reports/pdf.py"),
        ("apscheduler", "worker.py"),
    ],
)
def test_only_one_file_knows_an_outside_library(module, home):
    assert banned_imports(f"import {module}", file="repairshop/quotes/service.py") == 1
    assert banned_imports(f"from {module} import x", file="repairshop/quotes/service.py") == 1
    assert banned_imports(f"import {module}", file=f"repairshop/{home}") == 0


def banned_imports(line: str, *, file: str) -> int:
    done = subprocess.run(
        [PROGRAMS / "ruff", "check", "--no-cache", "--select", "TID251", "--stdin-filename", file, "-"],
        cwd=ROOT,
        input=f"{line}\n",
        capture_output=True,
        text=True,
    )
    return done.returncode
