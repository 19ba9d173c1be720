"""Who may knock at the doors of the text provider."""

from flask import abort, current_app, request

from config import Config
from repairshop.notifications.channels.sms.twilio import is_signed_by_twilio


def require_provider_signature(path: str) -> None:
    """403 unless the provider signed this very request to `path`.

    The address is built from the configured one: what a proxy or a Host header says proves nothing.
    """
    config: Config = current_app.extensions["repairshop_config"]
    query = request.query_string.decode("latin-1")
    url = config.public_url.rstrip("/") + path + (f"?{query}" if query else "")
    signature = request.headers.get("X-Twilio-Signature")
    if not is_signed_by_twilio(
        auth_token=config.twilio_auth_token, url=url, fields=request.form, signature=signature
    ):
        abort(403)
