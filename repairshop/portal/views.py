"""The way in, and the repair page."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from repairshop import clock
from repairshop.diagnostics.queries import list_test_runs
from repairshop.errors import NotFound
from repairshop.handover.dues import get_due
from repairshop.portal import repair, session
from repairshop.portal.delays import OWES_DATES, delay_of, next_news
from repairshop.portal.kept import bodies_of, known_tag
from repairshop.portal.nameplates import find_nameplate, has_repair_open
from repairshop.portal.queries import GuestShop
from repairshop.portal.rules import by_need, has_rested, is_late, report_may_be_read, way
from repairshop.privacy.access_queries import list_data_access
from repairshop.privacy.queries import list_tasks
from repairshop.privacy.rules import may_customer_answer
from repairshop.privacy.wipe_queries import list_certificates
from repairshop.promises.rules import first_working_day
from repairshop.reports.documents import report_for_ticket
from repairshop.reports.views import pdf_response
from repairshop.tickets.queries import TicketHead, list_history
from repairshop.tickets.stages import COLLECTABLE_STAGES, WORK_DONE_OUTCOMES, Verb
from repairshop.web.access import portal_only, public
from repairshop.web.bodies import tag_of
from repairshop.web.page import edition
from repairshop.web.saying import has_news

portal = Blueprint("portal", __name__)


@portal.app_context_processor
def _for_frames() -> dict[str, object]:
    """Called by the frame where the page itself names no shop, and by pages for whoever it is."""
    return {"find_nameplate": find_nameplate, "has_repair_open": has_repair_open}


@portal.get("/t/<token>")
@public
def enter(token: str) -> ResponseReturnValue:
    """Exchange the link for a cookie, so that its key leaves the address bar. Writes nothing."""
    session.enter(token)
    return redirect(url_for("portal.show"), 303)


@portal.get("/repair")
@portal_only
def show() -> ResponseReturnValue:
    """The visit's repair, or the list of them when several devices came together."""
    guest = session.current_guest()
    heads = repair.list_repairs(guest)
    if not heads:
        raise NotFound
    if len(heads) == 1:
        return _page(heads, lambda: _draw_repair(heads[0], has_others=False))
    return _page(heads, lambda: _draw_visit(heads))


@portal.get("/repair/<reference>")
@portal_only
def show_one(reference: str) -> ResponseReturnValue:
    heads = repair.list_repairs(session.current_guest())
    head = next((head for head in heads if head.reference == reference), None)
    if head is None:
        raise NotFound
    return _page(heads, lambda: _draw_repair(head, has_others=len(heads) > 1))


def _draw_visit(heads: Sequence[TicketHead]) -> str:
    guest, now = session.current_guest(), clock.now()
    return render_template(
        "portal/visit.html",
        guest=guest,
        shop=guest.shop,
        heads=[heads[place] for place in by_need([head.stage for head in heads])],
        late={head.id for head in heads if head.stage in OWES_DATES and is_late(head.due_at, at=now)},
        dated=OWES_DATES,
    )


def _draw_repair(head: TicketHead, *, has_others: bool) -> str:
    guest = session.current_guest()
    found, now = repair.get_repair(head, guest=guest), clock.now()
    delay = delay_of(head.stage, found.promises, at=now, has_loaner=found.loan is not None)
    return render_template(
        "portal/repair.html",
        guest=guest,
        shop=guest.shop,
        repair=found,
        head=head,
        has_others=has_others,
        today=first_working_day(guest.shop.calendar, at=now),
        local_day=now.astimezone(ZoneInfo(guest.shop.time_zone)).date(),
        delay=delay,
        news=next_news(
            head.stage,
            due_at=head.due_at,
            owed_at=found.counts.date_owed,
            calendar=guest.shop.calendar,
            at=now,
        ),
        way=way(
            head.stage,
            since=head.stage_since,
            reached=found.reached,
            was_repaired=head.outcome in WORK_DONE_OUTCOMES if head.outcome else None,
        ),
        report_is_there=report_may_be_read(head.stage),
        due=get_due(head.id) if head.stage in COLLECTABLE_STAGES else None,
    )


def _page(heads: Sequence[TicketHead], draw: Callable[[], str]) -> Response:
    """The page, or 304 when nothing it shows has changed since the browser's copy was drawn.

    One that says what this browser has just done is drawn for it alone, and nobody keeps it.
    """
    if has_news():
        return make_response(draw())
    tag = known_tag(request.environ) or _tag(heads)
    is_known = request.if_none_match.contains_weak(tag)  # weak: a proxy that compresses pages calls tags so
    response = Response(status=304) if is_known else make_response(bodies_of(current_app).get(tag, draw))
    response.set_etag(tag)
    return response


def _tag(heads: Sequence[TicketHead]) -> str:
    """What decides how the page looks. Days and lateness change it without a change of the repair."""
    now = clock.now()
    guest = session.current_guest()
    shop = guest.shop
    repairs = [
        (
            head.reference,
            head.version,
            _moment_shown(head, shop, at=now),
            has_rested(head.closed_at, at=now, days_after_handover=shop.portal_days_after_handover),
        )
        for head in heads
    ]
    days = (now.date(), now.astimezone(ZoneInfo(shop.time_zone)).date())
    reader = (guest.visit_id, guest.customer_name, guest.origin.value, str(get_locale()))
    return tag_of(request.path, repairs, days, reader, shop.id, shop.version, edition())


def _moment_shown(head: TicketHead, shop: GuestShop, *, at: datetime) -> object:
    """What the hour alone changes on the page of a repair: its promise, kept, over, or long over.

    Where no date was told the head does not know when one is owed, so such a page is drawn each minute.
    """
    if head.due_at is None:
        return None if head.closed_at else at.replace(second=0, microsecond=0)
    if not is_late(head.due_at, at=at):
        return "in time"
    news = next_news(head.stage, due_at=head.due_at, owed_at=None, calendar=shop.calendar, at=at)
    return "late" if news is None or not news.is_over else "silent"


@portal.get("/repair/<reference>/history")
@portal_only
def history(reference: str) -> ResponseReturnValue:
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    return render_template(
        "portal/history.html",
        guest=guest,
        shop=guest.shop,
        head=head,
        history=list_history(head.id),
        moves={verb.value for verb in Verb},
    )


@portal.get("/repair/<reference>/privacy")
@portal_only
def privacy(reference: str) -> ResponseReturnValue:
    """Who opened the customer's data and why, and what was agreed about it."""
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    tasks = list_tasks(head.id)
    return render_template(
        "portal/privacy.html",
        guest=guest,
        shop=guest.shop,
        head=head,
        openings=list_data_access(head.id),
        tasks=tasks,
        certificates=list_certificates(head.id),
        may_answer=any(may_customer_answer(task, stage=head.stage) for task in tasks),
    )


@portal.get("/repair/<reference>/tests")
@portal_only
def tests(reference: str) -> ResponseReturnValue:
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest)
    return render_template(
        "portal/tests.html",
        guest=guest,
        shop=guest.shop,
        head=head,
        runs=list_test_runs(head.id, for_customer=True),
    )


@portal.get("/repair/<reference>/report.pdf")
@portal_only
def report(reference: str) -> ResponseReturnValue:
    """The issued report. The worker issues it soon after the work is closed; before that a page says so."""
    guest = session.current_guest()
    head = repair.get_own_head(reference, guest=guest, with_warranty_only=True)
    document = report_for_ticket(head.id) if report_may_be_read(head.stage) else None
    if document is None:
        return render_template("portal/no_report.html", guest=guest, shop=guest.shop, head=head), 404
    return pdf_response(document)
