"""What the page of a text does about the number that a test goes to."""

from html import unescape

from flask import current_app, render_template

from repairshop.staff.session import current_actor, current_shop
from repairshop.transaction import transaction
from repairshop.web.filters import phone
from repairshop.web.forms import new_sending
from repairshop.web.once import once
from repairshop.wording import own_number
from repairshop.wording.forms import ShortTextForm
from repairshop.wording.rules import OwnCodeWrong


def own_number_shown() -> str:
    """The number entered before, as people write it."""
    found = own_number.find_own_number(current_actor().staff_id)
    return phone(found[0]) if found else ""


def waiting_number() -> str:
    """The number whose code has not been typed yet."""
    found = own_number.find_own_number(current_actor().staff_id)
    return found[0] if found and not found[1] else ""


def is_own_number(form: ShortTextForm, *, leads_to: str) -> bool:
    """Whether the number typed is proved, by the code typed too; if not a code is on its way to it.

    Raises OwnCodeWrong, and what own_number.send_code raises.
    """
    by, key = current_actor(), str(current_app.extensions["repairshop_config"].secret_key)
    number = own_number.read_number(form.number.data or "", by=by)
    if own_number.is_proved(number, by=by):
        return True
    if form.code.data:
        with transaction():  # the try counts, right or wrong
            is_right = own_number.try_code(number, form.code.data, key=key, by=by)
        if not is_right:
            raise OwnCodeWrong(field="code")
        return True
    with transaction():
        once(form, leads_to=leads_to)
        own_number.send_code(number, key=key, words=_words_of_code, by=by)
    form.once.data = new_sending()
    return False


def _words_of_code(code: str) -> str:
    page = render_template("wording/_code_text.html", code=code, shop=current_shop())
    return unescape(page).strip()
