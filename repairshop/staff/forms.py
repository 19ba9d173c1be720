"""Shape of the forms about people and the shop."""

from typing import Any

from babel import Locale
from babel.numbers import get_territory_currencies, list_currencies
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DecimalField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from repairshop.money import amount_text, parse_amount
from repairshop.staff.queries import ShopFacts
from repairshop.staff.rules import WEEKDAYS, FormPolicy, Role, ShopSettings, read_hours
from repairshop.web.forms import Form, TextField
from repairshop.web.locale import LANGUAGES

LONGEST_PASSWORD = 200

_ROLES = (
    (Role.COUNTER, _l("Counter")),
    (Role.TECHNICIAN, _l("Technician")),
    (Role.MANAGER, _l("Manager")),
    (Role.OWNER, _l("Owner")),
)


def _password(label: Any, missing: Any) -> PasswordField:
    longest = Length(
        max=LONGEST_PASSWORD, message=_l("Use %(max)d characters or fewer", max=LONGEST_PASSWORD)
    )
    return PasswordField(label, [InputRequired(missing), longest])


def _email() -> TextField:
    return TextField(
        _l("E-mail"),
        [
            DataRequired(_l("Enter an e-mail address")),
            Email(_l("Enter an e-mail address, like name@example.com")),
        ],
        longest=254,
    )


def _role() -> SelectField:
    return SelectField(
        _l("Role"),
        choices=[SelectChoice(role.value, label) for role, label in _ROLES],
        coerce=Role,
        default=Role.COUNTER,
    )


class InvitationForm(Form):
    """Name, mail and password of somebody who opens a one-time link for the first time."""

    first_name = TextField(_l("First name"), [DataRequired(_l("Enter your first name"))], longest=80)
    email = _email()
    password = _password(_l("Password"), _l("Choose a password"))


class NewPasswordForm(Form):
    password = _password(_l("New password"), _l("Choose a password"))


class OwnPasswordForm(Form):
    """For a link that joins an existing account to another shop."""

    password = _password(_l("Your password"), _l("Enter your password"))


class ChangePasswordForm(Form):
    current = _password(_l("Password until now"), _l("Enter your password until now"))
    password = _password(_l("New password"), _l("Choose a new password"))


class InviteForm(Form):
    first_name = TextField(_l("First name"), [DataRequired(_l("Enter the first name"))], longest=80)
    email = _email()
    role = _role()


class RoleForm(Form):
    role = _role()


class ConfirmForm(Form):
    """A form of one button: the token and the version travel, nothing is typed."""


class ProfileForm(Form):
    language = SelectField(
        _l("Language"), choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()]
    )
    single_keys = BooleanField(_l("Single keys do something, such as n for a new ticket"))


def _days(label: Any, *, least: int = 0, most: int = 3650) -> IntegerField:
    message = _l("Enter a whole number from %(least)d to %(most)d", least=least, most=most)
    return IntegerField(label, [InputRequired(message), NumberRange(least, most, message)])


_KEPT_AS_TYPED = (
    "name",
    "street",
    "city",
    "phone",
    "email",
    "country",
    "currency",
    "time_zone",
    "tax_name",
    "undo_window_seconds",
    "price_in_texts",
    "quote_valid_days",
    "quote_close_after_days",
    "repair_form",
    "warranty_days",
    "comeback_days",
    "unclaimed_after_days",
    "portal_days_after_handover",
    "passcode_days",
    "openings_by_name",
)


