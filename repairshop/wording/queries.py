"""What the pages about texts show: the matrix, the versions of one, a ticket to try it on, and the month."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, func, select

from repairshop import clock, codes
from repairshop.catalogue.rules import DeviceType
from repairshop.database import db
from repairshop.errors import NotFound
from repairshop.notifications.composition import facts_of, find_customer
from repairshop.notifications.filling import OwnWords
from repairshop.notifications.models import OutgoingMessage, OwnText
from repairshop.notifications.own_texts import words_of
from repairshop.notifications.rules import Channel
from repairshop.notifications.texts import TextFacts, languages, shipped
from repairshop.promises.queries import get_promises
from repairshop.staff.models import Shop, Staff
from repairshop.tickets.models import Ticket
from repairshop.tickets.rules import MoveFacts
from repairshop.wording.rules import WRITTEN_CHANNELS, is_for_many, list_keys, notice_of
from repairshop.wording.service import TextName


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """One version of a text; version 0 is the shipped one."""

    version: int
    words: OwnWords
    is_ours: bool
    restored_from: int | None
    at: datetime | None
    by: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One text in the matrix."""

    name: TextName
    newest: VersionRow | None

    @property
    def is_own(self) -> bool:
        return self.newest is not None and not self.newest.is_ours


@dataclass(frozen=True, kw_only=True)
class MatrixRow:
    """One text in all channels and languages the shop offers."""

    key: str
    cells: tuple[Cell, ...]

    @property
    def missing(self) -> tuple[TextName, ...]:
        """Texts still ours although the shop words another language of the same channel itself."""
        own = {cell.name.channel for cell in self.cells if cell.is_own}
        return tuple(cell.name for cell in self.cells if cell.name.channel in own and not cell.is_own)


def languages_of(offered: list[str]) -> tuple[str, ...]:
    """The languages a shop offers that there are texts in, its own first."""
    return tuple(language for language in offered if language in languages()) or ("en",)


def list_matrix(shop_id: int, offered: list[str]) -> list[MatrixRow]:
    """Every text; one query."""
    newest = _newest_of_all(shop_id)
    return [
        MatrixRow(
            key=key,
            cells=tuple(
                Cell(name=name, newest=newest.get((key, channel, language)))
                for channel in WRITTEN_CHANNELS
                for language in languages_of(offered)
                for name in (TextName(key=key, channel=channel, language=language),)
            ),
        )
        for key in list_keys()
    ]


def _newest_of_all(shop_id: int) -> dict[tuple[str, Channel, str], VersionRow]:
    newest = (
        select(func.max(OwnText.id))
        .where(OwnText.shop_id == shop_id)
        .group_by(OwnText.key, OwnText.channel, OwnText.language)
    )
    rows = db.session.execute(_rows().where(OwnText.id.in_(newest)))
    return {(row.key, row.channel, row.language): _version(row, by) for row, by in rows}


def list_versions(shop_id: int, name: TextName) -> list[VersionRow]:
    """Newest first, the shipped text last."""
    rows = db.session.execute(
        _rows()
        .where(
            OwnText.shop_id == shop_id,
            OwnText.key == name.key,
            OwnText.channel == name.channel,
            OwnText.language == name.language,
        )
        .order_by(OwnText.version.desc())
    )
    return [*(_version(row, by, name) for row, by in rows), _shipped(name)]


def get_version(shop_id: int, name: TextName, version: int) -> tuple[VersionRow, VersionRow]:
    """The version and the one before it; NotFound where there is none."""
    rows = list_versions(shop_id, name)
    at = next((place for place, row in enumerate(rows) if row.version == version), None)
    if at is None or version == 0:
        raise NotFound
    return rows[at], rows[at + 1]


def _rows() -> Select[OwnText, str]:
    return select(OwnText, Staff.first_name).join(Staff, Staff.id == OwnText.saved_by_id)


def _version(row: OwnText, by: str, name: TextName | None = None) -> VersionRow:
    words = _shipped(name).words if row.is_ours and name else words_of(row)
    return VersionRow(
        version=row.version,
        words=words,
        is_ours=row.is_ours,
        restored_from=row.restored_from,
        at=row.saved_at,
        by=by,
    )


