"""The door through which the text provider brings what customers write."""

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from repairshop.inbox.receiving import ArrivedText, receive_text
from repairshop.notifications.providers import INBOUND_PATH
from repairshop.notifications.signatures import require_provider_signature
from repairshop.transaction import transaction
from repairshop.web.access import signed_callback

arrivals = Blueprint("arrivals", __name__)


@arrivals.post(INBOUND_PATH)
@signed_callback
def twilio_inbound() -> ResponseReturnValue:
    """Always 2xx once the signature is true: the provider would only repeat what we cannot use.

    Addresses of pictures are never opened: they lead where the sender's phone says.
    """
    require_provider_signature(INBOUND_PATH)
    fields = request.form
    account = current_app.extensions["repairshop_config"].twilio_account_sid
    if fields.get("AccountSid", account) != account:
        return "", 204
    if fields.get("MessageSid") and fields.get("From"):
        with transaction():
            receive_text(
                ArrivedText(
                    provider_id=fields["MessageSid"],
                    sender=fields["From"],
                    body=fields.get("Body", ""),
                    pictures=_count(fields.get("NumMedia", "0")),
                    provider_answered=bool(fields.get("OptOutType")),
                )
            )
    return "", 204


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
