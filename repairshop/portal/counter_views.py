"""The screen turned round: a customer answers the privacy questions on a device that is not theirs.

Two ways there, both by a member of staff. "This screen" first signs the staff out of this browser, so that no
way leads back to their pages. A tablet reads a QR code instead; its key is good for ten minutes, for one
repair, and for these questions only.
"""

import base64

from flask import Blueprint, current_app, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user
from itsdangerous import BadData, URLSafeTimedSerializer

from repairshop import clock
from repairshop.errors import NotFound, Refused
from repairshop.portal import queries
from repairshop.portal.queries import Turned
from repairshop.portal.rules import moment_of, screen_is_over
from repairshop.privacy import answering
from repairshop.privacy.forms import AnswersForm
from repairshop.privacy.notice_queries import get_notice
from repairshop.privacy.queries import list_tasks
from repairshop.privacy.rules import Way, may_customer_answer
from repairshop.qr import qr_svg
from repairshop.staff.rules import Right, ShopId, StaffId, customer_actor
from repairshop.staff.session import current_actor, find_signed_in
from repairshop.tickets.queries import get_head
from repairshop.transaction import transaction
from repairshop.web.access import public, staff_only
from repairshop.web.forms import Form
from repairshop.web.locale import speak
from repairshop.web.once import once

counter_screen = Blueprint("counter_screen", __name__)

_KEY = "counter_screen"
_TOKEN_SECONDS = 600


@counter_screen.get("/tickets/<reference>/turn-round")
@staff_only(Right.TAKE_IN)
def turn_form(reference: str) -> ResponseReturnValue:
    head = get_head(reference, shop_id=current_actor().shop_id)
    path = url_for(".enter", token=_serializer().dumps([reference, current_actor().id]))
    address = current_app.extensions["repairshop_config"].public_url.rstrip("/") + path
    picture = base64.b64encode(qr_svg(address, quiet_modules=4)).decode()
    return render_template("privacy/turn_round.html", head=head, form=Form(), qr=picture)


@counter_screen.post("/tickets/<reference>/turn-round")
@staff_only(Right.TAKE_IN)
def turn(reference: str) -> ResponseReturnValue:
    """This very screen: the staff's session ends first."""
    head, form, staff_id = get_head(reference, shop_id=current_actor().shop_id), Form(), current_actor().id
    if not form.validate():
        return redirect(url_for(".turn_form", reference=reference))
    logout_user()
    _open(head.reference, staff_id)
    return redirect(url_for(".show"), 303)


@counter_screen.get("/c/<token>")
@public
def enter(token: str) -> ResponseReturnValue:
    """A tablet that read the QR code. Writes nothing but its own cookie."""
    if find_signed_in() is not None:
        raise NotFound  # no link turns a screen round on which staff are signed in
    try:
        reference, staff_id = _serializer().loads(token, max_age=_TOKEN_SECONDS)
    except (BadData, ValueError, TypeError) as error:
        raise NotFound from error
    _open(reference, staff_id)
    return redirect(url_for(".show"), 303)


@counter_screen.get("/counter-screen")
@public
def show() -> ResponseReturnValue:
    turned = _turned()
    form = _form(turned)
    form.prefill(notice=get_notice(turned.shop.id))
    return _draw(turned, form)


@counter_screen.post("/counter-screen")
@public
def answer() -> ResponseReturnValue:
    turned = _turned()
    form = _form(turned)
    if form.validate():
        try:
            with transaction():
                once(form, leads_to=url_for(".done"))
                answering.answer_as_customer(
                    turned.reference,
                    form.given(),
                    by=customer_actor(ShopId(turned.shop.id), turned.customer_id),
                    way=Way.COUNTER_SCREEN,
                    notice_shown=form.notice_version.data,
                    witness=StaffId(session[_KEY]["staff"]),
                )
        except Refused as refusal:
            form.put(refusal)
        else:
            session.pop(_KEY)
            return redirect(url_for(".done"), 303)
    return _draw(turned, form), 422


@counter_screen.get("/counter-screen/done")
@public
def done() -> ResponseReturnValue:
    """Nothing of the customer's is left on this screen."""
    return render_template("privacy/hand_back.html")


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        current_app.extensions["repairshop_config"].link_key, salt="privacy questions at the counter"
    )


def _open(reference: str, staff_id: int | None) -> None:
    session[_KEY] = {"ticket": reference, "staff": staff_id, "at": int(clock.now().timestamp())}


def _turned() -> Turned:
    """Whose questions this screen asks; NotFound when nobody turned it round, or it was too long ago."""
    kept = session.get(_KEY)
    began_at = moment_of(kept.get("at")) if isinstance(kept, dict) else None
    if find_signed_in() is not None:
        began_at = None  # staff have the screen back
    if began_at is None or screen_is_over(began_at=began_at, at=clock.now()):
        session.pop(_KEY, None)
        raise NotFound
    turned = queries.get_turned(session[_KEY]["ticket"])
    speak(language=turned.language, country=turned.shop.country, time_zone=turned.shop.time_zone)
    return turned


def _form(turned: Turned) -> AnswersForm:
    form = AnswersForm()
    tasks = [task for task in list_tasks(turned.ticket_id) if may_customer_answer(task, stage=turned.stage)]
    form.ask(tasks, to_customer=Way.COUNTER_SCREEN)
    return form


def _draw(turned: Turned, form: AnswersForm) -> str:
    return render_template(
        "privacy/screen.html", turned=turned, shop=turned.shop, form=form, notice=get_notice(turned.shop.id)
    )
