"""All messages that are held because the database was an older copy, sent or taken back in one act."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.notifications import operating, queries
from repairshop.notifications.forms import HeldForm
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.web.access import staff_only
from repairshop.web.once import done_once

older_copy = Blueprint("older_copy", __name__)
_ACTS = {"release": operating.release_message, "withdraw": operating.withdraw_message}


@older_copy.get("/messages/older-copy/<any(release,withdraw):act>")
@staff_only(Right.MANAGE)
def show(act: str) -> ResponseReturnValue:
    return _page(act, HeldForm(formdata=None))


@older_copy.post("/messages/older-copy/<any(release,withdraw):act>")
@staff_only(Right.MANAGE)
def end(act: str) -> ResponseReturnValue:
    form = HeldForm()

    def end_all() -> None:
        operating.end_restored(_ACTS[act], seen=form.seen.data or 0, by=current_actor())

    return done_once(form, end_all, leads_to=url_for("inbox.show")) or _page(act, form, status=422)


def _page(act: str, form: HeldForm, *, status: int = 200) -> ResponseReturnValue:
    """Nothing to decide about: back to the messages."""
    shop_id = current_actor().shop_id
    number = operating.count_restored(shop_id)
    if not number:
        return redirect(url_for("inbox.show"))
    form.seen.data, form.seen.raw_data = number, None
    held = queries.list_restored(shop_id)
    return render_template(
        "notifications/older_copy.html", act=act, form=form, number=number, held=held
    ), status
