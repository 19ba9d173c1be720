"""Shape of what managers keep: parts, suppliers, and what makers' software does."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.money import amount_text, parse_amount
from repairshop.parts.catalogue_queries import PartRow, SupplierRow
from repairshop.parts.forms import words_kept
from repairshop.parts.knowledge_queries import EffectRow
from repairshop.parts.rules import (
    LONGEST_MODELS,
    EffectFacts,
    PartFacts,
    PartKind,
    PartOrigin,
    SupplierFacts,
    read_models,
)
from repairshop.web.filters import translated
from repairshop.web.forms import DayField, Form, LongTextField, TextField, choices_in_words

_WORDS = "parts/_words.html"


def _day_count(label: Any) -> IntegerField:
    return IntegerField(label, [Optional(), NumberRange(0, 3650, _l("Enter days between 0 and 3650"))])


class SupplierForm(Form):
    """Who sells parts."""

    name = TextField(_l("Name"), [DataRequired(_l("Enter a name"))], longest=120)
    contact = TextField(_l("How to order from them"), longest=200)
    lead_days = IntegerField(
        _l("Usual days until a part is here"),
        [Optional(), NumberRange(0, 365, _l("Enter days between 0 and 365"))],
    )

    def show(self, supplier: SupplierRow) -> None:
        self.name.data, self.contact.data = supplier.name, supplier.contact
        self.lead_days.data = supplier.lead_days

    def facts(self) -> SupplierFacts:
        return SupplierFacts(
            name=self.name.data, contact=self.contact.data or "", lead_days=self.lead_days.data
        )


class PartForm(Form):
    """A part of the catalogue: what it fits, what it mends, what it costs and where it comes from."""

    name = TextField(_l("Name"), [DataRequired(_l("Enter which part it is"))], longest=120)
    kind = SelectField(_l("What it is"), choices=choices_in_words(_WORDS, "part_kind", PartKind))
    device_type = SelectField(
        _l("For what"), choices=choices_in_words("catalogue/_words.html", "device_type", DeviceType)
    )
    brand = TextField(_l("Brand"), longest=80)
    models = LongTextField(_l("Models it fits"), longest=LONGEST_MODELS)
    family = SelectField(
        _l("Fault it mends"), choices=choices_in_words("diagnostics/_words.html", "section", FaultFamily)
    )
    minutes = IntegerField(
        _l("Usual minutes at the bench"),
        [Optional(), NumberRange(0, 6000, _l("Enter minutes between 0 and 6000"))],
    )
    price = TextField(_l("Price with tax"), longest=20)
    origin = SelectField(_l("Where it comes from"), choices=choices_in_words(_WORDS, "origin", PartOrigin))
    warranty_days = _day_count(_l("Warranty in days"))
    supplier = SelectField(_l("Supplier"), choices=[])
    supplier_number = TextField(_l("The supplier's number"), longest=60)
    barcode = TextField(_l("Barcode"), longest=60)
    serialised = BooleanField(_l("Each one has its own serial number"))

    def offer(self, suppliers: Iterable[SupplierRow], *, chosen: tuple[int, str] | None = None) -> None:
        """The suppliers in use, and the one the part has if it is used no more."""
        named = {row.id: row.name for row in suppliers}
        if chosen is not None:
            named.setdefault(*chosen)
        self.supplier.choices = [
            SelectChoice("", _l("None")),
            *(SelectChoice(str(number), name) for number, name in named.items()),
        ]

    def show(self, part: PartRow) -> None:
        self.name.data, self.kind.data, self.device_type.data = part.name, part.kind, part.device_type
        self.brand.data, self.models.data = part.brand, "\n".join(part.models)
        self.family.data, self.minutes.data = part.family, part.minutes
        self.price.data = amount_text(part.price.minor, currency=part.price.currency)
        self.origin.data, self.warranty_days.data = part.origin, part.warranty_days
        self.supplier.data = str(part.supplier_id or "")
        self.supplier_number.data, self.barcode.data = part.supplier_number, part.barcode
        self.serialised.data = part.serialised

    def facts(self, *, currency: str) -> PartFacts:
        """AmountNotUnderstood and TooManyModels belong to their fields."""
        price = self.price.data
        return PartFacts(
            name=self.name.data,
            kind=PartKind(self.kind.data),
            device_type=DeviceType(self.device_type.data),
            brand=self.brand.data or "",
            models=read_models(self.models.data or ""),
            family=FaultFamily(self.family.data),
            minutes=self.minutes.data or 0,
            price_minor=parse_amount(price, currency=currency, field="price") if price else 0,
            origin=PartOrigin(self.origin.data),
            warranty_days=self.warranty_days.data or 0,
            supplier_id=int(self.supplier.data) if self.supplier.data else None,
            supplier_number=self.supplier_number.data or "",
            barcode=self.barcode.data or "",
            serialised=self.serialised.data,
        )


class EffectForm(Form):
    """What a maker's software does about a part."""

    device_type = SelectField(
        _l("For what"), choices=choices_in_words("catalogue/_words.html", "device_type", DeviceType)
    )
    maker = TextField(_l("Maker"), [DataRequired(_l("Enter the maker"))], longest=80)
    model_range = TextField(_l("Models, in words"), longest=120)
    models = LongTextField(_l("The models, one a line"), longest=LONGEST_MODELS)
    kind = SelectField(_l("Part"), choices=choices_in_words(_WORDS, "part_kind", PartKind))
    origins = SelectMultipleField(
        _l("Only for parts that are"),
        [Optional()],
        choices=choices_in_words(_WORDS, "origin", PartOrigin),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    pairing_needed = BooleanField(_l("The maker's software has to pair it with the device"))
    device_will_show = TextField(_l("What the device will show afterwards"), longest=300)
    feature_lost = TextField(_l("What will no longer work"), longest=300)
    source_title = TextField(_l("Where this is written, or who found it"), longest=200)
    source_url = TextField(_l("Address of the source"), longest=500)
    as_of = DayField(_l("Known on"), [InputRequired(_l("Enter the day on which this was known"))])

    def show(self, effect: EffectRow) -> None:
        for name in (
            "device_type",
            "maker",
            "model_range",
            "kind",
            "pairing_needed",
            "source_title",
            "source_url",
            "as_of",
        ):
            self[name].data = getattr(effect, name)
        self.device_will_show.data = translated(effect.device_will_show)
        self.feature_lost.data = translated(effect.feature_lost)
        self.models.data = "\n".join(effect.models)
        self.origins.data = [origin.value for origin in effect.origins]

    def facts(self, before: EffectRow | None = None) -> EffectFacts:
        """Words that were left as they came stay what they were, so that every reader has their language."""
        return EffectFacts(
            device_type=DeviceType(self.device_type.data),
            maker=self.maker.data,
            model_range=self.model_range.data or "",
            models=read_models(self.models.data or ""),
            kind=PartKind(self.kind.data),
            origins=frozenset(PartOrigin(name) for name in self.origins.data or ()),
            pairing_needed=self.pairing_needed.data,
            device_will_show=words_kept(
                self.device_will_show.data, [before.device_will_show] if before else []
            ),
            feature_lost=words_kept(self.feature_lost.data, [before.feature_lost] if before else []),
            source_title=self.source_title.data or "",
            source_url=self.source_url.data or "",
            as_of=self.as_of.data,
        )
