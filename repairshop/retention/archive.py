"""Everything about a customer as a ZIP: customer.json, photos, signatures and report PDFs.

customer.json: {"format": "repairshop-customer/1", "made_at": ..., "customer": id, "tables": {table: [row]}},
a row being the table's columns with times in ISO 8601. Never salts, store keys or anything of the vault.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import select

from repairshop import clock
from repairshop.database import Base, db, end_reading
from repairshop.errors import NotFound
from repairshop.media.models import Media
from repairshop.media.queries import get_picture, read_picture
from repairshop.media.rules import MediaId
from repairshop.personal import Person, all_holdings
from repairshop.quotes.models import Quote, QuoteOption, SentLine
from repairshop.reports.documents import report_for_ticket
from repairshop.retention import emptying, queries
from repairshop.tickets.models import HistoryEntry, Signature, TicketPhoto
from repairshop.warranty.models import WarrantyTerm


def write_archive(file: IO[bytes], customer_id: int, *, shop_id: int) -> None:
    """One picture or document is in memory at a time; NotFound for another shop's customer."""
    person = queries.get_person(customer_id, shop_id=shop_id)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        facts = {
            "format": "repairshop-customer/1",
            "made_at": clock.now(),
            "customer": customer_id,
            "tables": _tables(person),
        }
        archive.writestr("customer.json", json.dumps(facts, default=_plain, ensure_ascii=False, indent=1))
        for folder, media_id in _pictures(person):
            with suppress(NotFound):
                picture = get_picture(MediaId(media_id))
                ending = picture.content_type.rpartition("/")[2]
                end_reading()
                archive.writestr(f"{folder}/{media_id}.{ending}", read_picture(picture))
        for ticket_id in person.ticket_ids:
            document = report_for_ticket(ticket_id)
            if document is not None:
                archive.writestr(f"reports/{ticket_id}-{document.name}", document.pdf)


def _tables(person: Person) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, dict[Any, dict[str, Any]]] = {}
    for holding in all_holdings():
        rows = db.session.execute(emptying.rows_of(holding, person.ids(holding.whose))).mappings()
        key = next(iter(emptying.table_of(holding).primary_key.columns)).name
        kept = tables.setdefault(holding.table, {})
        kept.update({row[key]: dict(row) for row in rows})
    told = {name: list(rows.values()) for name, rows in tables.items()}
    told |= {name: [dict(row) for row in rows] for name, rows in _figures(person)}
    return {name: rows for name, rows in told.items() if rows}


def _figures(person: Person) -> Iterator[tuple[str, Iterable[Mapping[Any, Any]]]]:
    """What names nobody and outlives an erasing, and is about them all the same: prices, dates, acts."""
    quotes = select(Quote.id).where(Quote.ticket_id.in_(person.ticket_ids))
    options = select(QuoteOption.id).where(QuoteOption.quote_id.in_(quotes))
    for model, rows in (
        (QuoteOption, QuoteOption.quote_id.in_(quotes)),
        (SentLine, SentLine.option_id.in_(options)),
        (WarrantyTerm, WarrantyTerm.ticket_id.in_(person.ticket_ids)),
        (HistoryEntry, HistoryEntry.ticket_id.in_(person.ticket_ids)),
    ):
        table = Base.metadata.tables[model.__tablename__]
        yield table.name, db.session.execute(select(table).where(rows).order_by(table.c.id)).mappings()


def _pictures(person: Person) -> list[tuple[str, int]]:
    """(folder, media id) of what still exists."""
    photos = select(TicketPhoto.media_id).where(TicketPhoto.ticket_id.in_(person.ticket_ids))
    signatures = select(Signature.media_id).where(Signature.visit_id.in_(person.visit_ids))
    kept = select(Media.id).where(Media.erased_at.is_(None))
    return [
        (folder, media_id)
        for folder, wanted in (("photos", photos), ("signatures", signatures))
        for media_id in db.session.scalars(kept.where(Media.id.in_(wanted)).order_by(Media.id))
    ]


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
