"""Shape of the forms about parts."""

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from repairshop.parts.rules import FittedPart, NewOrder, OldPart, Pairing, PartOrigin
from repairshop.web.forms import DayField, Form, TextField

ORIGINS = (
    (PartOrigin.NEW_ORIGINAL, _l("New, original")),
    (PartOrigin.USED_ORIGINAL, _l("Used, original")),
    (PartOrigin.REFURBISHED, _l("Refurbished")),
    (PartOrigin.AFTERMARKET, _l("Aftermarket")),
    (PartOrigin.SALVAGED, _l("Salvaged from another device")),
    (PartOrigin.CUSTOMERS_OWN, _l("The customer's own")),
)
PAIRINGS = (
    (Pairing.NOT_NEEDED, _l("Not needed")),
    (Pairing.DONE, _l("Needed and done")),
    (Pairing.NOT_DONE, _l("Needed, not done")),
    (Pairing.IMPOSSIBLE, _l("Needed, not possible")),
)
OLD_PARTS = (
    (OldPart.NONE, _l("There was none")),
    (OldPart.KEPT, _l("Kept by us")),
    (OldPart.RETURNED_TO_CUSTOMER, _l("Goes back to the customer")),
    (OldPart.RETURNED_TO_SUPPLIER, _l("Goes back to the supplier")),
    (OldPart.RECYCLED, _l("Recycled")),
)


class OrderForm(Form):
    """A part that is ordered for this ticket."""

    name = TextField(_l("Part"), [DataRequired(_l("Enter which part is ordered"))], longest=120)
    supplier = TextField(_l("Supplier"), longest=120)
    expected_on = DayField(_l("Expected on"), [Optional()])

    def order(self) -> NewOrder:
        return NewOrder(
            name=self.name.data, supplier=self.supplier.data or "", expected_on=self.expected_on.data
        )


class ExpectedForm(Form):
    """Another date from the supplier."""

    expected_on = DayField(_l("Now expected on"), [InputRequired(_l("Enter the new date"))])


class FitForm(Form):
    """A part that went into the device."""

    name = TextField(_l("Part"), [DataRequired(_l("Enter which part was fitted"))], longest=120)
    origin = SelectField(
        _l("Where it comes from"), choices=[SelectChoice(value.value, label) for value, label in ORIGINS]
    )
    supplier = TextField(_l("Supplier"), longest=120)
    serial = TextField(_l("Serial number"), longest=60)
    donor = TextField(_l("Taken from which device"), longest=120)
    pairing = SelectField(
        _l("Pairing by the maker's software"),
        choices=[SelectChoice(value.value, label) for value, label in PAIRINGS],
    )
    device_will_show = TextField(_l("What the device will show about this part"), longest=300)
    warranty_days = IntegerField(
        _l("Supplier's warranty in days"),
        [Optional(), NumberRange(0, 3650, _l("Enter days between 0 and 3650"))],
    )
    old_part = SelectField(
        _l("The old part"), choices=[SelectChoice(value.value, label) for value, label in OLD_PARTS]
    )

    def part(self) -> FittedPart:
        return FittedPart(
            name=self.name.data,
            origin=PartOrigin(self.origin.data),
            supplier=self.supplier.data or "",
            serial=self.serial.data or "",
            donor=self.donor.data or "",
            pairing=Pairing(self.pairing.data),
            device_will_show=self.device_will_show.data or "",
            warranty_days=self.warranty_days.data or 0,
            old_part=OldPart(self.old_part.data),
        )


class TakeOutForm(Form):
    """A fitted part that was taken out again."""

    because = TextField(_l("Why it was taken out"), [DataRequired(_l("Enter why"))], longest=200)
