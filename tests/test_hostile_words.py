"""Hostile words in every column that holds a person's words: each page and each mail shows them as words.

test_bad_input.py types such words into every form. Here they stand in the tables already, as imports, texts
and older versions may have left them, and every page is read by whoever may read it.
"""

import pytest
import sqlalchemy as sa

from repairshop import wiring
from repairshop.database import Base, db
from repairshop.notifications.rules import Notice
from repairshop.notifications.service import queue_notice
from repairshop.personal import Stamp
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.access_world import World, build_world
from tests.builders import get_ticket, make_ticket
from tests.databases import SqliteFiles
from tests.pages import add_tickets_in_every_stage, open_page, reader_of
from tests.test_access_matrix import MATRIX, rules_of

_SCRIPT = "<script>alert('x')</script>"
_ATTRIBUTE = "\" onfocus=\"alert('x')"
WORDS = f"{_SCRIPT}{_ATTRIBUTE} {{{{7*7}}}}"
# What a program reads before a person does: an address is looked up, a key is compared.
_NO_WORDS = {
    "value",
    "shown",
    "address",
    "recipient",
    "sender",
    "normalised",
    "text_hash",
    "words_digest",
}


def poison() -> int:
    """Fills every personal column of words; how many columns that are."""
    triggers = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for trigger in db.session.scalars(triggers).all():  # as if each row had been written so
        db.session.execute(sa.text(f'DROP TRIGGER "{trigger}"'))
    filled = 0
    for eraser in wiring.ERASERS:
        for holding in eraser.holdings:
            table = Base.metadata.tables[holding.table]
            for name, becomes in holding.becomes.items():
                column = table.c[name]
                if not isinstance(column.type, sa.String) or isinstance(column.type, sa.Enum):
                    continue
                if name in holding.secret or name in _NO_WORDS or becomes is Stamp.OWN or column.unique:
                    continue
                length = getattr(column.type, "length", None) or len(WORDS)
                db.session.execute(table.update().where(column.is_not(None)).values({name: WORDS[:length]}))
                filled += 1
    return filled


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> World:
    world = build_world(tmp_path_factory.mktemp("words"), sqlite_files)
    add_tickets_in_every_stage(world)
    tess = world.people["technician_shop_1"]
    with world.app.app_context():
        world.things["mailed"] = [
            make_ticket(tess, stage=stage, name="Dora Diaz", phone=None, email="dora@example.com")
            for stage in (Stage.RECEIVED, Stage.AWAITING_APPROVAL, Stage.READY)
        ]
        with transaction():
            assert poison() >= 40
    return world


def require_words(text: str, where: str) -> None:
    assert _SCRIPT not in text, f"{where}: a script"
    assert _ATTRIBUTE not in text, f"{where}: an attribute"
    assert ">49<" not in text, f"{where}: a template was run"


def test_every_page_shows_them_as_words(world: World) -> None:
    shown = 0
    for endpoint in sorted(MATRIX["routes"]):
        principal = reader_of(endpoint) if MATRIX["routes"][endpoint] != "callback" else None
        for rule in rules_of(world.app, endpoint):
            if not principal or "GET" not in (rule.methods or ()):
                continue
            try:
                path = open_page(world, rule, principal)
            except AssertionError:
                continue
            page = world.browser(principal).get(path)
            assert page.status_code < 500, f"{endpoint} on {path}: {page.status}"
            if page.mimetype in {"text/html", "image/svg+xml"}:
                text = page.get_data(as_text=True)
                require_words(text, f"{endpoint} on {path}")
                shown += "&lt;script&gt;" in text
    assert shown >= 50  # they really stand there


def test_every_mail_shows_them_as_words_and_keeps_its_subject_in_one_line(world: World) -> None:
    with world.app.app_context():
        mails = []
        for reference in world.things["mailed"]:
            for notice in set(Notice) - {Notice.CODE}:
                with transaction():
                    ticket = get_ticket(reference)
                    mails += queue_notice(notice, ticket, event_key=f"hostile:{reference}:{notice}")
        mails = [mail for mail in mails if mail.html]

        assert len(mails) >= 20
        for mail in mails:
            require_words(mail.html, f"mail {mail.subject}")
            assert "\n" not in mail.subject
        assert any("&lt;script&gt;" in mail.html for mail in mails)
