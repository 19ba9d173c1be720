"""Customers at their browsers, come by a link."""

from flask import Flask

from repairshop.tickets.links import token_for
from repairshop.tickets.portal_links import get_link
from repairshop.tickets.rules import LinkOrigin
from repairshop.transaction import transaction
from tests.builders import get_ticket
from tests.cast import Browser


def link_to(app: Flask, reference: str, *, origin: LinkOrigin = LinkOrigin.SMS) -> str:
    """The path of the customer's link to the visit of this ticket."""
    with app.app_context():
        with transaction():
            ticket = get_ticket(reference)
            assert ticket.visit is not None
            link = get_link(ticket.visit.id, ticket.visit.customer_id, origin=origin)
            link_id, version = link.id, link.version
        key = app.extensions["repairshop_config"].link_key
    return f"/t/{token_for(link_id, version=version, key=key)}"


def come_in(app: Flask, reference: str, *, origin: LinkOrigin = LinkOrigin.SMS) -> Browser:
    """A browser in which the customer has followed their link."""
    browser = Browser(app, app.response_class)
    response = browser.get(link_to(app, reference, origin=origin))
    assert response.status_code == 303
    return browser