def _shipped(name: TextName) -> VersionRow:
    return VersionRow(
        version=0,
        words=shipped(name.key, name.channel, name.language),
        is_ours=True,
        restored_from=None,
        at=None,
        by="",
    )


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What a text is tried on: a ticket of the shop, or invented facts where there is none."""

    facts: TextFacts
    number: str = ""  # of the ticket


def example_facts(shop_id: int, key: str) -> TextFacts:
    """An invented repair: nobody's name or number."""
    shop = db.session.get_one(Shop, shop_id)
    day = _today(shop)
    number = f"{shop.number_prefix}1024"
    return TextFacts(
        shop=shop.name,
        tickets=(number, f"{shop.number_prefix}1025") if is_for_many(key) else (number,),
        device_type=DeviceType.PHONE,
        device_label="iPhone 13",
        customer_name="Alex",
        place=", ".join(part for part in (shop.street, shop.city) if part),
        phone=shop.phone,
        country=shop.country,
        price_minor=129_00 if shop.price_in_texts else None,
        currency=shop.currency,
        from_date=day + timedelta(days=2),
        to_date=day + timedelta(days=5),
        part_date=day + timedelta(days=3),
        answer_by=day + timedelta(days=14),
        code="402917",
    )


def find_trial(shop_id: int, key: str, wanted: str) -> Trial | None:
    """The ticket of this number or code with what it would say; None where the shop has none such.

    What was last sent about this notice is said again; else the dates of the ticket's promise.
    """
    shop = db.session.get_one(Shop, shop_id)
    ticket = _find_ticket(shop, wanted)
    if ticket is None:
        return None
    number = f"{shop.number_prefix}{ticket.number}"
    sent = db.session.scalars(
        select(OutgoingMessage.facts)
        .where(OutgoingMessage.ticket_id == ticket.id, OutgoingMessage.notice == notice_of(key))
        .order_by(OutgoingMessage.id.desc())
        .limit(1)
    ).first()
    if sent and not is_for_many(key):
        return Trial(facts=replace(TextFacts.from_json(sent), tickets=(number,)), number=number)
    promises = get_promises(ticket.id)
    dates = promises.current.dates if promises else None
    facts = facts_of(
        ticket,
        shop,
        find_customer(ticket),
        MoveFacts(
            promised_from=dates.earliest if dates else None, promised_to=dates.latest if dates else None
        ),
        code="402917",
    )
    if is_for_many(key):
        facts = replace(facts, tickets=(number, f"{shop.number_prefix}{ticket.number + 1}"))
    return Trial(facts=facts, number=number)


def _find_ticket(shop: Shop, wanted: str) -> Ticket | None:
    of_shop = select(Ticket).where(Ticket.shop_id == shop.id)
    code = codes.find_code(wanted)
    if code is not None:
        return db.session.scalars(of_shop.where(Ticket.code == code)).one_or_none()
    digits = wanted.strip().upper().removeprefix(shop.number_prefix.upper())
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        return None
    return db.session.scalars(of_shop.where(Ticket.number == int(digits))).one_or_none()


@dataclass(frozen=True, kw_only=True)
class MonthRow:
    """What went by one channel in a month: `cost_hundredths` is of those whose price is known."""

    channel: Channel
    messages: int
    parts: int
    cost_hundredths: int
    without_price: int


def list_month(shop_id: int, *, months_ago: int = 0) -> tuple[datetime, list[MonthRow]]:
    """The first moment of the shop's month, and what was accepted by providers in it, by channel."""
    shop = db.session.get_one(Shop, shop_id)
    begin, end = _month(shop, months_ago)
    cost = OutgoingMessage.cost_hundredths
    no_price = func.sum(case((OutgoingMessage.parts.is_not(None) & cost.is_(None), 1), else_=0))
    rows = db.session.execute(
        select(
            OutgoingMessage.channel,
            func.count(),
            func.coalesce(func.sum(OutgoingMessage.parts), 0),
            func.coalesce(func.sum(cost), 0),
            func.coalesce(no_price, 0),
        )
        .where(
            OutgoingMessage.shop_id == shop_id,
            OutgoingMessage.accepted_at >= begin,
            OutgoingMessage.accepted_at < end,
            OutgoingMessage.channel.in_(WRITTEN_CHANNELS),
            OutgoingMessage.provider != "outbox",  # nobody was paid for these
        )
        .group_by(OutgoingMessage.channel)
    )
    found = {row[0]: tuple(int(figure) for figure in row[1:]) for row in rows}
    return begin, [_month_row(channel, *found.get(channel, (0, 0, 0, 0))) for channel in WRITTEN_CHANNELS]


def _month_row(channel: Channel, messages: int, parts: int, cost: int, without_price: int) -> MonthRow:
    return MonthRow(
        channel=channel, messages=messages, parts=parts, cost_hundredths=cost, without_price=without_price
    )


def _month(shop: Shop, months_ago: int) -> tuple[datetime, datetime]:
    zone = ZoneInfo(shop.time_zone)
    today = clock.now().astimezone(zone)
    months = today.year * 12 + today.month - 1 - months_ago
    begin, end = (datetime(one // 12, one % 12 + 1, 1, tzinfo=zone) for one in (months, months + 1))
    return begin, end


def _today(shop: Shop) -> date:
    return clock.now().astimezone(ZoneInfo(shop.time_zone)).date()
