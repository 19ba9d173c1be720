"""Handing over: identity, signature or tracking, custody, numbers that get texts again, undo."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from repairshop.customers.models import ContactPoint
from repairshop.customers.service import pause_number_of
from repairshop.database import db
from repairshop.errors import Refused
from repairshop.handover import jobs, queries, service
from repairshop.handover.rules import (
    AddressNotConfirmed,
    AgreementMissing,
    Collection,
    CollectionMethod,
    IdentityProof,
    NotReadyLongEnough,
    PassNotScanned,
    ProofMissing,
    ShipToMissing,
    SignatureMissing,
    SurrenderBasis,
    SurrenderKind,
    TrackingMissing,
)
from repairshop.handover.who_rules import StrangerCollects
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.rules import Notice
from repairshop.tickets import service as tickets
from repairshop.tickets.models import Signature
from repairshop.tickets.rules import Holder
from repairshop.tickets.stages import Outcome, Stage, Verb
from repairshop.transaction import transaction
from repairshop.warranty.queries import get_warranty
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.portal.guests import come_in

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
SIGNED = Collection(
    method=CollectionMethod.COUNTER, proof=IdentityProof.PASSPORT, typed_name="Carl Cooper", agreed=True
)
PARCEL = Collection(
    method=CollectionMethod.CARRIER,
    carrier="Parcel Co",
    tracking="PC123456",
    ship_to="1 Low Lane, Leeds",
    address_confirmed=True,
)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def tess():
    return make_staff(make_shop())


def ready(by) -> str:
    """Repaired and released, with the number of its SIM paused."""
    reference = make_ticket(by, stage=Stage.IN_REPAIR)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=by)
        tickets.move_ticket(ticket, Verb.FINISH, by=by)
        tickets.move_ticket(ticket, Verb.RELEASE, by=by)
        pause_number_of(ticket.device, ticket.visit.customer.contact_points[0])
    return reference


def hand_over(reference, by, collection=SIGNED):
    with transaction():
        service.hand_over(reference, collection, by=by)


def paused_numbers():
    return db.session.scalars(select(ContactPoint).where(ContactPoint.sim_in_device_id.is_not(None))).all()


def test_a_hand_over_ends_custody_and_the_pause_and_starts_the_warranty(tess):
    reference = ready(tess)

    hand_over(reference, tess)

    ticket = get_ticket(reference)
    found = queries.get_handover(ticket.id)
    warranty = get_warranty(ticket.id)
    assert (ticket.stage, ticket.holder) == (Stage.HANDED_OVER, Holder.CUSTOMER)
    assert found is not None
    assert (found.proof, found.signed_name) == (IdentityProof.PASSPORT, "Carl Cooper")
    assert paused_numbers() == []
    assert warranty is not None
    assert warranty.ends_on == NOW.date() + timedelta(days=365)


def test_undo_voids_the_signature_and_puts_everything_back(tess):
    reference = ready(tess)
    hand_over(reference, tess)

    with transaction():
        tickets.undo_move(reference, by=tess)

    ticket = get_ticket(reference)
    assert (ticket.stage, ticket.holder) == (Stage.READY, Holder.PLACE)
    assert queries.get_handover(ticket.id) is None
    assert get_warranty(ticket.id) is None
    assert len(paused_numbers()) == 1
    assert db.session.scalars(select(Signature)).one().void_at == NOW


@pytest.mark.parametrize(
    ("collection", "missing"),
    [
        (
            Collection(method=CollectionMethod.COUNTER),
            {"proof": ProofMissing, "signed_name": SignatureMissing},
        ),
        (
            Collection(method=CollectionMethod.COUNTER, proof=IdentityProof.RECEIPT),
            {"signed_name": SignatureMissing},
        ),
        (
            Collection(method=CollectionMethod.COUNTER, proof=IdentityProof.RECEIPT, typed_name="Carl"),
            {"signed_name": SignatureMissing},
        ),
        (
            Collection(method=CollectionMethod.CARRIER, carrier="Parcel Co"),
            {"ship_to": ShipToMissing, "tracking": TrackingMissing},
        ),
        (
            Collection(method=CollectionMethod.CARRIER, carrier="Parcel Co", tracking="PC1"),
            {"ship_to": ShipToMissing},
        ),
        (
            Collection(
                method=CollectionMethod.COUNTER, proof=IdentityProof.PICKUP_PASS, typed_name="Mallory"
            ),
            {"proof": PassNotScanned, "signed_name": SignatureMissing, "entrusted_because": StrangerCollects},
        ),
        (replace(PARCEL, address_confirmed=False), {"address_confirmed": AddressNotConfirmed}),
    ],
)
def test_everything_that_is_missing_is_said_at_once_each_at_its_field(tess, collection, missing):
    reference = ready(tess)

    with pytest.raises(Refused) as raised:
        hand_over(reference, tess, collection)

    refused = getattr(raised.value, "refusals", (raised.value,))
    assert {one.field: type(one) for one in refused} == missing
    assert get_ticket(reference).stage is Stage.READY


def test_a_parcel_is_told_as_one_and_its_number_is_on_the_customers_page(app, tess):
    """Nobody has the device back while a carrier has it."""
    reference = ready(tess)
    hand_over(reference, tess, PARCEL)

    told = db.session.scalars(select(OutgoingMessage.notice)).all()
    db.session.rollback()
    page = come_in(app, reference).get("/repair").text

    assert Notice.SENT_BACK in told
    assert Notice.HANDED_OVER not in told
    assert "Sent with Parcel Co, number" in page
    assert "PC123456" in page


def test_a_parcel_is_with_the_carrier(tess):
    reference = ready(tess)

    hand_over(reference, tess, PARCEL)

    ticket = get_ticket(reference)
    assert (ticket.holder, ticket.holder_label) == (Holder.CARRIER, "Parcel Co")


def test_the_job_marks_what_nobody_collected_in_time(tess, clock):
    reference = ready(tess)
    clock.shift(timedelta(days=29))
    assert jobs.close_uncollected() == 0
    clock.shift(timedelta(days=1))

    assert jobs.close_uncollected() == 1

    assert get_ticket(reference).stage is Stage.UNCLAIMED
    assert jobs.close_uncollected() == 0


def test_staff_cannot_hurry_it(tess):
    reference = ready(tess)

    with pytest.raises(NotReadyLongEnough), transaction():
        service.not_collected(reference, by=tess)


def test_a_device_is_given_up_only_with_a_basis_and_the_tick(tess):
    reference = ready(tess)

    def surrender(*, confirmed):
        with transaction():
            service.surrender(
                reference,
                kind=SurrenderKind.RECYCLING,
                basis=SurrenderBasis.CUSTOMER_AGREED,
                confirmed=confirmed,
                by=tess,
            )

    with pytest.raises(AgreementMissing):
        surrender(confirmed=False)
    surrender(confirmed=True)

    ticket = get_ticket(reference)
    assert (ticket.stage, ticket.outcome) == (Stage.SURRENDERED, Outcome.SURRENDERED)
