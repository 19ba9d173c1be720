"""The test client: each request in an app context of its own, and none may leave changes uncommitted."""

from contextvars import Context
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from werkzeug.test import TestResponse

from repairshop.database import db

_UNCOMMITTED = "repairshop.tests.uncommitted"


class UncommittedChanges(AssertionError):
    """A request, or a test that arranged something, changed rows outside transaction()."""


class Client(FlaskClient):
    """FlaskClient for an app with one database session per app context."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send the request as a server would: knowing nothing of the test's own session.

        The test's session gives its snapshot up first: on SQLite a read left open would lock the request's
        writes out, and afterwards the test is to see what the request did.
        """
        if has_app_context():
            _refuse_uncommitted("the test")
            db.session.rollback()
        kwargs.setdefault("buffered", True)  # so that files a response sends are closed
        return Context().run(super().open, *args, **kwargs)


def watch_for_uncommitted_changes(app: Flask) -> None:
    """Make every request of this app fail that ends with changes neither committed nor rolled back."""

    # Registered last, so called first: before Flask-SQLAlchemy throws the session away.
    @app.teardown_request
    def check(error: BaseException | None) -> None:
        if error is None:
            _refuse_uncommitted("the request")


def _refuse_uncommitted(who: str) -> None:
    session = db.session()
    pending = [*session.new, *session.dirty, *session.deleted]
    changed = [repr(row) for row in pending if row not in session.dirty or session.is_modified(row)]
    if session.info.get(_UNCOMMITTED) or changed:
        session.rollback()
        raise UncommittedChanges(f"{who} left changes outside transaction(): {changed or 'already flushed'}")


@event.listens_for(Session, "after_flush")
def _flushed(session: Session, _context: UOWTransaction) -> None:
    session.info[_UNCOMMITTED] = True


@event.listens_for(Session, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info[_UNCOMMITTED] = True


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _ended(session: Session) -> None:
    session.info.pop(_UNCOMMITTED, None)
