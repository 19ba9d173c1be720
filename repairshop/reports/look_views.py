"""Where a manager gives the shop's papers their logo and colour."""

import re

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from repairshop.errors import NotFound, Refused
from repairshop.media.queries import get_picture
from repairshop.media.rules import MediaId
from repairshop.media.service import receive_logo
from repairshop.media.serving import picture_response
from repairshop.reports.look_forms import LookForm
from repairshop.reports.looks import change_look, find_look, find_look_version
from repairshop.reports.rules import accent_of
from repairshop.staff.rules import Right
from repairshop.staff.session import current_actor
from repairshop.transaction import transaction
from repairshop.web.access import public, staff_only
from repairshop.web.forms import apply_refusal
from repairshop.web.once import once
from repairshop.web.saying import say_done

looks = Blueprint("looks", __name__)

_INK = "#14201d"  # what a colour field shows where none was chosen: it has no empty state


@looks.get("/shop/papers")
@staff_only(Right.MANAGE)
def show() -> ResponseReturnValue:
    look = find_look(current_actor().shop_id)
    version = find_look_version(current_actor().shop_id)
    return _page(LookForm(formdata=None, data={"accent": look.accent or _INK, "version": version}))


@looks.post("/shop/papers")
@staff_only(Right.MANAGE)
def change() -> ResponseReturnValue:
    form, there = LookForm(), url_for("looks.show")
    if form.validate():
        try:
            accent = accent_of(form.accent.data or "")
            picture = form.picture()
            received = receive_logo(picture) if picture else None
            with transaction():
                once(form, leads_to=there)
                change_look(
                    accent="" if accent == _INK else accent,
                    logo=received,
                    drops_logo=form.drops_logo.data,
                    expected_version=form.expected_version,
                    by=current_actor(),
                )
        except Refused as refusal:
            apply_refusal(form, refusal)
        else:
            return say_done("look_saved", redirect(there, 303))
    return _page(form), 422


@looks.get("/shop/papers/logo")
@staff_only(Right.MANAGE)
def logo() -> ResponseReturnValue:
    found = find_look(current_actor().shop_id).logo
    if found is None:
        raise NotFound
    response = picture_response(get_picture(MediaId(found.media_id)))
    response.headers["Cache-Control"] = "private, no-cache"  # the address stays when the logo changes
    return response


@looks.get("/papers/<colour>.css")
@public
def colour_sheet(colour: str) -> ResponseReturnValue:
    """One colour for a paper that is printed from the browser, where no style may stand in the page."""
    if not re.fullmatch(r"[0-9a-f]{6}", colour):
        raise NotFound
    response = Response(f"body{{--accent:#{colour}}}\n", mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _page(form: LookForm) -> str:
    return render_template("reports/look.html", form=form, look=find_look(current_actor().shop_id))
