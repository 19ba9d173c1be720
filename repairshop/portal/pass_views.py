"""The pickup pass: one page that holds all it needs, so that a phone shows it without a connection."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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
from repairshop.errors import NotFound
from repairshop.handover.collectors import CollectorRow, find_collector
from repairshop.handover.dues import Due, list_due
from repairshop.handover.pass_codes import PASS_LENGTH, PassHolder, pass_code
from repairshop.handover.passes import COLLECTORS_PASS_LENGTH, get_collectors_pass, list_collectable
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
# With this header the pass's own worker asks (static/js/pass-keeper.js). What it is answered goes into its
# store and nowhere else.
_KEEPER = "Pass-Keeper"
_FORGET = {"Clear-Site-Data": '"cache"'}  # the copies a browser keeps without a worker


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What both passes show."""

    shop: GuestShop | ShopFacts
    holder: PassHolder
    name: str
    code: str
    heads: list[TicketHead]
    at: datetime
    works_until: date  # the last day


@pickup.get("/repair/<reference>/pass")
@portal_only
def show(reference: str) -> ResponseReturnValue:
    """The customer's own; the repair's page where nothing is left to collect."""
    guest = session.current_guest()
    repair.get_own_head(reference, guest=guest)
    drawn = _customers(guest)
    if not drawn.heads:
        gone = redirect(url_for("portal.show_one", reference=reference), 303)
        gone.headers.update(_FORGET)
        return gone
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
        works_until=_today(guest.shop, at) + PASS_LENGTH,
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
        works_until=drawn.works_until,
    )


@pickup.get("/collect/<token>")
@public
def show_collectors(token: str) -> ResponseReturnValue:
    """Whom the customer named sees what collecting needs, and nothing of the repair."""
    try:
        drawn = _collectors(token)
    except NotFound:
        return _opens_nothing()
    return _answer(
        drawn, due={}, collector=None, back="", paper=url_for("pickup.collectors_paper", token=token)
    )


@pickup.get("/collect/<token>/pass.pdf")
@public
def collectors_paper(token: str) -> ResponseReturnValue:
    """The same to print, for whom the customer named."""
    try:
        drawn = _collectors(token)
    except NotFound:
        return _opens_nothing()
    letterhead = letterhead_of(drawn.shop, language=language_offered())
    data = _on_paper(drawn, letterhead=letterhead, due={}, collector=None)
    return pdf_response(pass_pdf(data, look=find_look(drawn.heads[0].shop_id)))


def _opens_nothing() -> ResponseReturnValue:
    """Whom a customer named has no link of their own to go back to, and is told whom to ask."""
    return render_template("portal/no_pass.html"), 404


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
        works_until=min(
            _today(shop, at) + PASS_LENGTH, _today(shop, collector.named_at + COLLECTORS_PASS_LENGTH)
        ),
    )


@pickup.get("/repair/<reference>/pass/keeper.js")
@public
def keeper(reference: str) -> ResponseReturnValue:
    return _keeper(url_for("pickup.show", reference=reference))


@pickup.get("/collect/<token>/keeper.js")
@public
def collectors_keeper(token: str) -> ResponseReturnValue:
    return _keeper(url_for("pickup.show_collectors", token=token))


def _keeper(path: str) -> Response:
    """The worker of the pass at this path, and of nothing else: the same words for everybody."""
    response = Response(_part("js/pass-keeper.js"), mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = path
    response.headers["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
    response.add_etag()
    response.make_conditional(request)
    return response


@pickup.after_request
def forget(response: Response) -> Response:
    """Where no pass is any more, the browser's own copies go as well."""
    if response.status_code == 404:
        for name, value in _FORGET.items():
            response.headers.setdefault(name, value)
    return response


def _answer(drawn: Drawn, **more: Any) -> ResponseReturnValue:
    """The page under the name of its edition, which browsers may keep; every other address leads there."""
    name = _edition(drawn, more)
    if _KEEPER in request.headers:
        response = _draw(drawn, named=name, **more)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Pass-Until"] = str(_milliseconds(drawn))
        return response
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
    is_file = "save" in request.args
    style, script = _part("css/pass.css"), "" if is_file else _part("js/pass.js")
    page = render_template(
        "portal/pass.html",
        drawn=drawn,
        shop=drawn.shop,
        # Our own files, and the policy below names their hashes: nothing else that is inline counts.
        style=Markup(f"<style>{style}</style>"),  # noqa: S704
        script=Markup(f"<script>{script}</script>") if script else "",  # noqa: S704
        picture=b64encode(
            qr_svg(scan_text(ScanKind.PICKUP, drawn.code), quiet_modules=4, scalable=True)
        ).decode(),
        hours=open_days(drawn.shop.opening_hours, time_zone=drawn.shop.time_zone),
        lent=list_lent([head.id for head in drawn.heads]),
        **more,
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; worker-src 'self'; "
        "img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["Cache-Control"] = _KEPT
    if is_file:
        name = f"pickup-pass-{drawn.heads[0].number}.html"
        response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _part(name: str) -> str:
    """What stands inside the page: a file of its own would be missing without a connection."""
    return (Path(current_app.root_path) / "static" / name).read_text()


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _milliseconds(drawn: Drawn) -> int:
    """When the code has worked for the last time, as browsers count: from the start of 1970."""
    zone = ZoneInfo(drawn.shop.time_zone)
    ends = datetime.combine(drawn.works_until + timedelta(days=1), time(), tzinfo=zone)
    return int(ends.timestamp() * 1000)


def _today(shop: GuestShop | ShopFacts, at: datetime) -> date:
    return at.astimezone(ZoneInfo(shop.time_zone)).date()


def _key() -> str:
    key: str = current_app.extensions["repairshop_config"].link_key
    return key
