"""A person's own mobile number: shown to be theirs once, by a code, before any test goes there."""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select

from repairshop import clock
from repairshop.catalogue.rules import DeviceType
from repairshop.customers.models import ContactPoint
from repairshop.database import db
from repairshop.notifications.models import OutgoingMessage
from repairshop.notifications.planning import Planned
from repairshop.notifications.rules import Channel, Notice
from repairshop.notifications.spending import TEST_KEY
from repairshop.notifications.texts import Rendered, TextFacts
from repairshop.notifications.writing import About, write_message
from repairshop.phone import PhoneNotUnderstood, to_e164
from repairshop.staff.models import Shop, Staff
from repairshop.staff.rules import Actor
from repairshop.wording.models import OwnNumber
from repairshop.wording.rules import TestToCustomer, TooManyOwnCodes, TooManyTests

MOST_TESTS_AN_HOUR, MOST_CODES_A_DAY = 10, 5
_LIFE, _MOST_TRIES = timedelta(minutes=10), 5


def read_number(number: str, *, by: Actor) -> str:
    """In international form. Raises PhoneNotUnderstood, TestToCustomer for a customer's number."""
    shop = db.session.get_one(Shop, by.shop_id)
    try:
        found = to_e164(number, country=shop.country)
    except PhoneNotUnderstood as refusal:
        raise type(refusal)(field="number", text=number) from refusal
    if _is_a_customers(found):
        raise TestToCustomer(field="number")
    return found


def _is_a_customers(number: str) -> bool:
    """Of any shop of this installation, also one that was removed: it was somebody's."""
    query = select(ContactPoint.id).where(ContactPoint.value == number).limit(1)
    return db.session.scalars(query).first() is not None


def find_own_number(staff_id: int | None) -> tuple[str, bool] | None:
    """The number and whether it is proved; None for somebody who never entered one."""
    row = _find(staff_id)
    return None if row is None else (row.number, row.proved_at is not None)


def is_proved(number: str, *, by: Actor) -> bool:
    return find_own_number(by.staff_id) == (number, True)


def require_few_tests(*, by: Actor) -> None:
    """Raises TooManyTests. Codes count as tests: both are texts that the shop pays for."""
    if _count(f"{TEST_KEY}{by.staff_id}:%", timedelta(hours=1), by=by) >= MOST_TESTS_AN_HOUR:
        raise TooManyTests(field="number", most=MOST_TESTS_AN_HOUR)


def _count(pattern: str, period: timedelta, *, by: Actor) -> int:
    query = select(func.count()).where(
        OutgoingMessage.shop_id == by.shop_id,
        OutgoingMessage.event_key.like(pattern),
        OutgoingMessage.created_at > clock.now() - period,
    )
    return db.session.scalars(query).one()


def send_code(number: str, *, key: str, words: Callable[[str], str], by: Actor) -> None:
    """Text a code to the number, which takes the place of the one before; `words` puts it into a sentence.

    Raises what read_number raises, TooManyTests, TooManyOwnCodes.
    """
    number, at = read_number(number, by=by), clock.now()
    person = db.session.get_one(Staff, by.staff_id, with_for_update=True)
    require_few_tests(by=by)
    codes = f"{TEST_KEY}{person.id}:code:"
    if _count(f"{codes}%", timedelta(days=1), by=by) >= MOST_CODES_A_DAY:
        raise TooManyOwnCodes(field="number", most=MOST_CODES_A_DAY)
    code = f"{secrets.randbelow(10**6):06}"
    row = _find(person.id)
    if row is None:
        row = OwnNumber(staff_id=person.id, sent_at=at)
        db.session.add(row)
    row.number, row.sent_at, row.tries, row.proved_at = number, at, 0, None
    row.digest = _digest(code, number=number, staff_id=person.id, key=key)
    shop = db.session.get_one(Shop, by.shop_id)
    write_message(
        Notice.CODE,
        Planned(channel=Channel.SMS, address=number, language=person.language, send_after=at),
        Rendered(text=words(code), language=person.language),
        About(shop_id=shop.id),
        event_key=f"{codes}{uuid.uuid4().hex}",
        facts=TextFacts(shop=shop.name, tickets=(), device_type=DeviceType.OTHER),
        covers=[],
        at=at,
    )


def try_code(number: str, typed: str, *, key: str, by: Actor) -> bool:
    """Whether this is the code that was texted there. The try counts: commit also when it was wrong."""
    row = db.session.scalars(
        select(OwnNumber)
        .where(OwnNumber.staff_id == by.staff_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or row.number != number or not row.digest:
        return False
    at, row.tries = clock.now(), row.tries + 1
    typed = "".join(sign for sign in typed if sign.isascii() and sign.isdigit())
    same = hmac.compare_digest(row.digest, _digest(typed, number=number, staff_id=row.staff_id, key=key))
    if not same or row.tries > _MOST_TRIES or at - row.sent_at >= _LIFE:
        return False
    row.proved_at, row.digest = at, ""
    return True


def _find(staff_id: int | None) -> OwnNumber | None:
    return db.session.scalars(select(OwnNumber).where(OwnNumber.staff_id == staff_id)).one_or_none()


def _digest(code: str, *, number: str, staff_id: int, key: str) -> str:
    """Without the server's key its million values tell nothing."""
    return hmac.new(
        key.encode(), f"own number {staff_id} {number} {code}".encode(), hashlib.sha256
    ).hexdigest()
