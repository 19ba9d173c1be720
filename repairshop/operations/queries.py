"""The little that /readyz tells: no names, no versions of software, no addresses."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from repairshop import clock
from repairshop.database import db
from repairshop.notifications.health import DeliveryHealth, delivery_health

_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


@dataclass(frozen=True, kw_only=True)
class Readiness:
    database_answers: bool
    current_migration: str | None
    newest_migration: str
    worker_age_seconds: int | None  # None when none has run
    delivery: DeliveryHealth | None  # None when the tables are missing

    @property
    def is_ready(self) -> bool:
        return self.database_answers and self.current_migration == self.newest_migration


@cache
def newest_migration() -> str:
    """Numbered files, one head (tested): the highest number is where the database has to be."""
    return max(path.name.partition("_")[0] for path in _MIGRATIONS.glob("[0-9]*.py"))


def look() -> Readiness:
    current, age, delivery, answers = None, None, None, True
    try:
        current = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
        delivery = delivery_health()
        age = int((clock.now() - delivery.last_beat).total_seconds()) if delivery.last_beat else None
    except DBAPIError:
        db.session.rollback()
        answers = _answers()
    return Readiness(
        database_answers=answers,
        current_migration=current,
        newest_migration=newest_migration(),
        worker_age_seconds=age,
        delivery=delivery,
    )


def _answers() -> bool:
    """Whether it was only our tables that were missing."""
    try:
        db.session.execute(text("SELECT 1"))
    except DBAPIError:
        db.session.rollback()
        return False
    return True
