"""From facts to a page and from a page to a PDF; beside views, because words and templates need the app."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from babel import Locale
from flask import current_app, g
from flask_babel import force_locale
from markupsafe import Markup

from config import Config
from repairshop.codes import ScanKind, scan_text
from repairshop.errors import NotFound
from repairshop.media.queries import find_pictures, read_picture
from repairshop.media.rules import MediaId, MediaKind, MediaStoreFull, Size, file_name
from repairshop.media.store import FileMissing, the_store
from repairshop.qr import qr_svg
from repairshop.reports import facts
from repairshop.reports.looks import find_look
from repairshop.reports.queries import IssuedReport, find_issued
from repairshop.reports.renderer import render_pdf
from repairshop.reports.report_rules import ReportData
from repairshop.reports.rules import (
    PLAIN,
    CodeSheet,
    DocumentKind,
    LabelData,
    Letterhead,
    Look,
    Picture,
    ReceiptData,
)
from repairshop.reports.wire import DrawRequest
from repairshop.web.locale import locale_name, speak

Pictures = Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A finished PDF and what a browser calls it."""

    name: str
    pdf: bytes


def label_pdf(label: LabelData) -> Document:
    page = label_page(label, medium="pdf")
    request = DrawRequest(html=page, created_at=label.made_at, images=_label_pictures(label))
    return Document(name=f"label-{label.number}.pdf", pdf=render_pdf(request))


def label_page(label: LabelData, *, medium: str = "page") -> str:
    """The label as a page of its exact size, for the printer dialogue or for the PDF."""
    return page_of(
        "reports/label.html", shop=label.shop, medium=medium, pictures=_label_pictures(label), label=label
    )


def _label_pictures(label: LabelData) -> Pictures:
    # Upper-case letters and digits only: the text fits the smallest symbol at the second-highest correction.
    return {"qr": ("image/svg+xml", qr_svg(scan_text(ScanKind.TICKET, label.code), error="q"))}


def code_sheet_pdf(sheet: CodeSheet) -> Document:
    """The codes of the shop's places on paper, to cut out and stick on."""
    pictures: Pictures = {each.code: ("image/svg+xml", qr_svg(each.code, error="q")) for each in sheet.codes}
    page = page_of("reports/codes.html", shop=sheet.shop, medium="pdf", pictures=pictures, sheet=sheet)
    request = DrawRequest(html=page, created_at=sheet.made_at, images=pictures)
    return Document(name="codes.pdf", pdf=render_pdf(request))


def receipt_pdf(receipt: ReceiptData, *, link: str | None, look: Look = PLAIN) -> Document:
    """Never kept: it holds the customer's link, which no store may hold."""
    pictures = _receipt_pictures(receipt, link=link, look=look)
    request = DrawRequest(
        html=receipt_page(receipt, link=link, medium="pdf", look=look),
        created_at=receipt.handed_in_at,
        images=pictures,
        attachments={"receipt.json": facts.canonical(facts.plain(receipt))},
    )
    number = "-".join(ticket.number for ticket in receipt.tickets)
    return Document(name=f"receipt-{number}.pdf", pdf=render_pdf(request))


def receipt_page(receipt: ReceiptData, *, link: str | None, medium: str = "page", look: Look = PLAIN) -> str:
    pictures = _receipt_pictures(receipt, link=link, look=look)
    return page_of(
        "reports/receipt.html",
        shop=receipt.shop,
        medium=medium,
        pictures=pictures,
        look=look,
        receipt=receipt,
        link=link,
    )


def _receipt_pictures(receipt: ReceiptData, *, link: str | None, look: Look) -> Pictures:
    pictures = dict(logo_of(look))
    if link:
        pictures["qr"] = ("image/svg+xml", qr_svg(link))
    if receipt.signature and receipt.signature.picture:
        kept = _kept_pictures([receipt.signature.picture], size=Size.FULL)
        if kept:
            pictures["signature"] = next(iter(kept.values()))
    return pictures


def report_pdf(
    report: ReportData,
    *,
    at: datetime,
    check_address: str | None,
    kept: Mapping[str, Any] | None = None,
    look: Look = PLAIN,
) -> Document:
    """The diagnostic report; drawn once, then served from the store while its facts stay the same.

    `kept` are the facts as they were issued, which may be of an older shape: the digest is theirs.
    """
    pictures = {**_report_pictures(report, check_address=check_address), **logo_of(look)}
    page = page_of(
        "reports/report.html",
        shop=report.shop,
        medium="pdf",
        pictures=pictures,
        look=look,
        report=report,
        check_address=check_address,
        look_up_address=public_address("/find-my-repair"),
    )
    request = DrawRequest(
        html=page,
        created_at=at,
        images=pictures,
        attachments={"report.json": facts.canonical(facts.plain(report) if kept is None else kept)},
    )
    return Document(name=f"report-{report.number}.pdf", pdf=draw_once(DocumentKind.REPORT, request))


