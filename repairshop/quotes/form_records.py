"""How the repair form of a quote is made and read again."""

from repairshop import clock
from repairshop.customers.models import Device
from repairshop.database import db
from repairshop.promises.queries import get_calendar
from repairshop.quotes.models import RepairForm
from repairshop.quotes.repair_form import (
    FormExtras,
    Goods,
    Repairer,
    form_facts,
    form_hash,
    require_form,
)
from repairshop.quotes.terms import QuoteTerms
from repairshop.staff.models import Shop
from repairshop.tickets.models import Ticket


def make_form(
    ticket: Ticket, terms: QuoteTerms, extras: FormExtras, *, version: int, digest: str
) -> RepairForm:
    """The form as it is given now, not yet tied to its quote; refuses one that says too little."""
    at = clock.now()
    today = get_calendar(ticket.shop_id).local_day(at)
    require_form(extras, terms, today=today)
    shop = db.session.get_one(Shop, ticket.shop_id)
    facts = form_facts(
        terms,
        extras,
        repairer=_repairer(shop),
        goods=_goods(ticket, terms),
        language=_language(ticket, shop),
        version=version,
        quote_hash=digest,
        today=today,
    )
    return RepairForm(issued_at=at, valid_until=terms.valid_until, hash=form_hash(facts), facts=facts)


def _repairer(shop: Shop) -> Repairer:
    return Repairer(
        name=shop.name,
        street=shop.street,
        city=shop.city,
        country=shop.country,
        phone=shop.phone,
        email=shop.email,
        time_zone=shop.time_zone,
    )


def _goods(ticket: Ticket, terms: QuoteTerms) -> Goods:
    """The defect is what was found; before that is written, what the customer told."""
    device = db.session.get_one(Device, ticket.device_id)
    return Goods(
        label=ticket.device_label,
        serial=device.serial or "",
        imei=device.imei or "",
        defect=terms.message or ticket.fault_label or ticket.reported_fault,
    )


def _language(ticket: Ticket, shop: Shop) -> str:
    customer = ticket.visit.customer if ticket.visit else None
    return customer.language if customer else str(shop.languages[0])
