"""Shape of the forms of release, hand-over, unclaimed devices and surrender."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from repairshop.custody.rules import Leaving
from repairshop.handover.payment_rules import NOTHING_PAID, Payment, PayMethod
from repairshop.handover.rules import (
    Collection,
    CollectionMethod,
    IdentityProof,
    SurrenderBasis,
    SurrenderKind,
)
from repairshop.money import Money, parse_amount
from repairshop.web.forms import Form, LongTextField, TextField

# A drawn signature as a data URL; the form's own limit stands far above any that the pad makes.
_LONGEST_DRAWING = 400_000

PROOFS = (
    (IdentityProof.RECEIPT, _l("Their receipt")),
    (IdentityProof.LINK, _l("The repair page, open on their phone")),
    (IdentityProof.IDENTITY_CARD, _l("Identity card")),
    (IdentityProof.DRIVING_LICENCE, _l("Driving licence")),
    (IdentityProof.PASSPORT, _l("Passport")),
    (IdentityProof.KNOWN_IN_PERSON, _l("I know them in person")),
    (IdentityProof.PICKUP_PASS, _l("Their pickup pass, scanned")),
)

PAY_METHODS = (
    (PayMethod.CASH, _l("Cash")),
    (PayMethod.CARD, _l("Card")),
    (PayMethod.TILL, _l("Our own till")),
    (PayMethod.LATER, _l("Later, by invoice")),
)


class LeavingForm(Form):
    """What came with the device and lies elsewhere: drawn only where something does."""

    gone_too = SelectMultipleField(
        _l("Given back too"),
        [Optional()],
        choices=[],
        validate_choice=False,  # one that was fetched meanwhile is asked for no more, and was not wrong
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    kept_because = TextField(_l("Or say why not"), longest=300)

    def offer(self, apart: Iterable[tuple[str, str]]) -> None:
        """Each thing with the words for it and for where it is."""
        self.gone_too.choices = [SelectChoice(item, words) for item, words in apart]

    def leaving(self) -> Leaving:
        return Leaving(
            gone_too=frozenset(self.gone_too.data or ()), kept_because=self.kept_because.data or ""
        )


class ReleaseForm(Form):
    """What is confirmed at the door to `ready`."""

    put_together = BooleanField(_l("It is put together again and closed"))
    no_part_used = BooleanField(_l("No part was fitted after all"))


class HandOverForm(LeavingForm):
    """At the counter, or by parcel."""

    method = RadioField(
        _l("How does it leave?"),
        choices=[
            SelectChoice(CollectionMethod.COUNTER.value, _l("Collected at the counter")),
            SelectChoice(CollectionMethod.CARRIER.value, _l("Sent by a carrier")),
        ],
        default=CollectionMethod.COUNTER.value,
    )
    collected_by = TextField(_l("Who collects it?"), longest=120)
    entrusted_because = TextField(_l("Why they get it all the same"), longest=300)
    proof = SelectField(
        _l("Proof seen"),
        choices=[
            SelectChoice("", _l("Choose one")),
            *(SelectChoice(kind.value, words) for kind, words in PROOFS),
        ],
    )
    signature = HiddenField(_l("Sign here"), [Length(max=_LONGEST_DRAWING)])
    signed_name = TextField(_l("Name, where nobody signs by hand"), longest=120)
    agreed = BooleanField(_l("I have my device back and looked at the work"))
    amount = TextField(_l("Paid"), longest=20)
    pay_method = RadioField(
        _l("How was it paid?"),
        [Optional()],
        choices=[SelectChoice(kind.value, words) for kind, words in PAY_METHODS],
        validate_choice=False,
    )
    till_reference = TextField(_l("Number of the slip"), longest=60)
    paid_because = TextField(_l("Why another amount, or later"), longest=300)
    pickup = HiddenField(validators=[Length(max=40)])  # the code of the pass that was scanned
    ship_to = LongTextField(_l("Address"), longest=300)
    carrier = TextField(_l("Carrier"), longest=80)
    tracking = TextField(_l("Tracking number"), longest=80)
    address_confirmed = BooleanField(_l("The customer confirmed the address"))

    def payment(self, *, due: Money) -> Payment:
        """Raises AmountNotUnderstood at the amount. Where nothing is due nothing was asked."""
        if not due.minor and not self.amount.data:
            return NOTHING_PAID
        return Payment(
            amount_minor=_amount_of(self.amount, currency=due.currency),
            method=PayMethod(self.pay_method.data) if self.pay_method.data in set(PayMethod) else None,
            till_reference=self.till_reference.data or "",
            because=self.paid_because.data or "",
        )

    def collection(self, *, pass_seen: bool) -> Collection:
        return Collection(
            method=CollectionMethod(self.method.data),
            collected_by=self.collected_by.data or "",
            proof=IdentityProof(self.proof.data) if self.proof.data else None,
            entrusted_because=self.entrusted_because.data or "",
            typed_name=self.signed_name.data or "",
            agreed=self.agreed.data,
            drawn=bool(self.signature.data),
            carrier=self.carrier.data or "",
            tracking=self.tracking.data or "",
            ship_to=self.ship_to.data or "",
            pass_seen=pass_seen,
            address_confirmed=self.address_confirmed.data,
        )


class CustomerAnswersForm(Form):
    """Somebody reached the customer of an unclaimed device."""

    note = LongTextField(_l("What they said"), longest=2000)


class FaultFoundForm(Form):
    """The customer looked at the device and something is wrong."""

    note = LongTextField(
        _l("What the customer found"), [DataRequired(_l("Enter what the customer found"))], longest=2000
    )


class SurrenderForm(LeavingForm):
    """The device stays with the shop for good."""

    kind = RadioField(
        _l("What becomes of it?"),
        [InputRequired(_l("Choose what becomes of it"))],
        choices=[
            SelectChoice(SurrenderKind.RECYCLING.value, _l("It is recycled, its data destroyed")),
            SelectChoice(SurrenderKind.TRADE_IN.value, _l("It is taken in trade, its data erased")),
        ],
    )
    basis = RadioField(
        _l("Why may the shop keep it?"),
        [InputRequired(_l("Choose why the shop may keep it"))],
        choices=[
            SelectChoice(SurrenderBasis.CUSTOMER_AGREED.value, _l("The customer agreed")),
            SelectChoice(
                SurrenderBasis.NOTICES_SENT.value, _l("It was not collected and all notices were sent")
            ),
        ],
    )
    confirmed = BooleanField(_l("I checked this. It cannot be taken back after the undo time."))


def _amount_of(field: TextField, *, currency: str) -> int:
    return parse_amount(field.data, currency=currency, field=field.name) if field.data else 0
