"""How many statements a page costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from repairshop.database import db


@contextmanager
def counted_queries(app: Flask) -> Iterator[list[str]]:
    """Every statement sent while the block runs."""
    with noted_queries(app) as noted:
        seen: list[str] = []
        yield seen
        seen += [statement for statement, _ in noted]


@contextmanager
def noted_queries(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """The same with the values of each statement."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_more: object) -> None:
        seen.append((statement, values))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
