"""The watch over tickets' versions would notice a verb that forgets one."""

import pytest

from repairshop.clock import now
from repairshop.database import db
from repairshop.tickets.models import Ticket, TicketNote
from repairshop.transaction import transaction
from tests import builders
from tests.versions import VersionForgotten

pytestmark = pytest.mark.usefixtures("app_context")


def add_note(ticket_id: int) -> None:
    db.session.add(TicketNote(ticket_id=ticket_id, at=now(), text="dust in the port", salt="0" * 32))


def test_a_note_that_leaves_the_ticket_as_it_was_is_noticed(tess):
    reference = builders.make_ticket(tess.actor)
    ticket_id = db.session.query(Ticket).filter_by(code=reference).one().id

    with pytest.raises(VersionForgotten, match="ticket_note"), transaction():
        add_note(ticket_id)


def test_a_note_that_changes_the_ticket_too_is_fine(tess):
    reference = builders.make_ticket(tess.actor)

    with transaction():
        ticket = db.session.query(Ticket).filter_by(code=reference).one()
        ticket.changed_at = now()
        add_note(ticket.id)

    assert db.session.query(TicketNote).count() == 1
