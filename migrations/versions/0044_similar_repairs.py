"""What past repairs are found by, with each engine's full-text index, filled from the repairs there are."""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

_SQLITE = (
    "CREATE VIRTUAL TABLE repair_words USING fts5("
    "words, tokenize='unicode61 remove_diacritics 0', detail='none', columnsize=0)",
)
_POSTGRESQL = (
    "CREATE TABLE repair_words (ticket_id integer NOT NULL, words tsvector NOT NULL, "
    "CONSTRAINT pk_repair_words PRIMARY KEY (ticket_id), "
    "CONSTRAINT fk_repair_words_ticket_id_repair_text FOREIGN KEY (ticket_id) "
    "REFERENCES repair_text (ticket_id) ON DELETE CASCADE)",
    "CREATE INDEX ix_repair_words_words ON repair_words USING gin (words) WITH (fastupdate = off)",
)
_PAST = "stage IN ('ready', 'unclaimed', 'handed_over', 'surrendered')"
_FOUND = (
    "SELECT ticket_id, seen FROM finding WHERE removed_at IS NULL ORDER BY id",
    "SELECT ticket_id, note FROM conclusion WHERE undone_at IS NULL ORDER BY id",
)
_FIXED = (
    "SELECT ticket_id, name FROM part_fitted WHERE removed_at IS NULL ORDER BY id",
    "SELECT q.ticket_id, l.description FROM quote_line AS l "
    "JOIN quote_decision_line AS dl ON dl.line_id = l.id "
    "JOIN quote_decision AS d ON d.id = dl.decision_id JOIN quote AS q ON q.id = d.quote_id "
    "JOIN ticket AS t ON t.id = q.ticket_id "
    "WHERE l.kind = 'work' AND t.outcome IN ('repaired', 'partly_repaired') AND d.id IN ("
    "SELECT max(d2.id) FROM quote_decision AS d2 JOIN quote AS q2 ON q2.id = d2.quote_id "
    "WHERE d2.kind = 'approved' AND d2.undone_at IS NULL GROUP BY q2.ticket_id) ORDER BY l.id",
    "SELECT ticket_id, text FROM ticket_note WHERE for_customer ORDER BY id",
)


def upgrade() -> None:
    op.create_table(
        "repair_text",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("fixed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_repair_text_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_repair_text")),
    )
    connection = op.get_bind()
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
    _fill(connection)


def _fill(connection: sa.Connection) -> None:
    found, fixed = _texts(connection, _FOUND), _texts(connection, _FIXED)
    past = connection.execute(
        sa.text(f"SELECT id, shop_id, device_type, device_label FROM ticket WHERE {_PAST}")  # noqa: S608
    ).all()
    rows = []
    for ticket_id, shop_id, device_type, label in past:
        texts = ("\n".join(found[ticket_id]), "\n".join(fixed[ticket_id]))
        if any(texts):
            scopes = _scope(shop_id, device_type, label)
            own = _words(" ".join(texts))
            words = " ".join((*scopes, *(f"{scope}0{word}" for scope in scopes for word in own)))
            rows.append({"id": ticket_id, "found": texts[0], "fixed": texts[1], "words": words})
    if rows:
        connection.execute(
            sa.text("INSERT INTO repair_text (ticket_id, found, fixed) VALUES (:id, :found, :fixed)"), rows
        )
        if connection.dialect.name == "sqlite":
            index = "(rowid, words) VALUES (:id, :words)"
        else:
            index = "(ticket_id, words) VALUES (:id, array_to_tsvector(string_to_array(:words, ' ')))"
        connection.execute(sa.text(f"INSERT INTO repair_words {index}"), rows)


def _texts(connection: sa.Connection, queries: Iterable[str]) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = defaultdict(list)
    for query in queries:
        for ticket_id, words in connection.execute(sa.text(query)):
            if words and words not in texts[ticket_id]:
                texts[ticket_id].append(words)
    return texts


def _scope(shop_id: int, device_type: str, label: str) -> tuple[str, str]:
    """As similar/rules.py has them at this step."""
    folded = " ".join(_folded(label))
    digest = hashlib.sha256(f"{device_type} {folded}".encode()).hexdigest()
    return f"zt{shop_id}{device_type}", f"zm{shop_id}{digest[:12]}"


def _words(text: str) -> dict[str, None]:
    return dict.fromkeys(word.rstrip("+")[:40] for word in _folded(text))


def _folded(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.findall(r"[^\W_]+\+?", letters)


def downgrade() -> None:
    op.execute("DROP TABLE repair_words")
    op.drop_table("repair_text")
