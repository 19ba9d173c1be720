"""A part's serial is used once; a salvaged part names its donor."""

import pytest

from repairshop.parts import queries, service
from repairshop.parts.rules import DonorMissing, FittedPart, PartOrigin
from repairshop.parts.stock_rules import SerialFittedBefore
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]


@pytest.fixture
def tess():
    return make_staff(make_shop())


def screen(**facts):
    return FittedPart(**{"name": "Screen", "origin": PartOrigin.NEW_ORIGINAL, **facts})


def test_a_fitted_serial_is_never_on_hand_again(tess):
    first, second = (make_ticket(tess, stage=Stage.IN_REPAIR) for _ in range(2))
    with transaction():
        part = service.fit_part(first, screen(serial="gx-12 34"), by=tess)
        part_id = part.id
    with transaction():
        service.take_part_out(first, part_id, because="dead on arrival", by=tess)

    with pytest.raises(SerialFittedBefore) as refusal, transaction():
        service.fit_part(second, screen(serial="GX1234"), by=tess)

    assert refusal.value.field == "serial"


def test_another_shop_may_have_the_same_serial(tess):
    theo = make_staff(make_shop("Mendit"), first_name="Theo")
    jobs = [(by, make_ticket(by, stage=Stage.IN_REPAIR)) for by in (tess, theo)]

    with transaction():
        fitted = [service.fit_part(job, screen(serial="GX1234"), by=by).serial for by, job in jobs]

    assert fitted == ["GX1234", "GX1234"]


def test_parts_without_a_serial_do_not_collide(tess):
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)

    with transaction():
        service.fit_part(reference, screen(), by=tess)
        service.fit_part(reference, screen(name="Battery"), by=tess)

    fitted = queries.list_parts(get_ticket(reference).id).fitted
    assert [part.name for part in fitted] == ["Screen", "Battery"]


def test_a_salvaged_part_names_its_donor(tess):
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)

    with pytest.raises(DonorMissing), transaction():
        service.fit_part(reference, screen(origin=PartOrigin.SALVAGED), by=tess)


def test_a_part_taken_out_is_gone_from_the_list(tess):
    reference = make_ticket(tess, stage=Stage.IN_REPAIR)
    with transaction():
        part_id = service.fit_part(reference, screen(), by=tess).id

    with transaction():
        service.take_part_out(reference, part_id, because="wrong size", by=tess)

    assert queries.list_parts(get_ticket(reference).id).fitted == ()
