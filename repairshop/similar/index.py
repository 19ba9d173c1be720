"""The full-text index of past repairs: a table of its own kind on each engine, written beside `repair_text`.

By statements and not by triggers: SQLite lets none of its full-text tables be written by a trigger while it
does not trust the schema, and it should not. Migration 0045 makes the tables with its own copy of these.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, text

from repairshop.database import db

# Only which repair has which word: no positions, nobody asks for phrases.
SQLITE = (
    "CREATE VIRTUAL TABLE repair_words USING fts5("
    "words, tokenize='unicode61 remove_diacritics 0', detail='none', columnsize=0)",
)
POSTGRESQL = (
    "CREATE TABLE repair_words (ticket_id integer NOT NULL, words tsvector NOT NULL, "
    "CONSTRAINT pk_repair_words PRIMARY KEY (ticket_id), "
    "CONSTRAINT fk_repair_words_ticket_id_repair_text FOREIGN KEY (ticket_id) "
    "REFERENCES repair_text (ticket_id) ON DELETE CASCADE)",
    # Without a list of what waits to be sorted in: a search would have to read it from end to end.
    "CREATE INDEX ix_repair_words_words ON repair_words USING gin (words) WITH (fastupdate = off)",
)

_KEY = {"sqlite": "rowid", "postgresql": "ticket_id"}
# The words come parted and folded; PostgreSQL's own parser would part some of them otherwise than SQLite.
_WORDS = {"sqlite": ":words", "postgresql": "array_to_tsvector(string_to_array(:words, ' '))"}
_ADD = {
    dialect: text(f"INSERT INTO repair_words ({_KEY[dialect]}, words) VALUES (:id, {_WORDS[dialect]})")  # noqa: S608
    for dialect in _KEY
}
_REMOVE = {
    dialect: text(f"DELETE FROM repair_words WHERE {key} IN :ids").bindparams(  # noqa: S608
        bindparam("ids", expanding=True)
    )
    for dialect, key in _KEY.items()
}
_REMOVE_EMPTY = {
    dialect: text(
        f"DELETE FROM repair_words WHERE {key} IN "  # noqa: S608
        "(SELECT ticket_id FROM repair_text WHERE found = '' AND fixed = '')"
    )
    for dialect, key in _KEY.items()
}
_MERGE = text("INSERT INTO repair_words (repair_words) VALUES ('optimize')")


def put_words(words: Mapping[int, str], *, remove: Iterable[int] = ()) -> None:
    """By ticket, the words it is found by from now on; those of `remove` are found no more."""
    dialect = db.engine.dialect.name
    old = [*words, *remove]
    if old:
        db.session.execute(_REMOVE[dialect], {"ids": old})
    if words:
        rows = [{"id": ticket_id, "words": text} for ticket_id, text in words.items()]
        db.session.execute(_ADD[dialect], rows)


def forget_emptied() -> None:
    """Rows that were emptied are found no more, and SQLite's index holds none of their words.

    It would keep them until its parts are merged; this merges them all. PostgreSQL keeps a deleted row's
    words as it keeps those of any row: until its vacuum.
    """
    dialect = db.engine.dialect.name
    db.session.execute(_REMOVE_EMPTY[dialect])
    if dialect == "sqlite":
        db.session.execute(_MERGE)
