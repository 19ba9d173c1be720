"""Shape of the forms about parts."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional
from wtforms.widgets import HiddenInput

from repairshop.parts.catalogue_queries import PartRow
from repairshop.parts.knowledge_queries import EffectRow
from repairshop.parts.rules import (
    FittedPart,
    LateDates,
    NewOrder,
    OldPart,
    Pairing,
    PartOrigin,
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
