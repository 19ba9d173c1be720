"""Shape of the form that adds work during the repair."""

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField

from repairshop.quotes.addition_rules import MOST_ADDED_LINES
from repairshop.quotes.forms import LineFields, Reading, line_entry
from repairshop.quotes.terms import QuoteLine
from repairshop.web.forms import Form, TextField


class AdditionForm(Form):
    """A few lines and why; lines left blank are none."""

    lines = FieldList(FormField(LineFields), max_entries=2 * MOST_ADDED_LINES)
    reason = TextField(_l("Why it is needed, for the customer"), longest=300)

    def add_line(self, line: QuoteLine, *, currency: str) -> None:
        """One more entry, as long as there is room for one."""
        if len(self.lines.entries) < MOST_ADDED_LINES:
            self.lines.append_entry(line_entry(line, option=0, currency=currency))

    def content(self, reading: Reading) -> list[QuoteLine]:
        """AmountNotUnderstood or NoHourlyRate where a line makes no price."""
        return [
            entry.form.line(reading, number=number)
            for number, entry in enumerate(self.lines.entries)
            if not entry.form.is_blank
        ]
