"""Shape of the forms about parts."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from repairshop.catalogue.rules import DeviceType, FaultFamily
from repairshop.money import amount_text, parse_amount
from repairshop.parts.catalogue_queries import PartRow, SupplierRow
from repairshop.parts.knowledge_queries import EffectRow
from repairshop.parts.rules import (
    LONGEST_MODELS,
    EffectFacts,
    FittedPart,
    LateDates,
    NewOrder,
    OldPart,
    Pairing,
    PartFacts,
    PartKind,
    PartOrigin,
    SupplierFacts,
    read_models,
)
from repairshop.web.filters import translated
from repairshop.web.forms import DayField, Form, LongTextField, TextField, choices_in_words

_WORDS = "parts/_words.html"
LONGEST_SHOWN = 300
_OLD_PARTS = (
    OldPart.NONE,
    OldPart.KEPT,
    OldPart.RETURNED_TO_CUSTOMER,
    OldPart.RETURNED_TO_SUPPLIER,
    OldPart.RECYCLED,
)


def words_kept(typed: str | None, known: Iterable[str]) -> str:
    """The message id behind words that a form showed in the reader's language, else what was typed."""
    return next((words for words in known if translated(words) == typed), typed or "")


def lines_kept(typed: str | None, known: Sequence[str]) -> str:
    """As words_kept, line by line; what would no longer fit its column stays as it was typed."""
    kept = "\n".join(words_kept(line.strip(), known) for line in (typed or "").splitlines() if line.strip())
    return kept if len(kept) <= LONGEST_SHOWN else typed or ""


class OrderForm(Form):
    """A part that is ordered for this ticket; `part` is the catalogue's, where it is one of those."""

    part = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(1, 2**31 - 1)])
    name = TextField(_l("Part"), [DataRequired(_l("Enter which part is ordered"))], longest=120)
    supplier = TextField(_l("Supplier"), longest=120)
    expected_on = DayField(_l("Expected on"), [Optional()])

    def order(self) -> NewOrder:
        return NewOrder(
            part_id=self.part.data,
            name=self.name.data,
            supplier=self.supplier.data or "",
            expected_on=self.expected_on.data,
        )

    def show(self, part: PartRow, *, today: date) -> None:
        """What the catalogue says of it, and when its supplier usually delivers."""
        self.part.data, self.name.data, self.supplier.data = part.id, part.name, part.supplier
        if part.lead_days is not None:
            self.expected_on.data = today + timedelta(days=part.lead_days)


class ExpectedForm(Form):
    """Another date from the supplier."""

    expected_on = DayField(_l("Now expected on"), [InputRequired(_l("Enter the new date"))])


class FitForm(Form):
    """A part that went into the device; `part` is the catalogue's, where it is one of those."""

    part = IntegerField(widget=HiddenInput(), validators=[Optional(), NumberRange(1, 2**31 - 1)])
    name = TextField(_l("Part"), [DataRequired(_l("Enter which part was fitted"))], longest=120)
    origin = SelectField(_l("Where it comes from"), choices=choices_in_words(_WORDS, "origin", PartOrigin))
    supplier = TextField(_l("Supplier"), longest=120)
    serial = TextField(_l("Serial number"), longest=60)
    lot = TextField(_l("Lot or batch"), longest=60)
    donor = TextField(_l("Taken from which device"), longest=120)
    pairing = SelectField(
        _l("Pairing by the maker's software"), choices=choices_in_words(_WORDS, "pairing", Pairing)
    )
    device_will_show = LongTextField(_l("What the device will show about this part"), longest=300)
    feature_lost = LongTextField(_l("What will no longer work"), longest=300)
    warranty_days = IntegerField(
        _l("Supplier's warranty in days"),
        [Optional(), NumberRange(0, 3650, _l("Enter days between 0 and 3650"))],
    )
    old_part = SelectField(
        _l("The old part"),
        choices=choices_in_words(_WORDS, "old_part", _OLD_PARTS),
    )
    old_serial = TextField(_l("Serial number of the old part"), longest=60)

    def show(self, part: PartRow, effects: Sequence[EffectRow]) -> None:
        """What the catalogue says of it, and what is known of it in this device."""
        self.part.data = part.id
        self.name.data, self.origin.data = part.name, part.origin.value
        self.supplier.data, self.warranty_days.data = part.supplier, part.warranty_days or None
        if any(effect.pairing_needed for effect in effects):
            self.pairing.data = Pairing.NOT_DONE.value
        self.device_will_show.data = "\n".join(
            translated(effect.device_will_show) for effect in effects if effect.device_will_show
        )
        self.feature_lost.data = "\n".join(
            translated(effect.feature_lost) for effect in effects if effect.feature_lost
        )

    def facts(self, part: PartRow | None = None, effects: Sequence[EffectRow] = ()) -> FittedPart:
        return FittedPart(
            part_id=part.id if part else None,
            name=self.name.data,
            origin=PartOrigin(self.origin.data),
            supplier=self.supplier.data or "",
            serial=self.serial.data or "",
            lot=self.lot.data or "",
            donor=self.donor.data or "",
            pairing=Pairing(self.pairing.data),
            device_will_show=lines_kept(
                self.device_will_show.data, [effect.device_will_show for effect in effects]
            ),
            feature_lost=lines_kept(self.feature_lost.data, [effect.feature_lost for effect in effects]),
            warranty_days=self.warranty_days.data or 0,
            old_part=OldPart(self.old_part.data),
            old_serial=self.old_serial.data or "",
        )


