"""Shape of what managers type about texts."""

from collections.abc import Iterable, Mapping
from typing import Any

from babel import Locale
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from repairshop.notifications.costs import parse_part_price, part_price_text
from repairshop.notifications.filling import OwnWords
from repairshop.notifications.rules import Channel
from repairshop.web.forms import Form, LongTextField, TextField
from repairshop.wording.rules import LONGEST_BODY, LONGEST_LINE, LONGEST_TEXT

_PRICE = "price_"


class ShortTextForm(Form):
    """The words of a text, and what to try them on."""

    text = LongTextField(_l("Words"), longest=LONGEST_TEXT)
    ticket = TextField(_l("Try it with the ticket"), longest=40)
    number = TextField(_l("Your own mobile number"), longest=40)
    code = TextField(_l("Code from the text"), longest=20)

    def words(self) -> OwnWords:
        return OwnWords(text=self.text.data or "")

    def show(self, words: OwnWords) -> None:
        self.text.data = words.text


class MailForm(Form):
    """The words of a mail, and what to try them on."""

    subject = TextField(_l("Subject"), longest=LONGEST_LINE)
    heading = TextField(_l("Heading"), longest=LONGEST_LINE)
    text = LongTextField(_l("Words"), longest=LONGEST_BODY)
    ticket = TextField(_l("Try it with the ticket"), longest=40)

    def words(self) -> OwnWords:
        return OwnWords(
            text=self.text.data or "", subject=self.subject.data or "", heading=self.heading.data or ""
        )

    def show(self, words: OwnWords) -> None:
        self.subject.data, self.heading.data, self.text.data = words.subject, words.heading, words.text


def words_form(channel: Channel) -> ShortTextForm | MailForm:
    return ShortTextForm() if channel is Channel.SMS else MailForm()


class SettingsForm(Form):
    """Accents, and one price for each country that has one, with a row for another."""

    keeps_accents = BooleanField(_l("Send accents and other signs as they are written"))
    country = SelectField(_l("Another country"))
    price = TextField(_l("Price of a part there"), longest=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        locale = get_locale() or Locale("en")
        names = [
            (code, name) for code, name in locale.territories.items() if len(code) == 2 and code.isalpha()
        ]
        self.country.choices = [
            SelectChoice("", _l("Choose a country")),
            *(SelectChoice(code, name) for code, name in sorted(names, key=lambda entry: entry[1])),
        ]

    def show(self, prices: Mapping[str, int], *, keeps_accents: bool, currency: str) -> None:
        self.keeps_accents.data = keeps_accents
        for code, price in prices.items():
            self[_PRICE + code].data = part_price_text(price, currency=currency)

    def price_fields(self) -> list[Any]:
        return [field for field in self if field.name.startswith(_PRICE)]

    def prices(self, *, currency: str) -> dict[str, int]:
        """By country; a field left empty is a price nobody knows. AmountNotUnderstood at its field."""
        typed = {field.name.removeprefix(_PRICE): (field.name, field.data) for field in self.price_fields()}
        if self.country.data:
            typed[self.country.data] = ("price", self.price.data)
        return {
            code: parse_part_price(text, currency=currency, field=name)
            for code, (name, text) in typed.items()
            if text
        }


def settings_form(countries: Iterable[str]) -> SettingsForm:
    """The form with a price field for each of these countries, called by its name."""
    locale = get_locale() or Locale("en")
    fields = {_PRICE + code: TextField(locale.territories.get(code, code), longest=20) for code in countries}
    form: SettingsForm = type("PricedSettingsForm", (SettingsForm,), fields)()
    return form
