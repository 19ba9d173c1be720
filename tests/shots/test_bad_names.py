"""Names and types that a browser may claim for a file: none decides anything and none is kept."""

import io

from sqlalchemy import select

from repairshop.database import Base, db
from repairshop.media import decoder
from repairshop.media.store import the_store
from tests.builders import make_ticket
from tests.media.corpus import picture, written
from tests.media.started import started_decoder

MARK = "q7mark"
NAMES = {
    f"../../../etc/{MARK}.jpg": "image/jpeg",
    f"..\\..\\{MARK}.jpg": "image/jpeg",
    f"/etc/{MARK}": "image/jpeg",
    f"{MARK}\u202egpj.exe": "image/jpeg",
    f"{MARK}\0.jpg": "image/jpeg",
    f"{MARK}.php": "application/x-php",
    f"{MARK}.svg": "image/svg+xml",
    f"{MARK}.html": "text/html",
    f"{MARK}.jpg": "text/html; charset=utf-7",
    f"<img src=x onerror={MARK}>.jpg": "image/jpeg",
    f"{MARK}" + "n" * 4000: "image/jpeg",
    f"CON.{MARK}": "",
    f"{MARK}.jpeg": "not a type",
}


def words_in_the_database():
    return {
        str(value)
        for table in Base.metadata.sorted_tables
        for row in db.session.execute(select(table))
        for value in row
    }


def test_a_files_name_and_type_decide_nothing_and_are_not_kept(app, frank, monkeypatch):
    with app.app_context():
        reference = make_ticket(frank.actor)
    address = f"/tickets/{reference}/shots"
    good, bad = written(picture(32, 24), "PNG"), b"<svg onload=alert(1)/>"

    with started_decoder() as started:
        monkeypatch.setattr(decoder.subprocess, "run", started.run)
        for name, claimed in NAMES.items():
            kept = frank.send(address, {"photos": [(io.BytesIO(good), name, claimed)]})
            refused = frank.send(address, {"shot-back": (io.BytesIO(bad), name, claimed)})
            assert (kept.status_code, refused.status_code) == (302, 422), name
            assert MARK not in refused.text

    with app.app_context():
        files = [file.name for file in the_store().list_files()]
        assert len(files) == 2 * len(NAMES)
        assert not [word for word in {*files, *words_in_the_database()} if MARK in word]
