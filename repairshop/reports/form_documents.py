"""The European Repair Information Form as a page and as a PDF, drawn from what was kept when it was given."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel import Locale

from repairshop.money import Money
from repairshop.quotes.queries import get_form_facts
from repairshop.quotes.repair_form import SERVICES, FormExtras, Goods, Repairer
from repairshop.quotes.rows import RepairFormKey
from repairshop.reports import facts
from repairshop.reports.documents import Document, draw_once, logo_of, page_of, public_address
from repairshop.reports.looks import find_look
from repairshop.reports.rules import DocumentKind, Letterhead, Look
from repairshop.reports.wire import DrawRequest
from repairshop.tickets.queries import TicketHead


@dataclass(frozen=True, kw_only=True)
class FormLine:
    description: str
    quantity: int
    total: Money
    optional: bool
    minutes: int
    hourly_rate: Money | None


@dataclass(frozen=True, kw_only=True)
class FormOption:
    label: str
    price: Money
    at_most: Money
    lines: tuple[FormLine, ...]


@dataclass(frozen=True, kw_only=True)
class FormService:
    kind: str
    price: Money


@dataclass(frozen=True, kw_only=True)
class FormData:
    """The form in the words its template uses."""

    number: str
    code: str
    version: int
    hash: str
    repairer: Repairer
    goods: Goods
    options: tuple[FormOption, ...]
    tax_name: str
    tax_percent: Decimal  # 0: no tax in the price
    diagnosis_fee: Money
    earliest: date
    latest: date
    replacement: bool
    replacement_cost: Money
    place: str
    services: tuple[FormService, ...]
    more: str
    issued_on: date
    valid_until: date


def form_page(head: TicketHead, version: int) -> str:
    """NotFound where that version has no form, or its person was erased."""
    kept, key = get_form_facts(head.id, version)
    return _page(_read(head, kept, key), shop=_letterhead(kept), look=find_look(head.shop_id), medium="page")


def form_pdf(head: TicketHead, version: int) -> Document:
    """Drawn once, then served from the store: what it says never changes."""
    kept, key = get_form_facts(head.id, version)
    form, look = _read(head, kept, key), find_look(head.shop_id)
    return draw_form(form, shop=_letterhead(kept), look=look, kept=kept, at=key.issued_at)


def draw_form(
    form: FormData, *, shop: Letterhead, look: Look, kept: Mapping[str, Any], at: datetime
) -> Document:
    """`kept` are the facts under the form's hash, which are attached as they are."""
    request = DrawRequest(
        html=_page(form, shop=shop, look=look, medium="pdf"),
        created_at=at,
        images=logo_of(look),
        attachments={"repair-form.json": facts.canonical(kept)},
    )
    name = f"repair-form-{form.number}-{form.version}.pdf"
    return Document(name=name, pdf=draw_once(DocumentKind.REPAIR_FORM, request))


def _page(form: FormData, *, shop: Letterhead, look: Look, medium: str) -> str:
    return page_of(
        "reports/repair_form.html",
        shop=shop,
        medium=medium,
        pictures=logo_of(look),
        look=look,
        form=form,
        look_up_address=public_address("/find-my-repair"),
    )


def _letterhead(kept: Mapping[str, Any]) -> Letterhead:
    repairer = Repairer(**kept["repairer"])
    return Letterhead(
        name=repairer.name,
        street=repairer.street,
        city=repairer.city,
        phone=repairer.phone,
        email=repairer.email,
        country=repairer.country,
        time_zone=repairer.time_zone,
        language=str(kept["language"]),
    )


def _read(head: TicketHead, kept: Mapping[str, Any], key: RepairFormKey) -> FormData:
    currency, extras = str(kept["currency"]), FormExtras.from_json(kept["extras"])
    repairer = Repairer(**kept["repairer"])
    countries = Locale.parse(str(kept["language"])).territories
    tax_name, rate = kept["tax"]
    costs = {name: getattr(extras, f"{name}_minor") for name in SERVICES}
    return FormData(
        number=head.number,
        code=head.reference,
        version=int(kept["quote"][0]),
        hash=key.hash,
        repairer=replace(repairer, country=countries.get(repairer.country, repairer.country)),
        goods=Goods(**kept["goods"]),
        options=tuple(_option(option, currency) for option in kept["options"]),
        tax_name=str(tax_name),
        tax_percent=Decimal(rate or 0) / 100,
        diagnosis_fee=Money(minor=kept["diagnosis_fee_minor"], currency=currency),
        earliest=date.fromisoformat(kept["time"][0]),
        latest=date.fromisoformat(kept["time"][1]),
        replacement=bool(extras.replacement),
        replacement_cost=Money(minor=extras.replacement_minor, currency=currency),
        place=extras.place or ", ".join(filter(None, (repairer.name, repairer.street, repairer.city))),
        services=tuple(
            FormService(kind=name, price=Money(minor=minor, currency=currency))
            for name, minor in costs.items()
            if minor
        ),
        more=extras.more,
        issued_on=date.fromisoformat(kept["issued_on"]),
        valid_until=date.fromisoformat(kept["valid_until"]),
    )


def _option(option: Mapping[str, Any], currency: str) -> FormOption:
    return FormOption(
        label=option["label"],
        price=Money(minor=option["price_minor"], currency=currency),
        at_most=Money(minor=option["at_most_minor"], currency=currency),
        lines=tuple(
            FormLine(
                description=line["description"],
                quantity=line["quantity"],
                total=Money(minor=line["total_minor"], currency=currency),
                optional=line["optional"],
                minutes=line["minutes"],
                hourly_rate=_money(line["hourly_rate_minor"], currency),
            )
            for line in option["lines"]
        ),
    )


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor=minor, currency=currency)
