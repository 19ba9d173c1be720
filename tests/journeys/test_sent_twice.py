"""Double click, back button, two tabs, an expired form: nothing doubled, nothing lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from repairshop.database import Base, db
from repairshop.handover.models import Handover
from repairshop.parts.models import PartOrder
from repairshop.quotes.models import QuoteDecision
from repairshop.tickets.models import Ticket
from tests.journeys import acts
from tests.journeys.browser_forms import Tab, Value
from tests.journeys.floor import Floor


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A form with its button, what is typed into it, and the rows that one sending makes."""

    open: Callable[[Floor], Tab]
    again: Callable[[Floor, Tab], Tab]  # the same page in another tab
    button: str
    typed: Mapping[str, Value]
    makes: type[Base]
    kept: str  # words that must not be lost


def _intake(floor: Floor) -> Tab:
    return floor.tab("frank").open("/intake")


def _order(floor: Floor) -> Tab:
    reference = acts.checked_in(floor)
    acts.approve(acts.quoted(floor, reference))
    return floor.tab("tess").open(f"/tickets/{reference}/order-part")


def _approval(floor: Floor) -> Tab:
    return acts.quoted(floor, acts.checked_in(floor)).follow("Check and answer")


def _hand_over(floor: Floor) -> Tab:
    reference = acts.checked_in(floor)
    tess = floor.tab("tess")
    tess.open(f"/tickets/{reference}").follow("Return unrepaired")
    tess.press("Return unrepaired", {"reason": "customer_asked", "note": "Changed their mind"})
    acts.close_unrepaired(tess, reference)
    return floor.tab("frank").open(f"/tickets/{reference}/hand-over")


def _same_page(_floor: Floor, tab: Tab) -> Tab:
    return Tab(tab.browser).open(tab.address)


SENDINGS = {
    "intake": Sending(
        open=_intake,
        again=_same_page,
        button="Take in and save",
        typed={**acts.CARL, **acts.PHONE, **acts.FAULT, "accessories": "charger, green case"},
        makes=Ticket,
        kept="green case",
    ),
    "order part": Sending(
        open=_order,
        again=_same_page,
        button="Order the part",
        typed={"name": "Screen", "supplier": "Glassworks", "note": "The dark one, please check"},
        makes=PartOrder,
        kept="The dark one, please check",
    ),
    "approve": Sending(
        open=_approval,
        again=_same_page,
        button="Approve £105.00 repair",
        typed={},
        makes=QuoteDecision,
        kept="",
    ),
    "hand over": Sending(
        open=_hand_over,
        again=_same_page,
        button="Hand over",
        typed={"proof": "receipt", "signed_name": "Carl Q. Cooper", "agreed": True},
        makes=Handover,
        kept="Carl Q. Cooper",
    ),
}
every_sending = pytest.mark.parametrize("sending", SENDINGS.values(), ids=SENDINGS.keys())


def count(floor: Floor, sending: Sending) -> int:
    with floor.app.app_context():
        return db.session.scalar(select(func.count()).select_from(sending.makes)) or 0


@every_sending
def test_a_double_click_does_it_once_and_shows_the_result(floor: Floor, sending: Sending) -> None:
    tab = sending.open(floor)
    action, data = tab.filled(sending.button, sending.typed)

    first = tab.send(action, data).path
    second = tab.send(action, data).path

    assert count(floor, sending) == 1
    assert second == first
    assert floor.history_holds()


@every_sending
def test_the_back_button_and_once_more_changes_nothing(floor: Floor, sending: Sending) -> None:
    tab = sending.open(floor)
    action, data = tab.filled(sending.button, sending.typed)
    result = tab.send(action, data).path

    for name, value in sending.typed.items():
        if isinstance(value, str) and data[name] == sending.kept:
            data[name] = "typed after going back"
    tab.send(action, data)

    assert count(floor, sending) == 1
    assert tab.path == result


@every_sending
def test_two_tabs_do_it_once_and_the_second_keeps_its_words(floor: Floor, sending: Sending) -> None:
    one = sending.open(floor)
    other = sending.again(floor, one)
    action, data = other.filled(sending.button, sending.typed)
    one.press(sending.button, sending.typed)

    response = other.browser.post(action, data=data)

    assert count(floor, sending) == 1
    assert response.status_code in {303, 409, 422}
    assert response.status_code == 303 or sending.kept in response.text


@every_sending
def test_a_form_that_expired_keeps_what_was_typed_and_goes_with_one_more_click(
    floor: Floor, sending: Sending
) -> None:
    tab = sending.open(floor)
    action, data = tab.filled(sending.button, sending.typed)
    data["csrf_token"] = "from-yesterday"

    tab.send(action, data, expect=400)

    assert count(floor, sending) == 0
    assert sending.kept in tab.response.text
    tab.press("Send it again")
    assert count(floor, sending) == 1


def test_the_second_of_two_people_sees_who_changed_what_and_loses_no_text(floor: Floor) -> None:
    reference = acts.checked_in(floor)
    acts.approve(acts.quoted(floor, reference))
    frank = floor.tab("frank").open(f"/tickets/{reference}/order-part")
    acts.do(floor.tab("tess"), reference, "Start repair")

    frank.press("Order the part", {"name": "Screen", "note": "Ask for the dark one"}, expect=409)

    frank.says("Start repair", "Tess", "Nothing of yours was saved")
    assert "Ask for the dark one" in frank.response.text
    assert floor.history_holds()
