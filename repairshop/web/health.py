"""Whether this process answers at all; readiness is the business of operations."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from repairshop.web.access import public

health = Blueprint("health", __name__)


@health.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    return jsonify(status="alive")