def issued_pdf(issued: IssuedReport) -> Document:
    """A report as it was issued, with the code that checks it; NotFound once its person was erased."""
    if issued.facts is None:
        raise NotFound
    return report_pdf(
        facts.read(issued.facts, ReportData),
        at=issued.created_at,
        check_address=check_address_of(issued),
        kept=issued.facts,
        look=find_look(issued.shop_id),
    )


def report_for_ticket(ticket_id: int) -> Document | None:
    """What the customer's page opens: the latest issued report, or None while there is none."""
    issued = find_issued(ticket_id)
    return issued_pdf(issued) if issued is not None and issued.facts is not None else None


def check_address_of(issued: IssuedReport) -> str:
    """Where anybody can check the report; the QR code on it leads there."""
    return public_address(f"/verify/{issued.id}/{issued.digest}")


def public_address(path: str) -> str:
    """Where a path is read from outside; a paper names no other host, whichever one it was asked from."""
    config: Config = current_app.extensions["repairshop_config"]
    return f"{config.public_url.rstrip('/')}{path}"


def _report_pictures(report: ReportData, *, check_address: str | None) -> Pictures:
    signatures = [signed.picture for signed in report.signatures if signed.picture]
    photos = [picture for picture in report.pictures if picture not in signatures]
    pictures = dict(_kept_pictures(photos, size=Size.THUMBNAIL))
    pictures |= _kept_pictures(signatures, size=Size.FULL)
    if check_address:
        pictures["qr"] = ("image/svg+xml", qr_svg(check_address))
    return pictures


def _kept_pictures(wanted: Iterable[Picture], *, size: Size) -> Pictures:
    """Those that still exist: a picture erased since then leaves its place empty."""
    kept: dict[str, tuple[str, bytes]] = {}
    for media_id, row in find_pictures([MediaId(picture.media_id) for picture in wanted]).items():
        with suppress(NotFound):
            kept[str(media_id)] = (row.content_type, read_picture(row, size=size))
    return kept


def draw_once(kind: DocumentKind, request: DrawRequest) -> bytes:
    """From the store when these bytes were drawn before; the daily sweep of the store clears it."""
    key = hashlib.sha256(f"{request.identifier} {_press_version()}".encode()).hexdigest()
    name = f"documents/{kind.value}/{key[:2]}/{key}.pdf"
    with suppress(FileMissing):
        return the_store().get(name)
    pdf = render_pdf(request)
    with suppress(MediaStoreFull):  # the reader has their document all the same
        the_store().put(name, pdf)
    return pdf


@cache
def _press_version() -> str:
    """Changes with whatever draws: a new style or a new WeasyPrint must not serve yesterday's sheets."""
    here = Path(__file__).parent
    digest = hashlib.sha256(version("weasyprint").encode())
    for file in (
        here / "pdf.py",
        here / "glyphs.py",
        here / "fonts.conf",
        here.parent / "static" / "css" / "document.css",
    ):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def logo_of(look: Look) -> Pictures:
    """The logo under the name that letterheads use; nothing where there is none, or its file is gone."""
    if look.logo is None:
        return {}
    try:
        data = the_store().get(file_name(look.logo.key, kind=MediaKind.LOGO, size=Size.FULL))
    except FileMissing:
        return {}
    return {"logo": (look.logo.content_type, data)}


def page_of(
    template: str,
    *,
    shop: Letterhead,
    medium: str,
    pictures: Pictures,
    look: Look = PLAIN,
    **context: Any,
) -> str:
    """The template in the reader's language, the shop's country and the shop's time zone."""
    with current_app.app_context():
        speak(language=shop.language, country=shop.country, time_zone=shop.time_zone)
        locale = locale_name(g.language, shop.country)
        with force_locale(locale):
            return current_app.jinja_env.get_template(template).render(
                shop=shop,
                look=look,
                medium=medium,
                language=g.language,
                direction=Locale.parse(locale).text_direction,
                picture=_picture_maker(medium, pictures),
                **context,
            )


def _picture_maker(medium: str, pictures: Pictures) -> Callable[[object, str], Markup]:
    def picture(name: object, alt: str) -> Markup:
        found = pictures.get(str(name))
        if found is None:
            return Markup("")
        media_type, data = found
        address = f"image:{name}"
        if medium == "page":
            address = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
        return Markup('<img src="{}" alt="{}">').format(address, alt)

    return picture
