"""django-helpdesk in an environment of its own: installed once, filled for each measuring run."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from script.serve import WEB_PROCESSES, WEB_THREADS

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class Site:
    """How to start it, and the pages to ask for."""

    command: Sequence[str]
    environment: dict[str, str]
    paths: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Helpdesk:
    programs: Path

    @classmethod
    def installed(cls) -> "Helpdesk":
        """What requirements.txt beside this file names, in the user's cache, put there if it is not."""
        requirements = HERE / "requirements.txt"
        name = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        place = cache / "repairshop" / f"helpdesk-{name}"
        whole = place / "whole"
        if not whole.exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
            install = ["-m", "pip", "install", "-qq", "--no-deps", "-r", requirements]
            subprocess.run([place / "bin" / "python", *install], check=True)
            whole.touch()
        return cls(programs=place / "bin")

    def fill(self, folder: Path, beside: str, *, tickets: int) -> Site:
        """A database with so many tickets, on the engine of the address `beside`: SQLite's in `folder`."""
        environment = {
            "DJANGO_SETTINGS_MODULE": "project",
            "PYTHONPATH": str(HERE),
            "HELPDESK_DATABASE": json.dumps(database_for(folder, beside)),
        }
        filled = subprocess.run(
            [self.programs / "python", HERE / "fill.py", str(tickets)],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        command = [str(self.programs / "gunicorn"), "django.core.wsgi:get_wsgi_application()", "--preload"]
        command += [
            "--workers",
            str(WEB_PROCESSES),
            "--worker-class",
            "gthread",
            "--threads",
            str(WEB_THREADS),
        ]
        command += ["--no-control-socket", "--log-level", "warning", "--bind", "127.0.0.1:PORT"]
        return Site(command=command, environment=environment, paths=json.loads(filled.stdout))


def database_for(folder: Path, beside: str) -> dict[str, object]:
    """As Django's settings name a database; on PostgreSQL it is made anew, beside ours."""
    url = make_url(beside)
    if url.drivername.startswith("sqlite"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "helpdesk.db")}
    with psycopg.connect(beside.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS helpdesk WITH (FORCE)")
        connection.execute("CREATE DATABASE helpdesk")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "helpdesk",
        "HOST": url.host,
        "PORT": url.port,
        "USER": url.username,
    }
