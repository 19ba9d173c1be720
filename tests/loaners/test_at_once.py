"""Two people at one loaner at the same moment: one of them is refused, on either database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from flask import Flask

from repairshop.database import db
from repairshop.errors import Refused
from repairshop.loaners import service
from repairshop.loaners.models import Loan, Loaner
from repairshop.loaners.rules import Lending, LoanerOut, LoanerRetired
from repairshop.staff.rules import Actor, Role
from repairshop.transaction import transaction
from tests.builders import make_shop, make_staff, make_ticket

pytestmark = pytest.mark.both_databases

ROUNDS = 8
HEAD_START_SECONDS = 0.4  # for the second to come as far as it can before the first commits


@pytest.fixture
def mira(app: Flask) -> Actor:
    with app.app_context():
        return make_staff(make_shop(), Role.MANAGER, first_name="Mira")


def add_loaner(*, by: Actor) -> int:
    with transaction():
        service.add_loaner("Galaxy A14", number="", by=by)
        db.session.flush()
        return db.session.query(Loaner.id).order_by(Loaner.id.desc()).first().id


def lend(reference: str, loaner_id: int, *, by: Actor) -> None:
    service.lend(reference, Lending(loaner_id=loaner_id), by=by)


def retire(_reference: str, loaner_id: int, *, by: Actor) -> None:
    service.retire_loaner(loaner_id, by=by)


@pytest.mark.parametrize(
    ("first", "second", "refusal"), [(lend, retire, LoanerOut), (retire, lend, LoanerRetired)]
)
def test_the_second_waits_for_the_first_and_is_refused(
    app: Flask, mira: Actor, first: Callable[..., None], second: Callable[..., None], refusal: type[Refused]
) -> None:
    with app.app_context():
        loaner_id, reference = add_loaner(by=mira), make_ticket(mira)
    done, begun = Event(), Event()

    def go_first() -> None:
        with app.app_context(), transaction():
            first(reference, loaner_id, by=mira)
            db.session.flush()
            done.set()
            begun.wait(5)
            Event().wait(HEAD_START_SECONDS)

    def go_second() -> None:
        done.wait(5)
        begun.set()
        with app.app_context(), pytest.raises(refusal), transaction():
            second(reference, loaner_id, by=mira)

    with ThreadPoolExecutor(2) as pool:
        for result in [pool.submit(go_first), pool.submit(go_second)]:
            result.result()


def test_whoever_comes_first_a_loaner_that_is_out_is_never_retired(app: Flask, mira: Actor) -> None:
    with app.app_context():
        pairs = [(make_ticket(mira), add_loaner(by=mira)) for _ in range(ROUNDS)]

    def race(act: Callable[..., None], start: Barrier, reference: str, loaner_id: int) -> bool:
        with app.app_context():
            start.wait(5)
            try:
                with transaction():
                    act(reference, loaner_id, by=mira)
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        for reference, loaner_id in pairs:
            start = Barrier(2)
            racers = [pool.submit(race, act, start, reference, loaner_id) for act in (lend, retire)]
            assert sorted(racer.result() for racer in racers) == [False, True]

    with app.app_context():
        out = db.session.query(Loan.loaner_id).filter(Loan.ended_at.is_(None))
        both = db.session.query(Loaner).filter(Loaner.id.in_(out), Loaner.retired_at.is_not(None)).count()
        assert both == 0
