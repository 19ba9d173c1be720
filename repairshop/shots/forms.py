"""Shape of the two forms: the counter's, and the phone's."""

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import FileField, MultipleFileField
from wtforms.validators import Length

from repairshop.shots.rules import Shot
from repairshop.web.forms import Form, TextField

MOST_OTHERS = 6


class ShotFiles(Form):
    """A file for each shot, named "shot-front"; both forms have them."""

    photos = MultipleFileField(
        _l("Other photos"),
        [Length(max=MOST_OTHERS, message=_l("Choose %(max)d photos or fewer", max=MOST_OTHERS))],
    )

    def file_of(self, shot: Shot) -> FileStorage | None:
        file = self[f"shot-{shot.value}"].data
        return file if isinstance(file, FileStorage) and file.filename else None

    def others(self) -> list[FileStorage]:
        return [file for file in self.photos.data or [] if isinstance(file, FileStorage) and file.filename]


class CounterForm(ShotFiles):
    """With the reason a shot is left out, named "why-front"."""

    def reason_of(self, shot: Shot) -> str:
        return str(self[f"why-{shot.value}"].data or "")


class PhoneForm(ShotFiles):
    """Without a session's token: the key in the address is what no other page knows."""

    class Meta(Form.Meta):
        csrf = False


for _shot in Shot:
    setattr(ShotFiles, f"shot-{_shot.value}", FileField(_l("Photo")))
    setattr(CounterForm, f"why-{_shot.value}", TextField(_l("Not possible because …"), longest=300))
