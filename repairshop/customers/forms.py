"""Shape of what staff type about a person."""

from collections.abc import Iterable

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from repairshop.customers.rules import ContactKind
from repairshop.web.forms import Form, TextField, TimeOfDay, WithField
from repairshop.web.locale import LANGUAGES


def language_choices(codes: Iterable[str]) -> list[SelectChoice]:
    return [SelectChoice(code, LANGUAGES.get(code, code)) for code in codes]


class CustomerForm(Form):
    name = TextField(_l("Name"), [InputRequired(_l("Enter the customer's name"))], longest=120)
    language = SelectField(_l("Language of messages"), validators=[Optional()])
    quiet_from = TextField(_l("No texts from"), [WithField("quiet_to"), Optional(), TimeOfDay()], longest=5)
    quiet_to = TextField(_l("No texts until"), [Optional(), TimeOfDay()], longest=5)


class NewContactForm(Form):
    """A further number or address."""

    kind = RadioField(
        _l("What is it?"),
        choices=[
            SelectChoice(ContactKind.PHONE.value, _l("Phone number")),
            SelectChoice(ContactKind.EMAIL.value, _l("E-mail address")),
        ],
        default=ContactKind.PHONE.value,
    )
    value = TextField(
        _l("Number or address"), [InputRequired(_l("Enter the number or address"))], longest=254
    )
    may_notify = BooleanField(_l("Messages may go here"), default=True)
    language = SelectField(_l("Language of messages"), validators=[Optional()])

    def offer_languages(self, codes: Iterable[str]) -> None:
        self.language.choices = [SelectChoice("", gettext("As for the customer")), *language_choices(codes)]


class ContactForm(Form):
    """A number or address to be corrected."""

    value = TextField(
        _l("Number or address"), [InputRequired(_l("Enter the number or address"))], longest=254
    )
    may_notify = BooleanField(_l("Messages may go here"))
    first = BooleanField(_l("Try this one first"))
    language = SelectField(_l("Language of messages"), validators=[Optional()])

    def offer_languages(self, codes: Iterable[str]) -> None:
        self.language.choices = [SelectChoice("", gettext("As for the customer")), *language_choices(codes)]


class RemoveContactForm(Form):
    because = TextField(_l("Why is it removed?"), [InputRequired(_l("Write the reason"))], longest=200)
