"""The public price list, requests of strangers, and what the shop makes of them."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from repairshop.catalogue.rules import DeviceType
from repairshop.catalogue.service import load_catalogue
from repairshop.customers.models import Customer
from repairshop.customers.service import NewDevice
from repairshop.database import db
from repairshop.dropoff import queries, rules
from repairshop.dropoff.models import DropOffRequest
from repairshop.dropoff.rules import DayClosed, DayTooFar, NotOpenToRequests, TooManyRequests
from repairshop.dropoff.service import Wish, request_drop_off
from repairshop.intake.jobs import cancel_no_shows
from repairshop.intake.people import NewCustomer
from repairshop.intake.service import Job, Thing
from repairshop.notifications.models import OutgoingMessage
from repairshop.privacy import queries as privacy
from repairshop.privacy.rules import Choice, TaskKind
from repairshop.staff.models import Shop
from repairshop.staff.queries import get_shop
from repairshop.tickets.models import Ticket
from repairshop.tickets.stages import Stage
from repairshop.transaction import transaction
from tests.builders import WEEK
from tests.cast import Browser
from tests.counting import counted_queries

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
WISH = {
    "device_type": "phone",
    "brand": "Apple",
    "model": "iPhone 13",
    "reported_fault": "Battery runs down <b>fast</b>",
    "backup": "yes",
    "comes_on": "2026-03-04",
    "spend_limit": "80",
    "name": "Dana Stranger",
    "phone": "07700 900321",
    "email": "dana@example.com",
}


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def slug(app, shop, mira):
    with app.app_context(), transaction():
        load_catalogue()
        db.session.get_one(Shop, shop.id).opening_hours = WEEK
    mira.send("/shop/front", {"shows_prices": "y", "takes_requests": "y"})
    return shop.slug


@pytest.fixture
def asked(app, slug, anonymous):
    """The code of a request that waits."""
    assert anonymous.send(f"/drop-off/{slug}", WISH).status_code == 303
    with app.app_context():
        return db.session.scalars(select(Ticket.code)).one()


def count_messages(app) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(OutgoingMessage)) or 0


def test_nothing_is_public_until_the_owner_says_so(app, shop, anonymous, mira):
    slug = shop.slug
    assert anonymous.get(f"/prices/{slug}").status_code == 404
    assert anonymous.get(f"/drop-off/{slug}").status_code == 404
    assert anonymous.send(f"/drop-off/{slug}", WISH).status_code == 404

    mira.send("/shop/front", {"shows_prices": "y"})

    assert anonymous.get(f"/prices/{slug}").status_code == 200
    assert anonymous.get(f"/drop-off/{slug}").status_code == 404
    assert anonymous.get("/prices/nobody-here").status_code == 404


def test_the_price_list_names_both_ends_the_days_and_the_data(slug, anonymous):
    page = anonymous.get(f"/prices/{slug}?type=phone").text

    assert re.search(r"from £[\d.]+, at most £[\d.]+", page)
    assert "Up to 2 days without it, as a rule" in page
    assert "We need no passcode for it." in page
    assert "What happens to your data" in page
    tablet = anonymous.get(f"/prices/{slug}?type=tablet").text
    assert "Tablet" in tablet
    assert tablet != page


def test_a_request_becomes_a_booking_that_tells_nobody_anything(app, slug, anonymous, frank):
    answer = anonymous.send(f"/drop-off/{slug}", WISH)

    assert answer.location == f"/drop-off/{slug}/sent"
    page = anonymous.get(answer.location).text
    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        assert (ticket.stage, ticket.spend_limit_minor) == (Stage.BOOKED, 8000)
        assert ticket.visit is not None
        assert ticket.visit.customer.is_unconfirmed
        number = ticket.number
    assert f"R-{number}" in page
    assert "We have your request for Wed 4 March" in page
    assert count_messages(app) == 0
    assert "1 request to drop a device off" in frank.get("/counter").text
    listed = frank.get("/drop-off-requests").text
    assert "Dana Stranger" in listed
    assert "07700 900321" in listed
    assert "has a backup" in listed


def test_confirming_tells_the_customer_once(app, asked, frank):
    page = frank.get(f"/tickets/{asked}/confirm-drop-off").text
    assert "This will be sent" in page

    frank.send(f"/tickets/{asked}/confirm-drop-off")

    sent = count_messages(app)
    assert sent >= 1
    for again in (frank.get, frank.send):  # a second tab, the way back
        page = again(f"/tickets/{asked}/confirm-drop-off", follow_redirects=True)
        assert page.request.path == "/drop-off-requests"
        assert "This request is settled already" in page.text
    assert count_messages(app) == sent
    with app.app_context():
        assert queries.count_waiting(frank.actor.shop_id) == 0
        assert not db.session.scalars(select(Customer.is_unconfirmed)).one()


def test_a_request_is_confirmed_from_the_page_as_it_was_drawn(app, asked, frank):
    """Whatever changed on the ticket without moving it, such as a note of somebody's."""
    frank.send(f"/tickets/{asked}/note", {"text": "Called twice"})
    page = frank.get(f"/tickets/{asked}/confirm-drop-off").text
    version = re.search(r'name="version"[^>]* value="(\d+)"', page)
    assert version is not None

    answer = frank.send(f"/tickets/{asked}/confirm-drop-off", {"version": version[1]})

    assert answer.status_code == 302
    with app.app_context():
        assert queries.count_waiting(frank.actor.shop_id) == 0


