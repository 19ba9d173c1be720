"""The page behind a mail's unsubscribe link. Scanners open links, so only the press of its button counts."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from config import Config
from repairshop.notifications.unsubscribing import get_subscription, read_token, unsubscribe
from repairshop.transaction import transaction
from repairshop.web.access import public, signed_callback

unsubscribing = Blueprint("unsubscribing", __name__)


@unsubscribing.get("/unsubscribe/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    subscription = get_subscription(_uid(token))
    return render_template("notifications/unsubscribe.html", subscription=subscription, done=False)


@unsubscribing.post("/unsubscribe/<token>")
@signed_callback
def end(token: str) -> ResponseReturnValue:
    """By the button, or by the mail program itself, which has no session and no form token."""
    subscription = get_subscription(_uid(token))
    with transaction():
        unsubscribe(_uid(token))
    return render_template("notifications/unsubscribe.html", subscription=subscription, done=True)


def _uid(token: str) -> str:
    config: Config = current_app.extensions["repairshop_config"]
    return read_token(token, key=config.secret_key)
