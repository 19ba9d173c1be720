"""The demo shop: made once, its past topped up to the number asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy import func, select

from repairshop import clock
from repairshop.board.rules import USUAL_LIMITS
from repairshop.board.service import set_limits
from repairshop.catalogue.service import load_catalogue
from repairshop.custody.models import Place
from repairshop.custody.rules import key_of_place
from repairshop.database import db
from repairshop.demo.past import Crew, PastShop
from repairshop.demo.rows import write_jobs
from repairshop.demo.rules import SHELVES
from repairshop.demo.shelves import fill_shelves
from repairshop.demo.wording import read_words
from repairshop.dropoff.service import switch
from repairshop.errors import NotFound
from repairshop.parts.catalogue import load_effects
from repairshop.similar.service import refresh_all
from repairshop.staff import service as staff
from repairshop.staff.models import Membership, Shop, Staff
from repairshop.staff.rules import Actor, ActorKind, Role, ShopId
from repairshop.tickets.models import Ticket

# The people of every test and picture of ours, so that a newcomer meets them again in the documentation.
CAST = (
    ("Olga", "olga@example.com", Role.OWNER),
    ("Mira", "mira@example.com", Role.MANAGER),
    ("Frank", "frank@example.com", Role.COUNTER),
    ("Tess", "tess@example.com", Role.TECHNICIAN),
)
NAME = "Fixwell"
_HOURS = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")} | {
    "sat": ["10:00", "16:00"]
}
# A shop of four does about this many jobs a day; more tickets than that make a longer past, up to its limit.
_JOBS_PER_DAY = 12
_LONGEST_PAST = timedelta(days=3 * 365)
_FIRST_NUMBER = 4001


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Who works in the demo shop."""

    olga: Actor
    mira: Actor
    frank: Actor
    tess: Actor

    @property
    def crew(self) -> Crew:
        return Crew(
            counter=[self.frank, self.frank, self.frank, self.mira, self.tess],
            bench=[self.tess, self.tess, self.tess, self.mira],
        )


def find_demo_shop() -> Shop | None:
    return db.session.scalars(
        select(Shop).where(Shop.is_demo.is_(True)).order_by(Shop.id).limit(1)
    ).one_or_none()


def get_demo_shop() -> Shop:
    shop = find_demo_shop()
    if shop is None:
        raise NotFound
    return shop


def make_shop(*, password_hash: str) -> Shop:
    """Fixwell in Manchester with its four people, and the catalogue it works from."""
    load_catalogue()
    load_effects()
    shop = staff.create_shop(
        name=NAME, country="GB", currency="GBP", time_zone="Europe/London", languages=["en", "es"]
    )
    shop.is_demo = True
    shop.opening_hours = dict(_HOURS)
    shop.street, shop.city = "12 Tib Lane", "Manchester M2 4JB"
    shop.phone, shop.email = "0161 496 0123", "hello@fixwell.example.com"
    shop.tax_rate_basis_points = 2000
    shop.next_ticket_number = _FIRST_NUMBER
    for first_name, email, role in CAST:
        staff.add_staff(
            shop_id=shop.id, email=email, first_name=first_name, role=role, password_hash=password_hash
        )
    for name in SHELVES:
        db.session.add(Place(shop_id=shop.id, name=name, key=key_of_place(name)))
    mira = get_cast(shop).mira
    fill_shelves(by=mira, today=clock.now().date())
    switch(shows_prices=True, takes_requests=True, by=mira)
    return shop


def set_usual_limits(shop: Shop) -> None:
    """The limits a shop begins with, saved by its manager: from now on a full column asks."""
    set_limits(USUAL_LIMITS, asks=True, by=get_cast(shop).mira)


def get_cast(shop: Shop) -> Cast:
    rows = db.session.execute(
        select(Staff.email, Staff.id, Membership.role)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.shop_id == shop.id)
    )
    by_email = {
        email: Actor(kind=ActorKind.STAFF, shop_id=ShopId(shop.id), id=staff_id, role=role)
        for email, staff_id, role in rows
    }
    return Cast(**{name.lower(): by_email[email] for name, email, _ in CAST})


def count_past(shop_id: int) -> int:
    return db.session.scalar(select(func.count()).select_from(Ticket).where(Ticket.shop_id == shop_id)) or 0


class PastLoad:
    """A past on its way into the database: each `write_next` is one batch, for one transaction."""

    def __init__(self, *, past: PastShop, days: Sequence[date]) -> None:
        self.tickets = self.rows = 0
        self._past = past
        self._days = days
        self._next = 0

    @property
    def is_done(self) -> bool:
        return self._next >= len(self._days)

    def write_next(self, *, size: int) -> None:
        shop = db.session.get_one(Shop, self._past.shop_id)
        days = self._days[self._next : self._next + size]
        jobs = self._past.draw_jobs(days)
        self.rows += write_jobs(jobs, shop=shop, words=read_words(), rng=self._past.rng)
        refresh_all([job.ticket_id for job in jobs])
        self.tickets += len(jobs)
        self._next += len(days)


def begin_past(shop: Shop, *, count: int, seed: int) -> PastLoad:
    """Draw when `count` jobs arrive; the same seed on the same day gives the same past."""
    now = clock.now()
    rng = Random(seed)  # noqa: S311 - an invented shop needs no secrets
    past = PastShop(shop=shop, crew=get_cast(shop).crew, rng=rng, until=now)
    length = min(_LONGEST_PAST, max(timedelta(days=60), timedelta(days=count / _JOBS_PER_DAY * 7 / 6)))
    return PastLoad(past=past, days=past.draw_days(count, first=(now - length).date()))