def test_an_unconfirmed_request_is_cancelled_in_silence(app, asked, frank):
    page = frank.get(f"/tickets/{asked}/cancel").text
    assert "nobody has confirmed this request yet" in page

    frank.send(f"/tickets/{asked}/cancel", {"reason": "cannot_help"})

    assert count_messages(app) == 0
    with app.app_context():
        assert queries.count_waiting(frank.actor.shop_id) == 0


def test_a_request_nobody_brings_ends_in_silence(app, asked, monday):
    monday.shift(timedelta(days=12))
    with app.app_context():
        assert cancel_no_shows() == 1
        assert db.session.scalars(select(Ticket.stage)).one() is Stage.CANCELLED
    assert count_messages(app) == 0


def test_bringing_it_settles_the_request_and_fills_the_check_in(app, asked, frank, monday):
    page = frank.get(f"/tickets/{asked}/check-in").text
    assert "Battery runs down &lt;b&gt;fast&lt;/b&gt;" in page
    assert 'value="80' in page

    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    typed = {"version": version[1], "reported_fault": "Battery runs down", "reach_note": "dana@example.com"}
    frank.send(f"/tickets/{asked}/check-in", typed)

    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        assert ticket.stage is Stage.RECEIVED
        backup = next(task for task in privacy.list_tasks(ticket.id) if task.kind is TaskKind.BACKUP)
        assert backup.choice is Choice.YES
        assert not db.session.scalars(select(Customer.is_unconfirmed)).one()
        assert db.session.scalars(select(DropOffRequest.settled_at)).one() is not None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"device_type": ""}, "Choose what you bring"),
        ({"model": "", "brand": ""}, "Enter the brand or the model"),
        ({"reported_fault": ""}, "Choose what is wrong, or tell us in your words"),
        ({"comes_on": "2026-03-01"}, "Choose a day from today on"),
        ({"comes_on": "2026-03-08"}, "We are closed on that day"),
        ({"comes_on": "2026-06-08"}, "in the next 60 days"),
        ({"comes_on": ""}, "Enter the day"),
        ({"name": ""}, "Enter your name"),
        ({"phone": "", "email": ""}, "Enter a phone number or an e-mail address"),
        ({"phone": "12"}, "number"),
        ({"spend_limit": "much"}, "Enter an amount"),
    ],
)
def test_bad_input_is_named_at_its_field_and_kept(app, slug, anonymous, change, said):
    answer = anonymous.send(f"/drop-off/{slug}", {**WISH, **change})

    assert answer.status_code == 422
    assert said in answer.text
    assert "There is a problem" in answer.text
    kept = {"model": "iPhone 13", "name": "Dana Stranger"} | change
    assert f'value="{kept["model"]}"' in answer.text or not kept["model"]
    assert f'value="{kept["name"]}"' in answer.text or not kept["name"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 0


def test_a_stranger_never_becomes_somebody_we_know(app, slug, anonymous, frank):
    frank.send("/book", {**WISH, "name": "Dana Stranger", "comes_on": "2026-03-05", "time_note": ""})
    anonymous.send(f"/drop-off/{slug}", WISH)

    with app.app_context():
        people = db.session.scalars(select(Customer).order_by(Customer.id)).all()
        assert [person.is_unconfirmed for person in people] == [False, True]


def test_one_number_asks_three_times_and_one_connection_is_slowed(app, slug, anonymous):
    statuses = [anonymous.send(f"/drop-off/{slug}", WISH).status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 422]

    others = [
        anonymous.send(f"/drop-off/{slug}", {**WISH, "phone": f"07700 9001{number:02}", "email": ""})
        for number in range(8)
    ]

    assert others[0].status_code == 303
    assert others[-1].status_code == 422
    assert "Wait an hour, or call us" in others[-1].text


def test_a_request_sent_twice_is_one(app, slug, anonymous):
    page = anonymous.get(f"/drop-off/{slug}").text
    token = re.search(r'name="once"[^>]*value="([^"]+)"', page)
    once = {"once": token[1] if token else ""}
    assert once["once"]

    answers = [anonymous.send(f"/drop-off/{slug}", WISH | once) for _ in range(2)]

    assert {answer.location for answer in answers} == {f"/drop-off/{slug}/sent"}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


def test_somebody_elses_request_is_not_shown(slug, asked, app):
    stranger = Browser(app, app.response_class)
    assert stranger.get(f"/drop-off/{slug}/sent").location == f"/drop-off/{slug}"


def test_no_page_reads_more_for_more_rows(app, slug, anonymous, frank):
    def ask(count: int) -> None:
        with app.app_context():
            for number in range(count):
                wish = Wish(
                    person=NewCustomer(name="Dana", email=f"dana{number}-{count}@example.com"),
                    thing=Thing(facts=NewDevice(device_type=DeviceType.PHONE, model="iPhone 13")),
                    job=Job(reported_fault="Dark"),
                    comes_on=date(2026, 3, 4),
                )
                with transaction():
                    request_drop_off(wish, shop=get_shop(frank.actor.shop_id))

    ask(1)
    with counted_queries(app) as few:
        frank.get("/drop-off-requests")
    ask(6)
    with counted_queries(app) as many:
        frank.get("/drop-off-requests")
    assert few.count == many.count <= 12


@pytest.mark.parametrize(
    ("waiting", "of_one", "refusal"),
    [
        (0, 0, None),
        (rules.MOST_WAITING - 1, rules.MOST_WAITING_FOR_ONE - 1, None),
        (rules.MOST_WAITING, 0, NotOpenToRequests),
        (5, rules.MOST_WAITING_FOR_ONE, TooManyRequests),
    ],
)
def test_room(waiting, of_one, refusal):
    if refusal is None:
        rules.require_room(waiting=waiting, waiting_for_one=of_one)
    else:
        with pytest.raises(refusal):
            rules.require_room(waiting=waiting, waiting_for_one=of_one)


@pytest.mark.parametrize(
    ("days", "refusal"), [(0, None), (60, None), (61, DayTooFar), (6, DayClosed), (-1, None)]
)
def test_days(days, refusal):
    today = date(2026, 3, 2)
    day = today + timedelta(days=days)

    def is_open(any_day: date) -> bool:
        return any_day.weekday() != 6

    if refusal is None:
        rules.require_day(day, today=today, is_open=is_open)
    else:
        with pytest.raises(refusal):
            rules.require_day(day, today=today, is_open=is_open)
