"""Many hands at one ticket: no update is lost on either database."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from repairshop.tickets.attachments import add_note
from repairshop.transaction import transaction
from tests.builders import get_ticket, make_shop, make_staff, make_ticket

pytestmark = pytest.mark.both_databases

CLIENTS, NOTES = 4, 10


def test_no_note_and_no_number_is_lost_between_clients(app):
    with app.app_context():
        tess = make_staff(make_shop())
        reference = make_ticket(tess)
        first = get_ticket(reference).history_seq

    def work(_: int) -> list[int]:
        with app.app_context():
            numbers = []
            for _ in range(NOTES):
                with transaction():
                    add_note(reference, "looked at it", by=tess)
                numbers.append(get_ticket(make_ticket(tess)).number)
            return numbers

    with ThreadPoolExecutor(CLIENTS) as pool:
        numbers = [number for result in pool.map(work, range(CLIENTS)) for number in result]

    with app.app_context():
        assert get_ticket(reference).history_seq == first + CLIENTS * NOTES
    assert sorted(numbers) == list(range(2, 2 + CLIENTS * NOTES))
