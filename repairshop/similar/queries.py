"""Finds past repairs of one model, then of one type of device, by any words of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.types import Integer

from repairshop.database import UtcDateTime, db
from repairshop.similar.rules import Scope, asked_words, scoped
from repairshop.tickets.stages import Outcome

MOST_FOUND = 20

# The newest first: how a model fails changes with its age, and the index can stop after a page. Scoring every
# repair that names a screen would read a third of the shop to show twenty.
_SHOWN = """
SELECT f.ticket_id, t.code, s.number_prefix || t.number AS number, t.device_label, t.outcome, t.stage_since,
    r.found, r.fixed, f.part
FROM ({found}) AS f
JOIN repair_text AS r ON r.ticket_id = f.ticket_id
JOIN ticket AS t ON t.id = f.ticket_id
JOIN shop AS s ON s.id = t.shop_id
ORDER BY f.part, f.ticket_id DESC
"""
_SQLITE = """
SELECT * FROM (SELECT rowid AS ticket_id, 0 AS part FROM repair_words
    WHERE repair_words MATCH :of_model AND rowid <> :apart ORDER BY rowid DESC LIMIT :most)
UNION ALL
SELECT * FROM (SELECT rowid AS ticket_id, 1 AS part FROM repair_words
    WHERE repair_words MATCH :of_type AND rowid <> :apart ORDER BY rowid DESC LIMIT :most)
LIMIT :most
"""
_POSTGRESQL = """
(SELECT ticket_id, 0 AS part FROM repair_words
    WHERE words @@ CAST(:of_model AS tsquery) AND ticket_id <> :apart ORDER BY ticket_id DESC LIMIT :most)
UNION ALL
(SELECT ticket_id, 1 AS part FROM repair_words
    WHERE words @@ CAST(:of_type AS tsquery) AND ticket_id <> :apart ORDER BY ticket_id DESC LIMIT :most)
LIMIT :most
"""
_STATEMENTS = {
    dialect: text(_SHOWN.format(found=found))
    .bindparams(bindparam("apart", type_=Integer), bindparam("most", type_=Integer))
    .columns(stage_since=UtcDateTime())
    for dialect, found in (("sqlite", _SQLITE), ("postgresql", _POSTGRESQL))
}


@dataclass(frozen=True, kw_only=True)
class SimilarRepair:
    """A past repair as the list shows it; nothing in it says whose it was."""

    ticket_id: int
    reference: str
    number: str
    device_label: str
    outcome: Outcome | None
    since: datetime
    found: str
    fixed: str
    is_same_model: bool


def list_similar(scope: Scope, question: str, *, apart_from: int) -> list[SimilarRepair]:
    """At most MOST_FOUND, those of the model first, inside that the newest; one query.

    Each word of the question is the beginning of a word that was found or fixed. Without one: all of them.
    """
    dialect = db.engine.dialect.name
    of_model, of_type = _asked(scope, asked_words(question), dialect=dialect)
    rows = db.session.execute(
        _STATEMENTS[dialect],
        {"of_model": of_model, "of_type": of_type, "apart": apart_from, "most": MOST_FOUND},
    )
    return [as_similar(row, is_same_model=row.part == 0) for row in rows]


def as_similar(row: Any, *, is_same_model: bool) -> SimilarRepair:
    return SimilarRepair(
        ticket_id=row.ticket_id,
        reference=row.code,
        number=row.number,
        device_label=row.device_label,
        outcome=Outcome(row.outcome) if row.outcome else None,
        since=row.stage_since,
        found=row.found,
        fixed=row.fixed,
        is_same_model=is_same_model,
    )


def _asked(scope: Scope, words: Sequence[str], *, dialect: str) -> tuple[str, str]:
    """What each engine is asked: of the model, and of the type without the model.

    Words are letters and digits only, so nothing in them is a sign of either engine's language.
    """
    model, type_ = scope.model_word, scope.type_word
    if dialect == "sqlite":
        return (
            " AND ".join(f'"{scoped(model, word)}"*' for word in words) or f'"{model}"',
            '({}) NOT "{}"'.format(
                " AND ".join(f'"{scoped(type_, word)}"*' for word in words) or f'"{type_}"', model
            ),
        )
    return (
        " & ".join(f"'{scoped(model, word)}':*" for word in words) or f"'{model}'",
        " & ".join([*(f"'{scoped(type_, word)}':*" for word in words), f"'{type_}'", f"!'{model}'"]),
    )
