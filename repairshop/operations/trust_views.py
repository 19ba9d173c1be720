"""How a phone or computer learns to trust a shop that vouches for itself; anybody may read it."""

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from repairshop.errors import NotFound
from repairshop.operations import authority
from repairshop.web.access import public

trust = Blueprint("trust", __name__)


@trust.get("/trust-this-shop")
@public
def show() -> ResponseReturnValue:
    return render_template(
        "operations/trust.html", seen=authority.look(current_app.extensions["repairshop_config"].data)
    )


@trust.get("/trust-this-shop/repairshop.crt")
@public
def certificate() -> ResponseReturnValue:
    """The authority's certificate, which is public; never a key."""
    path = authority.papers_in(current_app.extensions["repairshop_config"].data).authority
    if not path.exists():
        raise NotFound
    return Response(path.read_bytes(), mimetype="application/x-x509-ca-cert")
