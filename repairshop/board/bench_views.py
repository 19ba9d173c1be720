"""The bench: every job of the shop, by stage, most urgent first."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from repairshop.board import queries, service
from repairshop.board.blueprint import board
from repairshop.board.forms import LimitsForm
from repairshop.board.queries import Filters
from repairshop.board.rules import COLUMN_OF, Card, Column, Job, Pace, card_of, lanes_of, urgency
from repairshop.board.verbs import Actions
from repairshop.catalogue.rules import DeviceType
from repairshop.clock import now
from repairshop.parts.queries import list_expected
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor, current_shop
from repairshop.tickets.stages import Stage
from repairshop.web.access import staff_only
from repairshop.web.bodies import Bodies
from repairshop.web.filters import in_steps
from repairshop.web.once import done_once
from repairshop.web.page import edition
from repairshop.web.row_numbers import row_number

# How late, how long ago: such words are this fresh on a board on which nothing else changed.
_WORDS_LIVE = timedelta(minutes=10)


@board.get("/bench")
@staff_only(Right.SEE_TICKETS)
def bench() -> ResponseReturnValue:
    at, filters = now(), _filters()
    tag = _tag(at)
    if request.if_none_match.contains(tag):
        response = make_response("", 304)
    else:
        response = make_response(_page(filters, at))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _filters() -> Filters:
    """From the address; what is not understood filters nothing."""
    who = request.args.get("who", type=row_number)
    kind = request.args.get("type", "")
    return Filters(
        assignee_id=current_actor().id if request.args.get("mine") else who,
        device_type=DeviceType(kind) if kind in set(DeviceType) else None,
        lanes=bool(request.args.get("lanes")),
    )


def _tag(at: datetime) -> str:
    """One for everything the page shows: the rows, the person, the filters, the program and the moment."""
    parts = (
        queries.get_stamp(current_actor().shop_id),
        str(current_actor().id),
        request.query_string.decode("utf-8", "replace"),
        str(g.get("language")),
        str(int(at.timestamp() // _WORDS_LIVE.total_seconds())),
        current_app.jinja_env.globals["asset"]("js/board.js"),  # type: ignore[operator]
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _page(filters: Filters, at: datetime) -> str:
    shop, zone = current_shop(), ZoneInfo(current_shop().time_zone)
    jobs = queries.list_jobs(current_actor().shop_id, filters)
    pace = _pace(at, zone)
    colleagues = queries.list_colleagues(shop.id)
    window = timedelta(seconds=shop.undo_window_seconds)
    columns = _columns(jobs, pace, at=at, zone=zone)
    return render_template(
        "board/bench.html",
        columns=columns,
        lanes=lanes_of(columns, names=colleagues, first=current_actor().id) if filters.lanes else (),
        limits=queries.get_limits(shop.id),
        actions=Actions(),
        figures=queries.get_figures(shop.id, at=at, end_of_day=_midnight(at, zone) + timedelta(days=1)),
        pace=pace,
        colleagues=colleagues,
        kept=_kept_cards(colleagues),
        device_types=tuple(DeviceType),
        filters=filters,
        is_full=len(jobs) == queries.CARDS_MAX,
        fresh=queries.find_fresh_move(current_actor(), at=at, window=window),
        at=at,
        here=request.full_path.rstrip("?"),
    )


def _kept_cards(colleagues: Mapping[int, str]) -> Callable[..., Markup]:
    """For the template: a card is drawn once for what it shows, since a board changes a card at a time."""
    bodies: Bodies = current_app.extensions.setdefault("board_cards", Bodies(most=4 * queries.CARDS_MAX))
    shop = current_shop()
    place = (g.get("language"), shop.id, shop.version, edition())

    def kept(card: Card, caller: Callable[[], str]) -> Markup:
        lengths = (card.late_for and in_steps(card.late_for), card.waiting_for and in_steps(card.waiting_for))
        name = colleagues.get(card.job.assignee_id or 0)
        shown = (card.job, name, lengths, card.due, card.part_on, card.share, card.tone, card.may_be_late)
        return Markup(bodies.get((place, shown), caller))  # noqa: S704 - a drawn template

    return kept


def _columns(jobs: list[Job], pace: Pace, *, at: datetime, zone: ZoneInfo) -> Mapping[Column, list[Card]]:
    expected = list_expected([job.id for job in jobs if job.stage is Stage.AWAITING_PARTS])
    columns: dict[Column, list[Card]] = {column: [] for column in Column}
    for job in sorted(jobs, key=urgency):
        card = card_of(job, part_on=expected.get(job.id), pace=pace, at=at, zone=zone)
        columns[COLUMN_OF[job.stage]].append(card)
    return columns


def _midnight(at: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(at.astimezone(zone).date(), time(0), tzinfo=zone)


def _pace(at: datetime, zone: ZoneInfo) -> Pace:
    """Up to last midnight, so the same all day: each process reads it once a day and shop."""
    kept: dict[int, tuple[datetime, Pace]] = current_app.extensions.setdefault("board_pace", {})
    shop_id, midnight = current_actor().shop_id, _midnight(at, zone)
    if shop_id not in kept or kept[shop_id][0] != midnight:
        kept[shop_id] = (midnight, queries.get_pace(shop_id, before=midnight))
    return kept[shop_id][1]


@board.get("/bench/limits")
@staff_only(Right.MANAGE)
def limits_form() -> ResponseReturnValue:
    form = LimitsForm(formdata=None)
    for column, most in queries.get_limits(current_actor().shop_id).items():
        form[column.value].data = most
    form.asks.data = queries.asks_when_full(current_actor().shop_id)
    return render_template("board/limits.html", form=form)


@board.post("/bench/limits")
@staff_only(Right.MANAGE)
def set_limits() -> ResponseReturnValue:
    form = LimitsForm()

    def act() -> None:
        limits = {column: form[column.value].data for column in Column}
        service.set_limits(limits, asks=form.asks.data, by=current_actor())

    return done_once(form, act, leads_to=url_for("board.bench")) or (
        render_template("board/limits.html", form=form),
        422,
    )