class FaultyArrivalForm(Form):
    """A part that came for a repair and cannot be used."""

    serial = TextField(_l("Serial number"), longest=60)
    because = TextField(_l("What is wrong with it"), [DataRequired(_l("Enter why"))], longest=200)
    expected_on = DayField(_l("Another is expected on"), [Optional()])


class StockOrderForm(Form):
    """Parts for the shelf."""

    quantity = IntegerField(
        _l("How many"),
        [
            InputRequired(_l("Enter a whole number from 1 to 999")),
            NumberRange(1, 999, _l("Enter a whole number from 1 to 999")),
        ],
        default=1,
    )
    expected_on = DayField(_l("Expected on"), [Optional()])


class StockArrivalForm(Form):
    """Some of an order for the shelf."""

    count = IntegerField(
        _l("How many"), [Optional(), NumberRange(1, 999, _l("Enter a whole number from 1 to 999"))]
    )
    serials = LongTextField(_l("Serial numbers"), longest=2000)
    lot = TextField(_l("Lot or batch"), longest=60)
    faulty = TextField(_l("If they are faulty: what is wrong"), longest=200)


class LatePartForm(Form):
    """Other dates because of a late part; the customer is told both."""

    earliest = DayField(_l("Ready from"), [InputRequired(_l("Enter the first day it may be ready"))])
    latest = DayField(_l("Ready by"), [InputRequired(_l("Enter the day it is ready by"))])
    note = TextField(_l("In words, for the customer"), longest=300)

    def show(self, draft: LateDates) -> None:
        self.earliest.data, self.latest.data = draft.earliest, draft.latest


class TakeOutForm(Form):
    """A fitted part that was taken out again."""

    because = TextField(_l("Why it was taken out"), [DataRequired(_l("Enter why"))], longest=200)
    goes_back = BooleanField(_l("It goes back to the supplier"))


def _how_many(label: Any) -> IntegerField:
    return IntegerField(
        label, [Optional(), NumberRange(1, 999, _l("Enter a whole number from 1 to 999"))], default=1
    )


class ReceiveForm(Form):
    """Parts that came in without an order."""

    count = _how_many(_l("How many"))
    serials = LongTextField(_l("Serial numbers"), longest=2000)
    lot = TextField(_l("Lot or batch"), longest=60)
    reason = TextField(_l("Note"), longest=200)


class GoneForm(Form):
    """Parts that are not, or no longer, good stock."""

    count = _how_many(_l("How many"))
    serial = TextField(_l("Serial number"), longest=60)
    reason = TextField(_l("Why"), [DataRequired(_l("Enter why"))], longest=200)


class ReturnPartForm(GoneForm):
    """Back to the supplier."""

    faulty = BooleanField(_l("It is one of the faulty ones"), default=True)


class CountForm(Form):
    """What somebody counted on the shelf; `books` is the figure the page showed them."""

    counted = IntegerField(
        _l("Counted on the shelf"),
        [
            InputRequired(_l("Enter what you counted")),
            NumberRange(0, 99999, _l("Enter a whole number from 0")),
        ],
    )
    books = IntegerField(widget=HiddenInput(), validators=[InputRequired(), NumberRange(0, 99999)])
    reason = TextField(_l("Why it differs"), [DataRequired(_l("Enter why"))], longest=200)


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
