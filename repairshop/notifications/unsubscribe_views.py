"""The page behind a mail's unsubscribe link. Scanners open links, so only the press of its button counts."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from config import Config
from repairshop.notifications.unsubscribing import Subscription, get_subscription, read_token, unsubscribe
from repairshop.transaction import transaction
from repairshop.web.access import public, signed_callback
from repairshop.web.locale import speak

unsubscribing = Blueprint("unsubscribing", __name__)


@unsubscribing.get("/unsubscribe/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    return _draw(get_subscription(_uid(token)))


@unsubscribing.post("/unsubscribe/<token>")
@signed_callback
def end(token: str) -> ResponseReturnValue:
    """By the button, or by the mail program itself, which has no session and no form token."""
    uid = _uid(token)
    with transaction():
        unsubscribe(uid)
    return _draw(get_subscription(uid))


def _draw(subscription: Subscription) -> str:
    """In the language of the mail, as a page of the shop that wrote it."""
    sender = subscription.sender
    speak(language=subscription.language, country=sender.country, time_zone=sender.time_zone)
    return render_template("notifications/unsubscribe.html", subscription=subscription, shop=sender)


def _uid(token: str) -> str:
    config: Config = current_app.extensions["repairshop_config"]
    return read_token(token, key=config.secret_key)
