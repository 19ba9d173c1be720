"""Writing the invented past in batches: tickets through tickets.bulk, and the rows that lie beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from repairshop.catalogue.queries import PresetRow
from repairshop.catalogue.rules import PriceRange
from repairshop.customers.models import Customer, Device
from repairshop.demo.invention import InventedDevice, Invention, Person
from repairshop.demo.rules import (
    SOLD_PATHS,
    Job,
    OpenHours,
    Path,
    Plan,
    arrival_days,
    draw_path,
    plan_job,
)
from repairshop.demo.steps import Agreed, Hands, Ids, steps_of
from repairshop.parts.models import PartFitted, PartOrder
from repairshop.parts.rules import PartOrigin
from repairshop.quotes.fingerprint import quote_hash
from repairshop.quotes.terms import LineKind, OptionTerms, QuoteLine, QuoteTerms
from repairshop.staff.models import Shop
from repairshop.staff.rules import Actor, ShopId, customer_actor
from repairshop.tickets import bulk
from repairshop.tickets.models import PortalLink, Ticket, Visit
from repairshop.warranty.models import WarrantyTerm

_COMES_AGAIN = 0.35
_SAME_DEVICE = 0.4
_REMEMBERED = 3000
_TRIES = 6
_SOONEST_BACK = timedelta(days=1)
_LATEST_BACK = timedelta(days=29)
_QUOTE_VALID = timedelta(days=14)
QUOTED_PATHS = frozenset({Path.QUOTED, Path.FIXED_PRICE, Path.WITHIN_LIMIT, Path.DECLINED, Path.UNCOLLECTED})


@dataclass(frozen=True, kw_only=True)
class Crew:
    """Whose hands do the work; a person named more often does more of it."""

    counter: Sequence[Actor]
    bench: Sequence[Actor]


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A customer with the device they bring; ids are 0 until the rows are numbered."""

    person: Person
    device: InventedDevice
    customer_id: int = 0
    device_id: int = 0


@dataclass(frozen=True, kw_only=True)
class PastJob:
    """One job with everything that is written about it."""

    owner: Owner
    is_new_customer: bool
    is_new_device: bool
    fault: PresetRow
    prices: PriceRange
    complaint: str
    plan: Plan
    hands: Hands
    ids: Ids
    ticket_id: int
    visit_id: int
    link_id: int
    code: str
    accessories: Sequence[str]
    place: str
    terms: QuoteTerms | None  # what the customer agreed to, or declined
    term_id: int = 0  # of the warranty its hand-over starts, or of the one a comeback is measured against
    claim_of_id: int | None = None

    @property
    def agreed(self) -> Agreed:
        return Agreed(
            price_minor=self.prices.starts_at.minor,
            at_most_minor=self.prices.at_most.minor,
            part_name=self.fault.label,
            place=self.place,
            quote_hash=quote_hash(self.terms, ticket_code=self.code, version=1) if self.terms else "",
        )


