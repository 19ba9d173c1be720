"""The pickup pass: one page that holds all it needs, so that a phone shows it without a connection."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from markupsafe import Markup

from repairshop import clock
from repairshop.codes import ScanKind, scan_text
from repairshop.handover.collectors import CollectorRow, find_collector
from repairshop.handover.dues import Due, list_due
from repairshop.handover.pass_codes import PASS_LENGTH, PassHolder, pass_code
from repairshop.handover.passes import get_collectors_pass, list_collectable
from repairshop.loaners.queries import list_lent
from repairshop.portal import repair, session
from repairshop.portal.hours import open_days
from repairshop.portal.letterheads import letterhead_for, letterhead_of
from repairshop.portal.queries import Guest, GuestShop
from repairshop.qr import qr_svg
from repairshop.reports.looks import find_look
from repairshop.reports.pass_documents import PassData, PassDevice, PassHours, pass_pdf
from repairshop.reports.rules import Letterhead
from repairshop.reports.views import pdf_response
from repairshop.staff.queries import ShopFacts, get_shop
from repairshop.tickets.queries import TicketHead
from repairshop.tickets.stages import COLLECTABLE_STAGES
from repairshop.web.access import portal_only, public
from repairshop.web.bodies import tag_of
from repairshop.web.locale import language_offered, speak
from repairshop.web.page import edition

pickup = Blueprint("pickup", __name__)

# The browser's own copy is shown without asking, so it is there without a connection. It is the copy of one
# edition: the address of the pass leads to another edition as soon as the repair, the shop or the day is
# another.
_KEPT = f"private, max-age={int(PASS_LENGTH.total_seconds())}"


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What both passes show."""

    shop: GuestShop | ShopFacts
    holder: PassHolder
    name: str
    code: str
    heads: list[TicketHead]
    at: datetime


@pickup.get("/repair/<reference>/pass")
@portal_only
def show(reference: str) -> ResponseReturnValue:
    """The customer's own; the repair's page where nothing is left to collect."""
    guest = session.current_guest()
    repair.get_own_head(reference, guest=guest)
    drawn = _customers(guest)
    if not drawn.heads:
        return redirect(url_for("portal.show_one", reference=reference), 303)
    return _answer(
        drawn,
        due=list_due([head.id for head in drawn.heads]),
        collector=find_collector(guest.visit_id),
        back=url_for("portal.show_one", reference=reference),
        paper=url_for("pickup.paper", reference=reference),
    )


@pickup.get("/repair/<reference>/pass.pdf")
@portal_only
def paper(reference: str) -> ResponseReturnValue:
    """The same to print; drawn each time, because it holds a code."""
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    drawn = _customers(guest)
    if not drawn.heads:
        return redirect(url_for("portal.show_one", reference=reference), 303)
    data = _on_paper(
        drawn,
        letterhead=letterhead_for(guest),
        due=list_due([head.id for head in drawn.heads]),
        collector=find_collector(guest.visit_id),
    )
    return pdf_response(pass_pdf(data, look=find_look(head.shop_id)))


def _customers(guest: Guest) -> Drawn:
    at = clock.now()
    return Drawn(
        shop=guest.shop,
        holder=PassHolder.CUSTOMER,
        name=guest.customer_name,
        code=pass_code(
            PassHolder.CUSTOMER,
            guest.link_id,
            version=guest.link_version,
            drawn_on=_today(guest.shop, at),
            key=_key(),
        ),
        heads=list_collectable(guest.visit_id),
        at=at,
    )


def _on_paper(
    drawn: Drawn, *, letterhead: Letterhead, due: Mapping[int, Due], collector: CollectorRow | None
) -> PassData:
    """What the page shows, for paper; a device that `due` leaves out shows no price."""
    shop = drawn.shop
    return PassData(
        shop=letterhead,
        code=scan_text(ScanKind.PICKUP, drawn.code),
        by_customer=drawn.holder is PassHolder.CUSTOMER,
        devices=tuple(
            PassDevice(
                label=head.device_label,
                number=head.number,
                is_ready=head.stage in COLLECTABLE_STAGES,
                to_pay=due[head.id].amount if head.id in due else None,
            )
            for head in drawn.heads
        ),
        collectors=(drawn.name, *((collector.name,) if collector else ())),
        lent=tuple(loan.name for loan in list_lent([head.id for head in drawn.heads]).values()),
        hours=tuple(
            PassHours(first=line.first, last=line.last, opens=line.opens, closes=line.closes)
            for line in open_days(shop.opening_hours, time_zone=shop.time_zone)
        ),
        drawn_at=drawn.at,
        works_until=_today(shop, drawn.at) + PASS_LENGTH,
    )


