"""How many queries a piece of a test costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from flask import Flask
from sqlalchemy import event

from repairshop.database import Question, db


@dataclass
class Count:
    count: int = 0


@contextmanager
def counted_queries(app: Flask) -> Iterator[Count]:
    """Counts what is sent to the database inside, BEGIN and the like left out."""
    counted = Count()
    with app.app_context():
        engine = db.engine

    def one_more(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        counted.count += not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))

    def ask(question: Question, **values: Any) -> list[Any]:
        counted.count += 1
        return ask_alone(question, **values)

    ask_alone = Question.ask
    event.listen(engine, "before_cursor_execute", one_more)
    try:
        with patch.object(Question, "ask", ask):
            yield counted
    finally:
        event.remove(engine, "before_cursor_execute", one_more)