class PastShop:
    """Draws jobs of one shop's past; remembers the customers of earlier batches, who come again."""

    def __init__(self, *, shop: Shop, crew: Crew, rng: Random, until: datetime) -> None:
        self.shop_id = ShopId(shop.id)
        self.crew = crew
        self.rng = rng
        self.until = until
        self.hours = OpenHours(time_zone=shop.time_zone, opening_hours=shop.opening_hours)
        self.invention = Invention(shop=shop, rng=rng)
        self._tax = (shop.tax_name, shop.tax_rate_basis_points)
        self._known: list[Owner] = []
        self._coming_back: list[PastJob] = []

    def draw_days(self, count: int, *, first: date) -> list[date]:
        """The day on which each of `count` jobs arrives, in order."""
        last = self.hours.to_local(self.until).date()
        return arrival_days(first=first, last=last, count=count, hours=self.hours, rng=self.rng)

    def draw_jobs(self, days: Sequence[date]) -> list[PastJob]:
        """A numbered job for each day; ids are taken from the database, rows are not written yet."""
        jobs = [job for day in days if (job := self._draw_job(day)) is not None]
        orders = iter(bulk.reserve_ids(PartOrder, sum(job.plan.ordered_at is not None for job in jobs)))
        parts = iter(bulk.reserve_ids(PartFitted, sum(job.plan.ordered_at is not None for job in jobs)))
        warranties = iter(bulk.reserve_ids(WarrantyTerm, sum(job.plan.path in SOLD_PATHS for job in jobs)))
        people = iter(bulk.reserve_ids(Customer, sum(job.is_new_customer for job in jobs)))
        devices = iter(bulk.reserve_ids(Device, sum(job.is_new_device for job in jobs)))
        places = zip(
            bulk.reserve_ids(Ticket, len(jobs)),
            bulk.reserve_ids(Visit, len(jobs)),
            bulk.reserve_ids(PortalLink, len(jobs)),
            bulk.take_numbers(self.shop_id, len(jobs)),
            bulk.free_codes(len(jobs)),
            strict=True,
        )
        numbered = []
        for job, (ticket_id, visit_id, link_id, number, code) in zip(jobs, places, strict=True):
            owner = replace(
                job.owner,
                customer_id=next(people) if job.is_new_customer else job.owner.customer_id,
                device_id=next(devices) if job.is_new_device else job.owner.device_id,
            )
            ids = Ids(number=number)
            if job.plan.ordered_at is not None:
                ids = Ids(number=number, order=next(orders), part=next(parts))
            numbered.append(
                replace(
                    job,
                    owner=owner,
                    hands=self._hands(owner.customer_id),
                    ids=ids,
                    terms=self._terms(job),
                    term_id=next(warranties) if job.plan.path in SOLD_PATHS else job.term_id,
                    ticket_id=ticket_id,
                    visit_id=visit_id,
                    link_id=link_id,
                    code=code,
                )
            )
            self._known.append(owner)
            if job.plan.comes_back:
                self._coming_back.append(numbered[-1])
        del self._known[:-_REMEMBERED]
        return numbered

    def _draw_comeback(self, day: date) -> PastJob | None:
        """The same device with the same fault, a few days after it was handed over."""
        for first in self._coming_back:
            since = day - first.plan.closed_at.date()
            if _SOONEST_BACK <= since <= _LATEST_BACK:
                self._coming_back.remove(first)
                plan = self._draw_plan(day, first.fault, path=Path.WARRANTY)
                if plan is None:
                    return None
                return replace(
                    first,
                    plan=plan,
                    is_new_customer=False,
                    is_new_device=False,
                    complaint=self.invention.complaint(first.fault),
                    claim_of_id=first.ticket_id,
                )
        return None

    def _draw_job(self, day: date) -> PastJob | None:
        comeback = self._draw_comeback(day)
        if comeback is not None:
            return comeback
        owner, is_new_customer, is_new_device = self._draw_owner()
        fault = self.invention.fault(owner.device.device_type)
        plan = self._draw_plan(day, fault)
        if plan is None:
            return None
        return PastJob(
            owner=owner,
            is_new_customer=is_new_customer,
            is_new_device=is_new_device,
            fault=fault,
            prices=self.invention.price(fault),
            complaint=self.invention.complaint(fault),
            plan=plan,
            hands=self._hands(owner.customer_id),
            ids=Ids(number=0),
            terms=None,
            ticket_id=0,
            visit_id=0,
            link_id=0,
            code="",
            accessories=[self.invention.pick("accessory")] if self.rng.random() < 0.3 else [],
            place=self.invention.pick("place"),
        )

    def _draw_owner(self) -> tuple[Owner, bool, bool]:
        """Somebody new, or somebody of before with the same or another device."""
        if not self._known or self.rng.random() > _COMES_AGAIN:
            return Owner(person=self.invention.person(), device=self.invention.device()), True, True
        known = self.rng.choice(self._known)
        if self.rng.random() < _SAME_DEVICE:
            return known, False, False
        return replace(known, device=self.invention.device(), device_id=0), False, True

    def _draw_plan(self, day: date, fault: PresetRow, *, path: Path | None = None) -> Plan | None:
        """A job that is over by now; None when the day is so late that no draw of it ends in time."""
        job = Job(minutes=fault.minutes, days_from=fault.days_from, days_to=fault.days_to)
        for _ in range(_TRIES):
            arrives = self.hours.moment_on(day, self.rng)
            way = path or draw_path(self.rng)
            plan = plan_job(job, path=way, arrives=arrives, hours=self.hours, rng=self.rng)
            if plan.closed_at < self.until:
                return plan
        return None

    def _terms(self, job: PastJob) -> QuoteTerms | None:
        """The price that was named: in a quote, at the counter, or inside the customer's limit."""
        if job.plan.path not in QUOTED_PATHS:
            return None
        price, day = job.agreed.price_minor, job.plan.checked_in_at.date()
        part = price * 11 // 20 if job.plan.ordered_at else 0
        lines = [QuoteLine(kind=LineKind.WORK, description=job.fault.label, unit_price_minor=price - part)]
        if part:
            origin = PartOrigin.AFTERMARKET
            lines.append(
                QuoteLine(
                    kind=LineKind.PART, description=job.fault.label, unit_price_minor=part, origin=origin
                )
            )
        return QuoteTerms(
            currency=job.prices.starts_at.currency,
            tax_name=self._tax[0],
            tax_rate_basis_points=self._tax[1],
            options=(OptionTerms(lines=tuple(lines), at_most_minor=job.agreed.at_most_minor),),
            earliest=job.plan.promised[0],
            latest=job.plan.promised[1],
            valid_until=day + _QUOTE_VALID,
        )

    def _hands(self, customer_id: int) -> Hands:
        return Hands(
            counter=self.rng.choice(self.crew.counter),
            bench=self.rng.choice(self.crew.bench),
            customer=customer_actor(self.shop_id, customer_id),
        )


def past_ticket(job: PastJob) -> bulk.PastTicket:
    fixed_price = job.plan.path is Path.FIXED_PRICE
    within_limit = job.plan.path is Path.WITHIN_LIMIT
    return bulk.PastTicket(
        id=job.ticket_id,
        number=job.ids.number,
        code=job.code,
        device_id=job.owner.device_id,
        device_type=job.owner.device.device_type,
        device_label=job.owner.device.label,
        visit_id=job.visit_id,
        steps=steps_of(job.plan, hands=job.hands, ids=job.ids, agreed=job.agreed),
        values={
            "due_at": job.plan.due_at,
            "claim_of_id": job.claim_of_id,
            "fault_key": job.fault.key,
            "fault_label": job.fault.label,
            "reported_fault": job.complaint,
            "accessories": list(job.accessories),
            "fixed_price_minor": job.agreed.price_minor if fixed_price else None,
            "spend_limit_minor": job.agreed.at_most_minor if within_limit else None,
        },
    )
