"""The people of the tests.

Shop 1 is Fixwell (GB): Frank at the counter, Tess the technician, Mira the manager, Olga the owner, and Dora,
who left. Shop 2 is Pixel Hospital (US) with Theo the technician and Nora the owner. Carl and Dana are
customers. Each fixture is a browser the person has signed in with; `.actor` is who they are to a verb.
"""

from typing import Any

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from repairshop.clock import now
from repairshop.database import db
from repairshop.staff import accounts, queries, service
from repairshop.staff.models import Membership
from repairshop.staff.queries import ShopFacts
from repairshop.staff.rules import Actor, ActorKind, Role, ShopId
from repairshop.transaction import transaction
from tests.client import Client

PASSWORD = "a lantern in the window"
_FORM_SECRET = "form secret of the tests"
_hashes: dict[str, str] = {}


class Browser(Client):
    """A test client that can send forms; `actor` is the person who signed in, if somebody did."""

    actor: Actor
    email: str

    def send(self, path: str, fields: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """POST a form as this browser would, with its form token."""
        with self.session_transaction() as session:
            session["csrf_token"] = _FORM_SECRET
        key = self.application.secret_key
        assert isinstance(key, str)
        token = URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(_FORM_SECRET)
        return self.post(path, data={"csrf_token": token, **(fields or {})}, **options)


@pytest.fixture
def shop(app: Flask) -> ShopFacts:
    """Fixwell: Britain, pounds, English and Spanish."""
    return open_shop(
        app,
        name="Fixwell",
        country="GB",
        currency="GBP",
        time_zone="Europe/London",
        languages=["en", "es"],
    )


@pytest.fixture
def other_shop(app: Flask) -> ShopFacts:
    """Pixel Hospital: the United States, dollars."""
    return open_shop(
        app,
        name="Pixel Hospital",
        country="US",
        currency="USD",
        time_zone="America/New_York",
        languages=["en"],
    )


@pytest.fixture
def frank(app: Flask, shop: ShopFacts) -> Browser:
    """Front desk of shop 1."""
    return sign_in(app, add_person(app, shop, "Frank", Role.COUNTER))


@pytest.fixture
def tess(app: Flask, shop: ShopFacts) -> Browser:
    """Technician of shop 1."""
    return sign_in(app, add_person(app, shop, "Tess", Role.TECHNICIAN))


@pytest.fixture
def mira(app: Flask, shop: ShopFacts) -> Browser:
    """Manager of shop 1."""
    return sign_in(app, add_person(app, shop, "Mira", Role.MANAGER))


@pytest.fixture
def olga(app: Flask, shop: ShopFacts) -> Browser:
    """Owner of shop 1."""
    return sign_in(app, add_person(app, shop, "Olga", Role.OWNER))


@pytest.fixture
def dora(app: Flask, shop: ShopFacts) -> Browser:
    """Worked in shop 1, was disabled while signed in; her browser still has the cookie."""
    browser = sign_in(app, add_person(app, shop, "Dora", Role.TECHNICIAN))
    with app.app_context(), transaction():
        membership = db.session.query(Membership).filter_by(staff_id=browser.actor.id).one()
        membership.disabled_at = now()
    return browser


@pytest.fixture
def theo(app: Flask, other_shop: ShopFacts) -> Browser:
    """Technician of shop 2."""
    return sign_in(app, add_person(app, other_shop, "Theo", Role.TECHNICIAN))


@pytest.fixture
def nora(app: Flask, other_shop: ShopFacts) -> Browser:
    """Owner of shop 2."""
    return sign_in(app, add_person(app, other_shop, "Nora", Role.OWNER))


@pytest.fixture
def anonymous(app: Flask) -> Browser:
    """A browser nobody has signed in with, that can send forms."""
    return Browser(app, app.response_class)


def open_shop(app: Flask, **facts: Any) -> ShopFacts:
    with app.app_context():
        with transaction():
            shop_id = service.create_shop(**facts).id
        return queries.get_shop(shop_id)


def add_person(app: Flask, shop: ShopFacts, first_name: str, role: Role) -> Actor:
    """A person with the password PASSWORD and the address <name>@example.com."""
    with app.app_context(), transaction():
        person = service.add_staff(
            shop_id=shop.id,
            email=f"{first_name.lower()}@example.com",
            first_name=first_name,
            role=role,
            password_hash=_hash_of_password(),
        )
        return Actor(kind=ActorKind.STAFF, shop_id=ShopId(shop.id), id=person.id, role=role)


def sign_in(app: Flask, actor: Actor) -> Browser:
    """A browser with a session of this person, as fresh as if the password was just typed."""
    assert actor.id is not None
    browser = Browser(app, app.response_class)
    with app.app_context():
        with transaction():
            token = service.start_session(actor.id, shop_id=actor.shop_id)
        signed_in = queries.find_signed_in(token, now=now())
        assert signed_in is not None
    with browser.session_transaction() as session:
        session["staff_session"] = token
        session["_user_id"] = signed_in.fs_uniquifier
        session["_fresh"] = True
        session["fs_paa"] = now().timestamp()
    browser.actor = actor
    browser.email = signed_in.staff.email
    return browser


def _hash_of_password() -> str:
    """Hashing is slow on purpose; once for all tests is enough."""
    if PASSWORD not in _hashes:
        _hashes[PASSWORD] = accounts.hashed(PASSWORD)
    return _hashes[PASSWORD]
