"""Everything the program puts out, to be searched for what must not be in it."""

import io
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pypdf import PdfReader

from repairshop.database import db
from tests.cast import Browser

Place = tuple[str, bytes]


def kept(url: str, folder: Path) -> Iterator[Place]:
    """The database as its engine dumps it, and the bytes of every file in the data folder."""
    db.session.rollback()
    if url.startswith("sqlite"):
        with sqlite3.connect(url.partition("///")[2]) as database:
            yield "dump", "\n".join(database.iterdump()).encode()
    else:
        address = url.replace("+psycopg", "")
        yield "dump", subprocess.run(["pg_dump", address], check=True, capture_output=True).stdout
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes()


def shown(reader: Browser, paths: list[str]) -> Iterator[Place]:
    """Pages and papers, a PDF by its words."""
    for path in paths:
        answer = reader.get(path)
        yield path, answer.data
        if answer.mimetype == "application/pdf":
            yield path, words_of(answer.data)


def given_out(reader: Browser, customer_id: int) -> Iterator[Place]:
    """The export, file by file."""
    answer = reader.send(f"/customers/{customer_id}/data/export", {})
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            yield name, words_of(data) if name.endswith(".pdf") else data


def words_of(pdf: bytes) -> bytes:
    reader = PdfReader(io.BytesIO(pdf))
    attached = b"".join(data for files in reader.attachments.values() for data in files)
    return "\n".join(page.extract_text() for page in reader.pages).encode() + attached


def found_in(places: Iterator[Place], wanted: list[str]) -> list[tuple[str, str]]:
    """Where any of the words stands, in whichever case."""
    return [
        (name, word) for name, data in places for word in wanted if word.casefold().encode() in data.lower()
    ]
