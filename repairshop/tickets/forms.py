"""Shape of the ticket's own forms: notes, photos, who works on it, who holds it, answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, MultipleFileField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from repairshop.tickets.rules import DEVICE, HOLDERS_TO_PASS_ON_TO, SIM_TRAY, Holder, PhotoStep
from repairshop.web.forms import Form, LongTextField, TextField

MOST_PHOTOS = 10

_HOLDERS: Mapping[Holder, Any] = {
    Holder.PLACE: _l("A place in the shop"),
    Holder.STAFF: _l("A person of the shop, in hand"),
    Holder.SPECIALIST: _l("A specialist company"),
    Holder.CARRIER: _l("A carrier"),
    Holder.CUSTOMER: _l("The customer"),
}
_NEEDS_NAME = frozenset({Holder.STAFF, Holder.SPECIALIST, Holder.CARRIER})
_STEPS: Mapping[PhotoStep, Any] = {
    PhotoStep.INTAKE: _l("Intake"),
    PhotoStep.DIAGNOSIS: _l("Diagnosis"),
    PhotoStep.REPAIR: _l("Repair"),
    PhotoStep.FINAL_CHECKS: _l("Final checks"),
    PhotoStep.HANDOVER: _l("Hand-over"),
}


class NoteForm(Form):
    text = LongTextField(_l("Note"), [DataRequired(_l("Write the note"))], longest=4000)
    for_customer = BooleanField(_l("The customer may read it"))


class PhotosForm(Form):
    photos = MultipleFileField(
        _l("Photos"),
        [Length(max=MOST_PHOTOS, message=_l("Choose %(max)d photos or fewer", max=MOST_PHOTOS))],
    )
    step = RadioField(
        _l("Taken for"), choices=[SelectChoice(step.value, words) for step, words in _STEPS.items()]
    )
    caption = TextField(_l("What they show"), longest=200)
    staff_only = BooleanField(_l("Only staff see these photos: they show the customer's data"))

    def validate_photos(self, field: MultipleFileField) -> None:
        if not any(file and file.filename for file in field.data or []):
            raise ValidationError(_l("Take or choose a photo"))


class AssignForm(Form):
    """`staff_id` empty takes the job away from everybody."""

    staff_id = SelectField(_l("Who works on it"))

    def offer(self, colleagues: Sequence[tuple[int, str]]) -> None:
        self.staff_id.choices = [
            SelectChoice("", _l("Nobody")),
            *(SelectChoice(str(staff_id), name) for staff_id, name in colleagues),
        ]


class PassOnForm(Form):
    item = SelectField(_l("What"))
    to = RadioField(
        _l("To"),
        [InputRequired(_l("Choose who holds it now"))],
        choices=[SelectChoice(holder.value, _HOLDERS[holder]) for holder in HOLDERS_TO_PASS_ON_TO],
    )
    label = TextField(_l("Name or place"), longest=120)
    seen = HiddenField(validators=[Length(max=20)])  # the newest step the page was drawn from

    def offer(self, accessories: Sequence[str]) -> None:
        self.item.choices = [
            SelectChoice(DEVICE, _l("The device")),
            SelectChoice(SIM_TRAY, _l("SIM tray")),
            *(SelectChoice(name, name) for name in accessories),
        ]

    def validate_label(self, field: TextField) -> None:
        if self.to.data in _NEEDS_NAME and not field.data:
            raise ValidationError(_l("Enter the name"))


class AnswerForm(Form):
    text = LongTextField(
        _l("Your answer"),
        [DataRequired(_l("Write the answer: the customer gets it as a message"))],
        longest=2000,
    )