class ShopForm(Form):
    """Everything the owner says about the shop."""

    name = TextField(_l("Name of the shop"), [DataRequired(_l("Enter the shop's name"))], longest=40)
    street = TextField(_l("Street"), longest=200)
    city = TextField(_l("Postcode and town"), longest=100)
    phone = TextField(_l("Phone number"), longest=40)
    email = TextField(
        _l("E-mail"), [Optional(), Email(_l("Enter an e-mail address, like name@example.com"))], longest=254
    )
    country = SelectField(_l("Country"))
    currency = SelectField(_l("Currency"))
    time_zone = TextField(_l("Time zone"), [DataRequired(_l("Enter a time zone"))], longest=64)
    languages = SelectMultipleField(
        _l("Languages customers can choose"),
        choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    mon = TextField(_l("Monday"), longest=20)
    tue = TextField(_l("Tuesday"), longest=20)
    wed = TextField(_l("Wednesday"), longest=20)
    thu = TextField(_l("Thursday"), longest=20)
    fri = TextField(_l("Friday"), longest=20)
    sat = TextField(_l("Saturday"), longest=20)
    sun = TextField(_l("Sunday"), longest=20)
    tax_name = TextField(_l("Name of the tax"), [DataRequired(_l("Enter the tax, such as VAT"))], longest=20)
    tax_rate = DecimalField(
        _l("Tax rate in per cent"),
        [
            InputRequired(_l("Enter a rate from 0 to 100")),
            NumberRange(0, 100, _l("Enter a rate from 0 to 100")),
        ],
        filters=[lambda rate: round(rate, 2) if rate is not None else None],
    )
    hourly_rate = TextField(_l("Price of an hour of work, tax included"), longest=20)
    undo_window_seconds = _days(_l("Seconds in which a move can be undone"), most=600)
    price_in_texts = BooleanField(_l("Texts to customers may name the price"))
    quote_valid_days = _days(_l("Days a quote is valid"), least=1, most=365)
    repair_form = SelectField(
        _l("European Repair Information Form"),
        choices=[
            SelectChoice(FormPolicy.NEVER.value, _l("Not given")),
            SelectChoice(FormPolicy.WITH_QUOTES.value, _l("Given with every quote")),
        ],
        coerce=FormPolicy,
        default=FormPolicy.NEVER,
    )
    quote_close_after_days = IntegerField(
        _l("Days after which a quote nobody answered is closed"),
        [
            Optional(),
            NumberRange(0, 365, _l("Enter a whole number from %(least)d to %(most)d", least=0, most=365)),
        ],
    )
    warranty_days = _days(_l("Days of warranty on a repair"))
    comeback_days = _days(_l("Days in which the same fault counts as a comeback"), most=365)
    unclaimed_after_days = _days(_l("Days until a ready device counts as unclaimed"), least=1, most=365)
    portal_days_after_handover = _days(_l("Days the whole repair page stays open after hand-over"), most=365)
    passcode_days = _days(_l("Days after which a stored passcode is destroyed in any case"), least=1, most=60)
    openings_by_name = BooleanField(_l("Customers see the first name of who opened their data"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        locale = get_locale() or Locale("en")
        self.country.choices = _countries(locale)
        self.currency.choices = _currencies(locale)

    @classmethod
    def showing(cls, shop: ShopFacts) -> "ShopForm":
        """The form filled with what is set now."""
        hours = {day: " - ".join(shop.opening_hours.get(day, [])) for day in WEEKDAYS}
        form = cls(obj=shop, data=hours)
        form.tax_rate.data = round(shop.tax_rate_basis_points / 100, 2)
        if shop.hourly_rate_minor is not None:
            form.hourly_rate.data = amount_text(shop.hourly_rate_minor, currency=shop.currency)
        return form

    def settings(self) -> ShopSettings:
        """What was typed; raises HoursNotUnderstood at the day's field."""
        read = {day: read_hours(self[day].data or "", day=day) for day in WEEKDAYS}
        return ShopSettings(
            **{name: self[name].data for name in _KEPT_AS_TYPED},
            languages=tuple(self.languages.data),
            opening_hours={day: hours for day, hours in read.items() if hours is not None},
            tax_rate_basis_points=int(self.tax_rate.data * 100),
            hourly_rate_minor=self._hourly_rate(),
        )

    def _hourly_rate(self) -> int | None:
        """AmountNotUnderstood at its field."""
        text = self.hourly_rate.data
        return parse_amount(text, currency=self.currency.data, field="hourly_rate") if text else None


def _countries(locale: Locale) -> list[SelectChoice]:
    named = ((code, name) for code, name in locale.territories.items() if len(code) == 2 and code.isalpha())
    in_use = [(code, name) for code, name in named if get_territory_currencies(code)]
    return [SelectChoice(code, name) for code, name in sorted(in_use, key=lambda entry: entry[1])]


def _currencies(locale: Locale) -> list[SelectChoice]:
    current = {code for territory in locale.territories for code in get_territory_currencies(str(territory))}
    known = sorted(current & set(list_currencies()))
    return [SelectChoice(code, f"{code} {locale.currencies.get(code, '')}".strip()) for code in known]


class CodeForm(Form):
    """Six digits of an app, or a recovery code."""

    code = TextField(_l("Code"), [DataRequired(_l("Enter the code"))], longest=40)


class PasskeyForm(Form):
    """What the browser answers travels in a hidden field; a script fills it in."""

    name = TextField(_l("Name of this passkey"), [DataRequired(_l("Enter a name"))], longest=60)
    answer = HiddenField(validators=[Length(max=20_000)])


class PasskeyAnswerForm(Form):
    answer = HiddenField(validators=[Length(max=20_000)])


class PinForm(Form):
    pin = PasswordField(_l("New PIN"), [InputRequired(_l("Choose six digits")), Length(max=20)])


class SwitchForm(Form):
    """Who takes over the counter computer."""

    staff_id = RadioField(_l("Who are you?"), coerce=int, validators=[InputRequired(_l("Choose your name"))])
    pin = PasswordField(_l("PIN"), [InputRequired(_l("Enter your PIN")), Length(max=20)])
    next = HiddenField()


class ComputerForm(Form):
    name = TextField(_l("Name of this computer"), [DataRequired(_l("Enter a name"))], longest=60)


class SignInRulesForm(Form):
    second_factor_roles = SelectMultipleField(
        _l("Who needs a second factor"),
        choices=[SelectChoice(role.value, label) for role, label in _ROLES],
        coerce=Role,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    lock_after_minutes = _days(_l("Minutes until a counter computer locks"), least=1, most=120)