@pickup.get("/collect/<token>")
@public
def show_collectors(token: str) -> ResponseReturnValue:
    """Whom the customer named sees what collecting needs, and nothing of the repair."""
    drawn = _collectors(token)
    return _answer(
        drawn, due={}, collector=None, back="", paper=url_for("pickup.collectors_paper", token=token)
    )


@pickup.get("/collect/<token>/pass.pdf")
@public
def collectors_paper(token: str) -> ResponseReturnValue:
    """The same to print, for whom the customer named."""
    drawn = _collectors(token)
    letterhead = letterhead_of(drawn.shop, language=language_offered())
    data = _on_paper(drawn, letterhead=letterhead, due={}, collector=None)
    return pdf_response(pass_pdf(data, look=find_look(drawn.heads[0].shop_id)))


def _collectors(token: str) -> Drawn:
    """NotFound for every address that opens nothing now."""
    found, collector = get_collectors_pass(token, key=_key())
    shop, at = get_shop(found.shop_id), clock.now()
    speak(language=language_offered(), country=shop.country, time_zone=shop.time_zone)
    return Drawn(
        shop=shop,
        holder=PassHolder.COLLECTOR,
        name=collector.name,
        code=pass_code(
            PassHolder.COLLECTOR,
            collector.id,
            version=collector.version,
            drawn_on=_today(shop, at),
            key=_key(),
        ),
        heads=list_collectable(found.visit_id),
        at=at,
    )


def _answer(drawn: Drawn, **more: Any) -> ResponseReturnValue:
    """The page under the name of its edition, which browsers may keep; every other address leads there."""
    name = _edition(drawn, more)
    if request.args.get("as") != name:
        save = {"save": "1"} if "save" in request.args else {}
        return redirect(f"{request.path}?{urlencode({'as': name, **save})}", 303)
    return _draw(drawn, named=name, **more)


def _edition(drawn: Drawn, more: dict[str, Any]) -> str:
    repairs = [(head.reference, head.version) for head in drawn.heads]
    return tag_of(drawn.code, drawn.name, repairs, drawn.shop.version, more, str(get_locale()), edition())[
        :12
    ]


def _draw(drawn: Drawn, **more: Any) -> Response:
    style = _style()
    page = render_template(
        "portal/pass.html",
        drawn=drawn,
        shop=drawn.shop,
        # Our own file, and the policy below names its hash: nothing else that is inline counts.
        style=Markup(f"<style>{style}</style>"),  # noqa: S704
        picture=b64encode(
            qr_svg(scan_text(ScanKind.PICKUP, drawn.code), quiet_modules=4, scalable=True)
        ).decode(),
        hours=open_days(drawn.shop.opening_hours, time_zone=drawn.shop.time_zone),
        lent=list_lent([head.id for head in drawn.heads]),
        works_until=_today(drawn.shop, drawn.at) + PASS_LENGTH,
        **more,
    )
    response = make_response(page)
    seen = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{seen}'; img-src data:; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["Cache-Control"] = _KEPT
    if "save" in request.args:
        name = f"pickup-pass-{drawn.heads[0].number}.html"
        response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _style() -> str:
    """Inside the page: a file of its own would be missing without a connection."""
    return (Path(current_app.root_path) / "static" / "css" / "pass.css").read_text()


def _today(shop: GuestShop | ShopFacts, at: datetime) -> date:
    return at.astimezone(ZoneInfo(shop.time_zone)).date()


def _key() -> str:
    key: str = current_app.extensions["repairshop_config"].link_key
    return key
