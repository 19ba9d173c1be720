"""Numbers and addresses that do not work are listed, with the codes as our rows keep them."""

import pytest

from repairshop.database import db
from repairshop.inbox.bad_addresses import list_bad_addresses
from repairshop.notifications.channels.email.codes import kept_code
from repairshop.notifications.channels.listed import trouble_of
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import State
from repairshop.transaction import transaction
from tests import builders
from tests.cast import Browser
from tests.notifications.desk import list_messages

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.both_databases
def test_what_the_tables_call_a_wrong_address_is_listed_and_nothing_else(frank: Browser) -> None:
    builders.make_ticket(frank.actor, email="carl@example.com")
    number = list_messages()[-1].id
    codes = [
        *("21211", "21614", "21662", "30005", "30045", "30003", "30007", "21610", "20003"),
        *("550", "551", "552", "554", "address", "smtputf8", "certificate", "limit_day", ""),
        *(kept_code(550, reply) for reply in ("5.1.1 No such user", "5.2.2 Full", "5.7.1 Not for us")),
        *(kept_code(554, reply) for reply in ("5.1.10 Null MX", "5.2.1 Switched off", "5.6.0 Badly made")),
    ]

    listed = set()
    for code in codes:
        with transaction():
            message = db.session.get_one(OutgoingMessage, number)
            message.state, message.error_code = State.FAILED, code
        if list_bad_addresses(frank.actor.shop_id):
            listed.add(code)
        db.session.rollback()

    assert listed == {code for code in codes if trouble_of(code).value == "address"}
    assert {"550 5.1.1", "554 5.1.10", "554 5.2.1", "21662"} <= listed
