"""Shape of what a manager decides about the shop's messages."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, NumberRange

from repairshop.notifications.limits import Limits
from repairshop.web.forms import Form, TextField, TimeOfDay, WholeNumberField

_MOST = 1_000_000


def _count(label: Any) -> WholeNumberField:
    message = _l("Enter a whole number from 0 to %(most)s", most=_MOST)
    rules = [InputRequired(message), NumberRange(min=0, max=_MOST, message=message)]
    return WholeNumberField(label, rules, unreadable=message)


class LimitsForm(Form):
    """Quiet hours, limits and countries."""

    quiet_from = TextField(_l("From"), [InputRequired(_l("Enter a time")), TimeOfDay()], longest=5)
    quiet_to = TextField(_l("Until"), [InputRequired(_l("Enter a time")), TimeOfDay()], longest=5)
    to_one_number_a_day = _count(_l("To one number, a day"))
    a_day = _count(_l("To everybody, a day"))
    a_month = _count(_l("To everybody, a month"))
    countries = TextField(_l("Countries"), longest=400)

    def fill(self, limits: Limits, quiet: tuple[str, str]) -> None:
        self.quiet_from.data, self.quiet_to.data = quiet
        self.to_one_number_a_day.data = limits.to_one_number_a_day
        self.a_day.data, self.a_month.data = limits.a_day, limits.a_month
        self.countries.data = " ".join(sorted(limits.countries))

    def limits(self) -> Limits:
        """Raises CountryUnknown for a code that is none."""
        return Limits(
            to_one_number_a_day=self.to_one_number_a_day.data or 0,
            a_day=self.a_day.data or 0,
            a_month=self.a_month.data or 0,
            countries=Limits.read_countries(self.countries.data or ""),
        )
