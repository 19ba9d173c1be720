"""The one door to `ready` asks what the outcome demands, and nothing more."""

import pytest

from repairshop.diagnostics.rules import AfterTestsMissing, RunKind
from repairshop.handover import service
from repairshop.handover.rules import NotPutTogether
from repairshop.handover.service import ReleaseAnswers
from repairshop.parts.rules import NewOrder, PartsStillOnOrder
from repairshop.parts.service import order_part
from repairshop.privacy.rules import PrivacyTasksOpen, TaskPart
from repairshop.tickets import service as tickets
from repairshop.tickets.stages import Outcome, Stage, Verb
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket
from tests.steps import answer_privacy_tasks, pass_tests

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app_context")]

CLOSED = ReleaseAnswers(put_together=True)


@pytest.fixture
def tess():
    return make_staff(make_shop())


def repaired(by) -> str:
    reference = make_ticket(by, stage=Stage.IN_REPAIR)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=by)
        tickets.move_ticket(ticket, Verb.FINISH, by=by)
    return reference


def release(reference, by, answers=CLOSED):
    with transaction():
        service.release(reference, answers, by=by)


def test_a_repaired_device_is_released_after_its_tests_and_tasks(tess):
    reference = repaired(tess)
    pass_tests(reference, RunKind.AFTER, by=tess)
    answer_privacy_tasks(reference, TaskPart.CLOSE_OUT, by=tess)

    release(reference, tess)

    assert get_ticket(reference).stage is Stage.READY


def test_without_an_after_test_it_stays(tess):
    reference = repaired(tess)
    answer_privacy_tasks(reference, TaskPart.CLOSE_OUT, by=tess)

    with pytest.raises(AfterTestsMissing):
        release(reference, tess)

    assert get_ticket(reference).stage is Stage.FINAL_CHECKS


def test_a_test_from_before_the_last_repair_does_not_count(tess):
    reference = repaired(tess)
    pass_tests(reference, RunKind.AFTER, by=tess)
    answer_privacy_tasks(reference, TaskPart.CLOSE_OUT, by=tess)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess)
        tickets.move_ticket(ticket, Verb.TEST_FAILED, by=tess)
        tickets.move_ticket(ticket, Verb.FINISH, by=tess)

    with pytest.raises(AfterTestsMissing):
        release(reference, tess)


def test_privacy_close_out_is_asked_always(tess):
    reference = repaired(tess)
    pass_tests(reference, RunKind.AFTER, by=tess)

    with pytest.raises(PrivacyTasksOpen):
        release(reference, tess)


def test_a_device_returned_unrepaired_needs_no_test_but_has_to_be_closed(tess):
    reference = make_ticket(tess, stage=Stage.DIAGNOSING)
    with transaction():
        ticket = tickets.get_ticket_for_change(reference, by=tess)
        tickets.move_ticket(ticket, Verb.RETURN_UNREPAIRED, by=tess)
    answer_privacy_tasks(reference, TaskPart.CLOSE_OUT, by=tess)

    with pytest.raises(NotPutTogether) as refusal:
        release(reference, tess, ReleaseAnswers(put_together=False))
    release(reference, tess)

    ticket = get_ticket(reference)
    assert refusal.value.field == "put_together"
    assert (ticket.stage, ticket.outcome) == (Stage.READY, Outcome.RETURNED_UNREPAIRED)


def test_nothing_may_be_on_order_still(tess):
    reference = repaired(tess)
    pass_tests(reference, RunKind.AFTER, by=tess)
    answer_privacy_tasks(reference, TaskPart.CLOSE_OUT, by=tess)
    with transaction():
        order_part(tickets.get_ticket_for_change(reference, by=tess), NewOrder(name="Screen"), by=tess)

    with pytest.raises(PartsStillOnOrder):
        release(reference, tess)
