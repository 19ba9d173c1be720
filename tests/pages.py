"""The pages of the access matrix, each opened by somebody who may, on a ticket that it is there for."""

from werkzeug.routing import Rule

from repairshop.tickets.stages import Stage
from tests.access_world import World
from tests.builders import make_ticket
from tests.test_access_matrix import address, expected

_READERS = ("owner", "customer_a", "anonymous")


def add_tickets_in_every_stage(world: World) -> None:
    """Many verbs have a page only while the ticket is in the stage that they leave."""
    tess = world.people["technician_shop_1"]
    with world.app.app_context():
        world.things["by_stage"] = {stage: make_ticket(tess, stage=stage) for stage in Stage}


def reader_of(endpoint: str) -> str | None:
    """Who may open it; None for machines' own addresses."""
    readers = expected(endpoint)
    return next((one for one in _READERS if readers[one] == "ok"), None)


def open_page(world: World, rule: Rule, principal: str) -> str:
    """The page's address, with the first ticket for which it opens."""
    usual = address(world, rule)
    if "reference" not in rule.arguments:
        return usual
    named = world.things["reference"]
    browser = world.browser(principal)
    for reference in (named, *world.things["by_stage"].values()):
        path = usual.replace(named, reference)
        if browser.get(path).status_code < 400:
            return path
    raise AssertionError(f"{usual} opens for no ticket")
