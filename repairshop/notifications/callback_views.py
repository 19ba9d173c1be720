"""The door through which providers report what became of messages."""

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from config import Config
from repairshop import fault_points
from repairshop.notifications import reports
from repairshop.notifications.channels.carrier import Callback, Callbacks
from repairshop.notifications.channels.listed import provider_named
from repairshop.notifications.channels.signed_attempts import STATUS_ADDRESS, read_attempt
from repairshop.transaction import transaction
from repairshop.web.access import signed_callback

callbacks = Blueprint("callbacks", __name__)


@callbacks.post("/callbacks/<provider>/status")
@signed_callback
def status(provider: str) -> ResponseReturnValue:
    """Always 2xx once the signature is true: the provider would only repeat what we cannot use."""
    doors, callback = _checked(provider)
    attempt = read_attempt(request.args.get("attempt", ""), key=_config().secret_key)
    report = doors.read_status(callback)
    if attempt is not None and report is not None:
        with transaction():
            reports.record_report(report, attempt=attempt, provider=provider)
            fault_points.reach("report.written")
        fault_points.reach("report.committed")
    return "", 204


def _checked(name: str) -> tuple[Callbacks, Callback]:
    """What Host header and proxies say proves nothing: the address is built from the configured one."""
    found = provider_named(name)
    if found is None or found[1].callbacks is None:
        abort(404)
    config, doors = _config(), found[1].callbacks
    query = request.query_string.decode("latin-1")
    url = (
        config.public_url.rstrip("/") + STATUS_ADDRESS.format(provider=name) + (f"?{query}" if query else "")
    )
    callback = Callback(url=url, fields=request.form, header=request.headers.get)
    if not doors.is_signed(config, callback):
        abort(403)
    return doors, callback


def _config() -> Config:
    config: Config = current_app.extensions["repairshop_config"]
    return config
