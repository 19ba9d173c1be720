"""Counts failed sign-ins in the database, where every process sees them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from repairshop.database import db
from repairshop.staff.models import SignInAttempt
from repairshop.staff.rules import ACCOUNT_THROTTLE, ADDRESS_THROTTLE, FORGIVEN_AFTER, PIN_THROTTLE, Throttle


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What failures are counted for: an account or an address, kept as a hash."""

    key: str
    throttle: Throttle
    is_shared: bool = False  # many people, and their guesses, are counted together


def account_subject(email: str) -> Subject:
    return Subject(key=f"account:{digest(email.casefold())}", throttle=ACCOUNT_THROTTLE)


def known_browser_subject(email: str, browser: str) -> Subject:
    """A browser that signed in with this account before counts apart, so strangers cannot slow its owner."""
    return Subject(key=f"browser:{digest(browser + email.casefold())}", throttle=ACCOUNT_THROTTLE)


def address_subject(address: str) -> Subject:
    return Subject(key=f"address:{digest(address)}", throttle=ADDRESS_THROTTLE, is_shared=True)


def factor_subject(staff_id: int) -> Subject:
    return Subject(key=f"factor:{digest(str(staff_id))}", throttle=ACCOUNT_THROTTLE)


def pin_subject(staff_id: int, computer_id: int) -> Subject:
    """Each computer counts for itself: tries at one shut nobody out of another."""
    return Subject(key=f"pin:{digest(f'{staff_id}:{computer_id}')}", throttle=PIN_THROTTLE)


def begin_attempt(subjects: Sequence[Subject], *, now: datetime) -> bool:
    """Whether the password may be looked at. A permitted try counts as failed until it succeeds, so that
    many tries at once cannot slip through; a try inside the waiting time does not lengthen it."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.last_failed_at < now - FORGIVEN_AFTER))
    rows = [_row(subject, now=now) for subject in subjects]
    for subject, row in zip(subjects, rows, strict=True):
        if now < row.last_failed_at + subject.throttle.wait(row.failures) and row.failures:
            return False
    for row in rows:
        row.failures += 1
        row.last_failed_at = now
    return True


def record_success(subjects: Sequence[Subject]) -> None:
    """Forget the account's failures; what many share only gets this one try back, or one good account would
    wash a whole run of guesses."""
    for subject in subjects:
        row = db.session.get(SignInAttempt, subject.key, with_for_update=True)
        if row is None:
            continue
        if subject.is_shared:
            row.failures = max(0, row.failures - 1)
        else:
            db.session.delete(row)


def _row(subject: Subject, *, now: datetime) -> SignInAttempt:
    """Made where it is missing; of two processes that make it at once the second waits for the first."""
    row = db.session.get(SignInAttempt, subject.key, with_for_update=True)
    if row is None:
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        values = {"subject": subject.key, "failures": 0, "last_failed_at": now}
        db.session.execute(insert(SignInAttempt).values(**values).on_conflict_do_nothing())
        row = db.session.get_one(SignInAttempt, subject.key, with_for_update=True)
    return row


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
