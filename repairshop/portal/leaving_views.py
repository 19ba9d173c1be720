"""The way out of a browser that others use."""

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from repairshop.portal import session
from repairshop.portal.forms import PlainForm
from repairshop.web.access import public
from repairshop.web.locale import speak

leaving = Blueprint("leaving", __name__)


@leaving.get("/repair/leave")
@public
def show() -> ResponseReturnValue:
    return _draw(has_left=False)


@leaving.post("/repair/leave")
@public
def leave() -> ResponseReturnValue:
    """Close the repair here and have the browser drop what it kept; also for who brought a pass alone.

    The answer to the form says so itself: an address of its own would say it to whoever is sent there.
    """
    if not PlainForm().validate():
        return _draw(has_left=False), 422
    response = make_response(_draw(has_left=True))
    session.leave()
    response.headers["Clear-Site-Data"] = session.NOTHING_KEPT
    response.headers["Cache-Control"] = "no-store"
    return response


def _draw(*, has_left: bool) -> str:
    guest = session.find_current_guest()
    if guest is not None:
        speak(language=guest.language, country=guest.shop.country, time_zone=guest.shop.time_zone)
    return render_template(
        "portal/leave.html", guest=None, shop=guest.shop if guest else None, has_left=has_left
    )
